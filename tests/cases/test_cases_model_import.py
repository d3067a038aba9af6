"""A foreign file is understood the same way each time, and what is not understood is told by its line."""

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.model_import import (
    Columns,
    DateOrder,
    ImportRecord,
    RowNotUnderstood,
    decode,
    delimiter_of,
    header_of,
    import_file,
    order_of,
    read_columns,
    read_date,
    records,
    row_key,
    wanted,
)

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = Columns({"category": "Art", "own_words": "Text", "opened_at": "Datum", "state": "Status"})
CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\x00"), max_size=20).map(str.strip)


@given(st.lists(st.lists(CELL.filter(bool), min_size=2, max_size=5), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_what_was_written_with_quotes_is_read_back(rows: list[list[str]], sign: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=sign, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert [list(row.cells) for row in records(out.getvalue(), sign)] == rows


@given(st.text(max_size=200), st.sampled_from(",;\t"))
def test_no_text_stops_the_reading_and_lines_only_grow(text: str, sign: str) -> None:
    lines = [row.line for row in records(text, sign)]
    assert lines == sorted(set(lines))


@given(st.binary(max_size=200))
def test_bytes_are_text_or_refused(content: bytes) -> None:
    code = "encoding"
    try:
        decode(content)
    except RowNotUnderstood as refused:
        code = refused.code
    assert code == "encoding"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_is_known_by_its_bytes(name: str) -> None:
    text = "号码,诉求\n13912345678,不明扣费\n"
    assert decode(text.encode(name))[0] == text


def test_accents_of_an_old_spreadsheet_are_known() -> None:
    assert decode("Número,Réclamation\nété,déjà payé\n".encode("cp1252")) == (
        "Número,Réclamation\nété,déjà payé\n",
        "cp1252",
    )


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.sampled_from([DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST]))
def test_a_date_is_never_guessed(day: date, order: DateOrder) -> None:
    text = day.strftime("%d/%m/%Y" if order is DateOrder.DAY_FIRST else "%m/%d/%Y")
    meant = datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
    assert read_date(text, order, ZONE) == meant
    if day.day > 12 or day.day == day.month:
        assert read_date(text, order_of([text]), ZONE) == meant
        return
    with pytest.raises(RowNotUnderstood) as refused:
        read_date(text, order_of([text]), ZONE)
    assert refused.value.code == "date_ambiguous"


def test_a_date_against_the_order_the_mapping_names_is_told() -> None:
    with pytest.raises(RowNotUnderstood) as refused:
        read_date("02/13/2026", DateOrder.DAY_FIRST, ZONE)
    assert refused.value.code == "date"


def test_mixed_orders_in_one_file_show_nothing() -> None:
    assert order_of(["13/02/2026", "02/13/2026"]) is None
    assert order_of(["13/02/2026", "03/04/2026", "x"]) is DateOrder.DAY_FIRST


@pytest.mark.parametrize("text", ["31/31/2026", "soon", "30/02/2026", "01/01/0000", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_date_is_told(text: str) -> None:
    with pytest.raises(RowNotUnderstood) as refused:
        read_date(text, DateOrder.DAY_FIRST, ZONE)
    assert refused.value.code == "date"


def test_a_row_under_a_preamble_keeps_its_line_and_its_old_state() -> None:
    text = 'Export\nvom 3.4.2026\n\nArt;Text;Datum;Status\nbill;"zwei\nZeilen";13/02/2026;closed\nbill;=1+1\nbill;"cut'
    assert delimiter_of(text) == ";"
    rows = list(records(text, ";"))
    header = header_of(rows, COLUMNS)
    below = [row for row in rows if row.line > header.line]
    first = wanted(below[0], header, COLUMNS, DateOrder.DAY_FIRST, ZONE)
    assert (first.line, first.own_words, first.old_state) == (5, "zwei\nZeilen", "closed")
    told = []
    for row in below[1:]:
        with pytest.raises(RowNotUnderstood) as refused:
            wanted(row, header, COLUMNS, None, ZONE)
        told.append((row.line, refused.value.code))
    assert told == [(7, "cells"), (8, "cut_short")]


def test_a_stray_quote_costs_its_own_line_only() -> None:
    rows = list(records('a,5" screen\nb,c\nd,e', ","))
    assert [(row.line, row.wrong) for row in rows] == [(1, "quote_left_open"), (2, ""), (3, "")]


def test_rows_of_ten_megabytes_are_told_not_read() -> None:
    rows = list(records("a," + "x" * 10_000_000 + "\n" + "b," + "y" * 200_000 + "\nc,d", ","))
    assert [row.wrong for row in rows] == ["row_too_long", "cell_too_long", ""]


def test_the_key_of_a_row_does_not_depend_on_its_place() -> None:
    assert row_key(ImportRecord(3, "", ("a", "b")), "") == row_key(ImportRecord(9, "", ("a", "b")), "")
    assert row_key(ImportRecord(3, "", ("a", "b")), "") != row_key(ImportRecord(3, "", ("ab", "")), "")
    assert row_key(ImportRecord(3, "", ("a",)), "T-1") == row_key(ImportRecord(4, "", ("z",)), "T-1")


def test_a_header_that_lacks_columns_names_them() -> None:
    with pytest.raises(RowNotUnderstood, match="Datum, Status"):
        header_of(records("Art,Text\n", ","), COLUMNS)


def test_a_mapping_is_read_and_a_wrong_one_told() -> None:
    needed = {"category": "Art", "own_words": "Text"}
    assert read_columns({"columns": needed, "dates": "iso"}) == Columns(needed, dates=DateOrder.ISO)
    wrongs: tuple[object, ...] = (
        None,
        {"colums": {}},
        {"columns": {"category": "A"}},
        {"columns": needed | {"status": "S"}},
        {"columns": needed, "dates": []},
        {"columns": needed, "facts": {1: "a"}},
    )
    for wrong in wrongs:
        with pytest.raises(RowNotUnderstood) as refused:
            read_columns(wrong)
        assert refused.value.code == "mapping"


@pytest.mark.parametrize(("cells", "code"), [(("bill", "a\x00", "", ""), "unreadable"), (("", "a", "", ""), "missing")])
def test_what_cannot_be_kept_is_told_by_its_row(cells: tuple[str, ...], code: str) -> None:
    header = ImportRecord(1, "", ("Art", "Text", "Datum", "Status"))
    with pytest.raises(RowNotUnderstood) as refused:
        wanted(ImportRecord(2, ",".join(cells), cells), header, COLUMNS, None, ZONE)
    assert refused.value.code == code


def test_direction_overrides_and_formulas_stay_in_own_words_as_evidence() -> None:
    header = ImportRecord(1, "", ("Art", "Text", "Datum", "Status"))
    row = ImportRecord(2, "", ("bill", "=1+1 \u202eabc <b>", "", ""))
    assert wanted(row, header, COLUMNS, None, ZONE).own_words == "=1+1 \u202eabc <b>"


@pytest.mark.parametrize("content", ["𠮷 𠮷".encode("gb18030"), b"c\xe9 \xc4\xe3"])
def test_bytes_that_may_be_either_of_two_encodings_are_not_guessed(content: bytes) -> None:
    with pytest.raises(RowNotUnderstood) as refused:
        decode(content)
    assert refused.value.code == "encoding"


def test_a_header_far_below_is_not_looked_for() -> None:
    with pytest.raises(RowNotUnderstood, match="header"):
        header_of(records("x,y\n" * 60 + "Art,Text,Datum,Status", ","), COLUMNS)


def test_a_severity_is_one_of_four_and_iso_means_iso() -> None:
    columns = Columns({"category": "A", "own_words": "B", "severity": "C"})
    header = ImportRecord(1, "", ("A", "B", "C"))
    assert wanted(ImportRecord(2, "", ("bill", "x", "2")), header, columns, None, ZONE).severity == 2
    with pytest.raises(RowNotUnderstood) as refused:
        wanted(ImportRecord(2, "", ("bill", "x", "urgent")), header, columns, None, ZONE)
    assert refused.value.code == "severity"
    with pytest.raises(RowNotUnderstood) as refused:
        read_date("13/02/2026", DateOrder.ISO, ZONE)
    assert refused.value.code == "date"


def test_two_stray_quotes_swallow_no_row_between_them() -> None:
    text = 'Art;Text\nbill;"never closed\nbill;second\nbill;5" screen\nbill;"two\nlines"\nbill;last'
    assert [(row.line, row.wrong or row.cells[1]) for row in records(text, ";")] == [
        (1, "Text"), (2, "quote_left_open"), (3, "second"), (4, "quote_left_open"), (5, "two\nlines"), (7, "last"),
    ]  # fmt: skip


def test_a_long_cell_over_lines_is_told_once_and_its_lines_are_no_rows() -> None:
    rows = list(records('a,"' + "x\n" * 400 + "y" * 200_000 + '"\nc,d', ","))
    assert [(row.line, row.wrong) for row in rows] == [(1, "cell_too_long"), (402, "")]


@pytest.mark.parametrize("text", ["2026/3/4", "2026-3-4", "2026年3月4日", "2026.03.04 00:00", "2026年3月4日0:00"])
def test_a_date_with_its_year_first_leaves_no_doubt(text: str) -> None:
    for order in (None, *DateOrder):
        assert read_date(text, order, ZONE) == datetime(2026, 3, 3, 16, tzinfo=UTC)
    with pytest.raises(RowNotUnderstood):
        read_date("2026/13/04", None, ZONE)


def test_a_mapped_column_that_is_there_twice_is_not_chosen_for_him() -> None:
    with pytest.raises(RowNotUnderstood, match="more than one Datum"):
        header_of(records("Art,Text,Datum,Status,Datum\n", ","), COLUMNS)


def test_words_for_severities_are_taken_from_the_mapping() -> None:
    told = {"columns": {"category": "A", "own_words": "B", "severity": "C"}, "severities": {"Haute": 1, "Basse": "4"}}
    columns, header = read_columns(told), ImportRecord(1, "", ("A", "B", "C"))
    rows = [ImportRecord(2, "", ("bill", "x", said)) for said in ("Haute", "Basse", "3")]
    assert [wanted(row, header, columns, None, ZONE).severity for row in rows] == [1, 4, 3]
    for wrong in ({"Haute": 5}, {"Haute": None}, {1: "2"}, ["1"]):
        with pytest.raises(RowNotUnderstood):
            read_columns(told | {"severities": wrong})


def test_the_same_reference_in_two_old_systems_is_two_cases() -> None:
    told = {"columns": {"category": "A", "own_words": "B", "reference": "C"}}
    header, row = ImportRecord(1, "", ("A", "B", "C")), ImportRecord(2, "", ("bill", "x", "1001"))
    systems = [read_columns(told), read_columns(told | {"source": "north"}), read_columns(told | {"source": "south"})]
    keys = {wanted(row, header, columns, None, ZONE).key for columns in systems}
    assert len(keys) == 3
    with pytest.raises(RowNotUnderstood, match="source"):
        read_columns(told | {"source": 7})


def test_a_file_is_header_rows_and_the_order_of_its_dates() -> None:
    columns = Columns({"category": "Art", "own_words": "Text", "opened_at": "Datum"})
    content = "Bericht\nArt;Text;Datum\nbill;Zu viel;25/01/2026\nbill;kurz\n".encode("cp1252")
    header, rows, order = import_file(content, columns)
    assert (header.cells, [row.line for row in rows], order) == (("Art", "Text", "Datum"), [3, 4], DateOrder.DAY_FIRST)
    assert import_file(content, Columns({"category": "Art", "own_words": "Text"}))[2] is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("22-Apr-15", datetime(2015, 4, 21, 16, tzinfo=UTC)),
        ("4 Sept 2026", datetime(2026, 9, 3, 16, tzinfo=UTC)),
        ("4 August 2026", datetime(2026, 8, 3, 16, tzinfo=UTC)),
        ("04-Aug-15 12:05:00 AM", datetime(2015, 8, 3, 16, 5, tzinfo=UTC)),
        ("04-Aug-98 3:53 pm", datetime(1998, 8, 4, 7, 53, tzinfo=UTC)),
        ("2026-03-04 11:59:35 PM", datetime(2026, 3, 4, 15, 59, 35, tzinfo=UTC)),
    ],
)
def test_months_by_name_and_hours_by_halves_of_the_day_are_read(text: str, meant: datetime) -> None:
    assert read_date(text, None, ZONE) == meant


@pytest.mark.parametrize(
    "text", ["22-04-15", "22-Foo-15", "22-Marvin-15", "31-Feb-15", "04-Aug-15 13:05 PM", "04-Aug-15 0:05 AM"]
)
def test_a_year_of_two_digits_beside_a_month_by_number_and_odd_hours_are_told(text: str) -> None:
    with pytest.raises(RowNotUnderstood):
        read_date(text, DateOrder.DAY_FIRST, ZONE)


def test_the_hour_may_have_a_column_of_its_own_and_one_word_stands_for_all_other_categories() -> None:
    columns = read_columns(
        {
            "columns": {"category": "kind", "own_words": "kind", "opened_at": "day", "opened_time": "hour"},
            "categories": {"Bill": "complaint/billing/disputed_charge", "*": "complaint/other"},
        }
    )
    text = "kind,day,hour\nBill,22-Apr-15,3:53:50 PM\nSlow,22-Apr-15,\n"
    header, rows, order = import_file(text.encode(), columns)
    bill, slow = (wanted(row, header, columns, order, ZONE) for row in rows)
    assert (bill.category, bill.opened_at) == (
        "complaint/billing/disputed_charge",
        datetime(2015, 4, 22, 7, 53, 50, tzinfo=UTC),
    )
    assert (slow.category, slow.opened_at) == ("complaint/other", datetime(2015, 4, 21, 16, tzinfo=UTC))
