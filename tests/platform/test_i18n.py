"""Screen texts and customers' texts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from qiao.kernel.languages import LANGUAGES
from qiao.platform import i18n
from qiao.platform.i18n import CustomerTexts, Texts, TextsIncomplete, fill, gaps, missing

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Case"
msgstr "工单"

msgid "Hello {name}"
msgstr "{name}，您好"

msgid "a < b & {name}"
msgstr "甲 < 乙 & {name}"

msgid "one case"
msgid_plural "{n} cases"
msgstr[0] "{n} 个工单"

msgid "Not yet"
msgstr ""

#, fuzzy
msgid "Doubtful"
msgstr "可疑"

msgid "Wrong {name}"
msgstr "错误 {nmae}"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two packages on the path: `shop_one` with a Chinese file, `shop_two` saying one thing differently."""
    for name, text in {
        "shop_one": PO,
        "shop_two": 'msgid "Case"\nmsgstr "案件"\n\nmsgid "Only"\nmsgstr "仅"\n',
    }.items():
        (tmp_path / name / "texts").mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "texts" / "zh_CN.po").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    i18n._room_texts.cache_clear()
    for name in ("shop_one", "shop_two"):
        sys.modules.pop(name, None)


@pytest.fixture
def texts(shop: Path) -> Texts:
    return Texts.load(["shop_one", "shop_two"])


def test_a_sentence_is_said_in_chinese_and_english_is_itself(texts: Texts) -> None:
    assert texts.translate("zh-CN", "Case") == "工单"
    assert texts.translate("zh-HK", "Case") == "工单"
    assert texts.translate("en", "Case") == "Case"
    assert texts.translate("fr", "Case") == "Case"
    assert texts.translate("zh-CN", "Hello {name}", name="李娜") == "李娜，您好"
    assert texts.translate("zh-CN", "Only") == "仅"


def test_what_has_no_translation_stays_english(texts: Texts) -> None:
    for msgid in ("Not yet", "Doubtful", "Nobody wrote this"):
        assert texts.translate("zh-CN", msgid) == msgid
    assert Texts().translate("zh-CN", "Hello {name}", name="x") == "Hello x"


def test_plurals_have_one_form_in_chinese_and_two_in_english(texts: Texts) -> None:
    assert texts.translate_plural("zh-CN", "one case", "{n} cases", 1) == "1 个工单"
    assert texts.translate_plural("en", "one case", "{n} cases", 1) == "one case"
    assert texts.translate_plural("en", "one case", "{n} cases", 3) == "3 cases"


def test_the_first_room_to_say_it_decides(texts: Texts, shop: Path) -> None:
    assert Texts.load(["shop_two", "shop_one"]).translate("zh-CN", "Case") == "案件"


def test_what_is_wrong_with_a_file_is_named(shop: Path) -> None:
    assert missing("shop_one") == [
        "shop_one: no zh-CN for “Not yet”",
        "shop_one: no zh-CN for “Doubtful”",
        "shop_one: other placeholders in the zh-CN of “Wrong {name}”",
    ]
    assert missing("shop_two") == []
    assert missing("qiao.kernel") == []


def test_parameters_are_escaped_in_pages(texts: Texts) -> None:
    speak = texts.for_language("zh-CN")
    assert speak.gettext("Hello {name}", name="<b>") == Markup("&lt;b&gt;，您好")
    assert speak.gettext("Hello {name}", name=Markup("<b>李</b>")) == Markup("<b>李</b>，您好")
    assert speak.gettext("a < b & {name}", name="'") == Markup("甲 &lt; 乙 &amp; &#39;")
    assert speak.gettext(Markup("<i>{name}</i>"), name="<") == Markup("<i>&lt;</i>")
    assert speak.ngettext("one case", "{n} cases", 2) == Markup("2 个工单")


@given(st.text(max_size=60))
def test_no_parameter_ever_becomes_markup(value: str) -> None:
    said = Texts().for_language("en").gettext("[{name}]", name=value)
    assert said == f"[{escape(value)}]"
    assert "<" not in said


def test_templates_speak_both_languages(texts: Texts) -> None:
    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    template = "{{ _('Hello {name}', name=who) }}|{{ ngettext('one case', '{n} cases', 2) }}"
    for language, said in (("zh-CN", "&lt;i&gt;，您好|2 个工单"), ("en", "Hello &lt;i&gt;|2 cases")):
        speak = texts.for_language(language)
        environment.globals.update(_=speak.gettext, ngettext=speak.ngettext)
        assert environment.from_string(template).render(who="<i>") == said


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3))
def test_a_text_that_cannot_be_filled_is_shown_as_it_is(text: str, params: dict[str, str]) -> None:
    assert isinstance(fill(text, params), str)
    assert fill("{a} {b}", {"a": 1}) == "1 {b}"
    assert fill("{", {"a": 1}) == "{"


# Customers' texts -----------------------------------------------------------------------------------------------


def _yaml(**changed: str | None) -> str:
    said = {language: f"{language}: {{amount}}" for language in LANGUAGES} | changed
    lines = [f'  {language}: "{text}"' for language, text in said.items() if text is not None]
    return "balance:\n" + "\n".join(lines) + "\n"


def test_customers_are_answered_in_nine_languages(shop: Path) -> None:
    (shop / "shop_one" / "texts.yaml").write_text(_yaml(), "utf-8")
    texts = CustomerTexts.load("shop_one")
    assert texts.keys() == ["balance"]
    for language in LANGUAGES:
        assert texts.say("balance", language, amount="12.80") == f"{language}: 12.80"
    assert texts.say("balance", "en-GB", amount="1").startswith("en:")
    assert texts.say("balance", "yue", amount="1").startswith("zh-HK:")
    assert texts.say("balance", None, amount="1").startswith("zh-CN:")
    with pytest.raises(KeyError):
        texts.say("balance", "en")
    with pytest.raises(KeyError):
        texts.say("nothing", "en")


def test_texts_in_the_texts_folder_are_found_too(shop: Path) -> None:
    (shop / "shop_one" / "texts" / "sms.yaml").write_text(_yaml(), "utf-8")
    assert CustomerTexts.load("shop_one", "sms.yaml").keys() == ["balance"]


@pytest.mark.parametrize(
    ("changed", "gap"),
    [
        ({"ja": None}, "balance: no ja"),
        ({"ar": "  "}, "balance: no ar"),
        ({"ko": "ko: {amont}"}, "balance: other placeholders in ko"),
        ({"it": "{amount}"}, "balance: unknown language it"),
    ],
)
def test_an_incomplete_text_stops_the_start(shop: Path, changed: dict[str, str | None], gap: str) -> None:
    (shop / "shop_one" / "texts.yaml").write_text(_yaml(**changed), "utf-8")
    with pytest.raises(TextsIncomplete, match=gap):
        CustomerTexts.load("shop_one")


@pytest.mark.parametrize("read", [None, [], {}, "text", {"balance": "hello"}])
def test_what_is_no_file_of_texts_is_told(read: object) -> None:
    assert gaps(read)
