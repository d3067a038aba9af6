"""A foreign file of cases, understood: bytes to text, text to rows, rows to what a case would be opened with. Pure."""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

ROW_MAX: Final = 1_000_000
"""Characters of one row; a longer one is told by its line and not read."""
ROW_LINES_MAX: Final = 1_000
"""Lines of one quoted row; a quote that is open longer is taken for a stray one."""
HEADER_WITHIN: Final = 50
DELIMITERS: Final = (",", ";", "\t")
FIELDS: Final = frozenset(
    {"number", "category", "own_words", "opened_at", "opened_time", "severity", "state", "notes", "reference"}
)
NEEDED: Final = ("category", "own_words")
SEVERITY: Final = frozenset("1234")
GB_SHARE: Final = 0.8
CP1252_SHARE: Final = 0.5
HIGH_RUN: Final = re.compile(rb"[\x80-\xff]+")
GB_FOUR: Final = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]")
"""A rare Chinese character; its high bytes stand alone as accents do."""
LINE_END: Final = re.compile(r"\r\n|\n|\r")
ANY_OTHER: Final = "*"
"""Stands in the mapping's categories for whatever the old system called a case and the mapping does not name."""
MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_TIME: Final = r"(?:[ T,]*(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])\.?[Mm]\.?)?)?"
SLASHED: Final = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})" + _TIME, re.ASCII)
YEAR_FIRST: Final = re.compile(r"(\d{4})[/.\-年](\d{1,2})[/.\-月](\d{1,2})日?" + _TIME, re.ASCII)
"""2026/3/4 and 2026年3月4日: no doubt about day and month."""
NAMED: Final = re.compile(r"(\d{1,2})[ \-./]([A-Za-z]{3,9})\.?[ \-./,]+(\d{4}|\d{2})" + _TIME, re.ASCII)
"""22-Apr-15 and 4 August 2026: the month by its English name."""
IMPORTED: Final = "import"
"""The channel of a case that was taken over."""
PARTS: Final = frozenset({"columns", "facts", "categories", "severities", "dates", "source"})


class DateOrder(StrEnum):
    """How 03/04/2026 is meant."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    ISO = "iso"


class RowNotUnderstood(Exception):
    """One row, or the whole file, cannot be used: `code` says why, `told` in words, `column` where."""

    def __init__(self, code: str, told: str, column: str = "") -> None:
        super().__init__(told)
        self.code, self.told, self.column = code, told, column


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One logical row: its first line (from 1), the text as it stood, its cells, or a code of what is wrong."""

    line: int
    raw: str
    cells: tuple[str, ...] = ()
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the file holds what; `facts` key -> column; what the old system calls a category or severity.

    `source` names the old system: two of them may have used the same reference for different cases.
    """

    fields: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    dates: DateOrder | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row asks to be opened. `old_state` is kept as a note: no import moves a case."""

    line: int
    key: str
    number: str
    category: str
    own_words: str
    opened_at: datetime | None
    severity: int | None
    old_state: str
    notes: str
    facts: tuple[tuple[str, str], ...]


def read_columns(told: object) -> Columns:
    """The mapping as YAML holds it: `columns`, perhaps others of PARTS. Raises RowNotUnderstood."""
    if not isinstance(told, dict) or not set(told) <= PARTS:
        raise RowNotUnderstood("mapping", f"a mapping holds {', '.join(sorted(PARTS))}, nothing else")
    parts = ("columns", "facts", "categories", "severities")
    columns, facts, categories, severities = (_names(told, part) for part in parts)
    if wrong := sorted(set(severities.values()) - SEVERITY):
        raise RowNotUnderstood("mapping", f"no severity: {', '.join(wrong)}")
    if unknown := sorted(set(columns) - set(FIELDS)):
        raise RowNotUnderstood("mapping", f"unknown under columns: {', '.join(unknown)}")
    if missing := [name for name in NEEDED if name not in columns]:
        raise RowNotUnderstood("mapping", f"missing under columns: {', '.join(missing)}")
    dates = told.get("dates")
    if dates is not None and dates not in list(DateOrder):
        raise RowNotUnderstood("mapping", "dates is day_first, month_first or iso")
    source = told.get("source", "")
    if not isinstance(source, str):
        raise RowNotUnderstood("mapping", "source is a name")
    return Columns(columns, facts, categories, severities, DateOrder(dates) if dates else None, source)


def _names(told: Mapping[str, object], part: str) -> dict[str, str]:
    found = told.get(part, {})
    if part == "severities" and isinstance(found, dict):
        found = {name: str(value) for name, value in found.items()}
    if isinstance(found, dict) and all(isinstance(each, str) for pair in found.items() for each in pair):
        return found
    raise RowNotUnderstood("mapping", f"{part} is a list of name: name")


def decode(content: bytes, encoding: str = "auto") -> tuple[str, str]:
    """(text, encoding used). Raises RowNotUnderstood when it is not text, or could be either of two encodings."""
    used = _encoding_of(content) if encoding == "auto" else encoding
    try:
        return content.decode(used), used
    except (UnicodeError, LookupError) as error:
        raise RowNotUnderstood("encoding", f"the file is not {used}: {error}") from None


def _encoding_of(content: bytes) -> str:
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _old_encoding(content)
    return "utf-8"


def _old_encoding(content: bytes) -> str:
    """Chinese stands in pairs of high bytes, an accented Latin letter alone between plain ones."""
    runs = [len(run) for run in HIGH_RUN.findall(content)]
    paired = sum(length for length in runs if length > 1) / sum(runs)
    if paired >= GB_SHARE:
        return "gb18030"
    if paired <= CP1252_SHARE and not GB_FOUR.search(content):
        return "cp1252"
    raise RowNotUnderstood("encoding", "the file may be gb18030 or cp1252: say which with --encoding")


def delimiter_of(text: str) -> str:
    """The sign that cuts most of the first lines into the same number (> 1) of cells; a comma when none does."""
    lines = LINE_END.split(text[:ROW_MAX])[: HEADER_WITHIN * 2]

    def weight(sign: str) -> int:
        counts = [line.count(sign) for line in lines if sign in line]
        return max((counts.count(each) * each for each in set(counts)), default=0)

    return max(DELIMITERS, key=weight)


def records(text: str, delimiter: str) -> Iterator[ImportRecord]:
    """Rows in order, blank lines left out. A quote never closed costs its own line, not the rest of the file."""
    lines = _lines(text)
    at = 0
    while at < len(lines):
        end = _row_end(lines, at)
        if end is None:
            last = at == len(lines) - 1
            yield ImportRecord(at + 1, lines[at], wrong="cut_short" if last else "quote_left_open")
            at += 1
            continue
        raw = "\n".join(lines[at:end])
        if end > at + 1 and not _closes(raw, delimiter):
            yield ImportRecord(at + 1, lines[at], wrong="quote_left_open")
            at += 1
            continue
        if raw.strip():
            yield _record(at + 1, raw, delimiter)
        at = end


def _lines(text: str) -> list[str]:
    return LINE_END.split(text)


def _row_end(lines: Sequence[str], at: int) -> int | None:
    """The line after the row that starts at `at`; None when its quote stays open too long or to the end."""
    quotes = 0
    for end in range(at, min(len(lines), at + ROW_LINES_MAX)):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return end + 1
    return None


def _closes(raw: str, delimiter: str) -> bool:
    """Whether quotes over several lines close where a cell ends: two stray ones must not swallow the rows between."""
    try:
        return len(raw) > ROW_MAX or bool(next(csv.reader([raw], delimiter=delimiter, strict=True)))
    except csv.Error as error:
        return "limit" in str(error)


def _record(line: int, raw: str, delimiter: str) -> ImportRecord:
    if len(raw) > ROW_MAX:
        return ImportRecord(line, raw, wrong="row_too_long")
    try:
        cells = next(csv.reader([raw], delimiter=delimiter))
    except csv.Error:
        return ImportRecord(line, raw, wrong="cell_too_long")
    return ImportRecord(line, raw, tuple(cell.strip() for cell in cells))


def header_of(rows: Iterable[ImportRecord], columns: Columns) -> ImportRecord:
    """The first row with every mapped column, below any preamble. Raises RowNotUnderstood naming those missing."""
    needed = set(columns.fields.values()) | set(columns.facts.values())
    nearest: set[str] = set()
    for count, row in enumerate(rows):
        if count == HEADER_WITHIN:
            break
        if needed <= set(row.cells):
            if twice := sorted(name for name in needed if row.cells.count(name) > 1):
                raise RowNotUnderstood("header", f"the header has more than one {', '.join(twice)}")
            return row
        nearest = max(nearest, needed & set(row.cells), key=len)
    missing = ", ".join(sorted(needed - nearest))
    raise RowNotUnderstood("header", f"no header with all mapped columns in the first {HEADER_WITHIN} rows: {missing}")


def order_of(values: Iterable[str]) -> DateOrder | None:
    """What the file's own dates show; None when nothing shows it, or some show one order and some the other."""
    seen: set[DateOrder] = set()
    for value in values:
        if found := SLASHED.fullmatch(value.strip()):
            first, second = int(found[1]), int(found[2])
            if first > 12 >= second:
                seen.add(DateOrder.DAY_FIRST)
            if second > 12 >= first:
                seen.add(DateOrder.MONTH_FIRST)
    return seen.pop() if len(seen) == 1 else None


def read_date(value: str, order: DateOrder | None, zone: ZoneInfo) -> datetime:
    """The instant (UTC). Raises RowNotUnderstood: `date_ambiguous` when two days could be meant, else `date`."""
    text = value.strip()
    try:
        if found := SLASHED.fullmatch(text):
            day, month = _day_month(int(found[1]), int(found[2]), order)
            local = _local(found, int(found[3]), month, day)
        elif found := YEAR_FIRST.fullmatch(text):
            local = _local(found, *(int(part) for part in found.group(1, 2, 3)))
        elif found := NAMED.fullmatch(text):
            local = _local(found, _year(found[3]), _month(found[2]), int(found[1]))
        else:
            local = datetime.fromisoformat(text)
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowNotUnderstood("date", f"{text[:40]!r} is not a date", "opened_at") from None


def _local(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    if half := found[7]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (the caller sets the zone)


def _month(name: str) -> int:
    """By its name, or the three or more letters it begins with; 0, which no date has, for what is none."""
    return next((number for number, one in enumerate(MONTHS, 1) if one.startswith(name.lower())), 0)


def _year(text: str) -> int:
    """Two digits are of 1969 to 2068, as POSIX has it (strptime, %y)."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 69 else 2000)


def _day_month(first: int, second: int, order: DateOrder | None) -> tuple[int, int]:
    """A day above twelve speaks for itself; otherwise the order decides, and without one nobody guesses."""
    if order is DateOrder.ISO:
        raise RowNotUnderstood("date", "the mapping says that dates are ISO, and this one is not", "opened_at")
    if first == second:
        return first, second
    shown = DateOrder.DAY_FIRST if second <= 12 < first else DateOrder.MONTH_FIRST if first <= 12 < second else None
    if shown and order and shown is not order:
        raise RowNotUnderstood("date", "this date is not in the order of the file's others", "opened_at")
    order = shown or order
    if order is None:
        raise RowNotUnderstood("date_ambiguous", "day or month first? say `dates:` in the mapping", "opened_at")
    return (first, second) if order is DateOrder.DAY_FIRST else (second, first)


def wanted(
    row: ImportRecord, header: ImportRecord, columns: Columns, order: DateOrder | None, zone: ZoneInfo
) -> Wanted:
    """What the row asks for. Raises RowNotUnderstood with the first thing that is wrong in it."""
    if row.wrong:
        raise RowNotUnderstood(row.wrong, f"line {row.line} cannot be read")
    if len(row.cells) != len(header.cells):
        raise RowNotUnderstood("cells", f"{len(row.cells)} cells where the header has {len(header.cells)}")
    if "\x00" in row.raw:
        raise RowNotUnderstood("unreadable", "the row holds a character that cannot be kept")
    by_name = dict(zip(header.cells, row.cells, strict=True))
    said = {name: by_name[column] for name, column in columns.fields.items()}
    for name in NEEDED:
        if not said.get(name):
            raise RowNotUnderstood("missing", f"{name} is empty", name)
    when = said.get("opened_at", "")
    if when and (hour := said.get("opened_time")):
        when = f"{when} {hour}"
    return Wanted(
        line=row.line,
        key=row_key(row, said.get("reference", ""), columns.source),
        number=said.get("number", ""),
        category=columns.categories.get(said["category"], columns.categories.get(ANY_OTHER, said["category"])),
        own_words=said["own_words"],
        opened_at=read_date(when, columns.dates or order, zone) if when else None,
        severity=_severity(columns.severities.get(said.get("severity", ""), said.get("severity", ""))),
        old_state=said.get("state", ""),
        notes=said.get("notes", ""),
        facts=tuple((key, by_name[at]) for key, at in columns.facts.items() if by_name[at]),
    )


def _severity(text: str) -> int | None:
    if not text:
        return None
    if text in SEVERITY:
        return int(text)
    raise RowNotUnderstood("severity", f"{text[:40]!r} is not a severity", "severity")


def import_file(
    content: bytes, columns: Columns, encoding: str = "auto"
) -> tuple[ImportRecord, list[ImportRecord], DateOrder | None]:
    """Header, rows below it, and the order that the file's own dates show. Raises RowNotUnderstood."""
    text, _ = decode(content, encoding)
    rows = list(records(text, delimiter_of(text)))
    header = header_of(rows, columns)
    below = rows[rows.index(header) + 1 :]
    at = columns.fields.get("opened_at")
    dates = [row.cells[header.cells.index(at)] for row in below if len(row.cells) == len(header.cells)] if at else []
    return header, below, order_of(dates)


def row_key(row: ImportRecord, reference: str, source: str = "") -> str:
    """The idempotency key: the old system's reference if it has one, else all that the row says; never its place."""
    said = f"reference\x1f{reference}" if reference else "cells\x1f" + "\x1f".join(row.cells)
    told = f"{source}\x1f{said}" if source else said
    return "import:" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
