"""Which sentences ask for a person, and which only have such a word in them: nine languages, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.selfservice import asks_for_person, beside_the_wish, says_yes

ASKS = {
    "zh-CN": [
        "我要找人工客服",
        "快点转人工！",
        "你好，帮我转一下人工",
        "能不能转人工",
        "有没有真人客服？",
        "我想跟客服说话",
        "找个人帮我看看",
        "别再给我发菜单了，接人工",
        "这个要人工处理",
        "来个真人",
        "人工客服，谢谢",
        "有人工吗",
        "客服在吗",
        "转不了人工",
        "我不要机器人，我要人工",
        "换个客服",
        "人工在哪里",
    ],
    "zh-HK": ["我想搵真人", "唔該幫我轉人工服務", "搵人傾下", "可唔可以駁客戶服務員", "我想同真人講", "真人喺唔喺度"],
    "en": [
        "I want to talk to a human",
        "Can I speak with someone, please?",
        "Please connect me to an agent",
        "Give me an AGENT.",
        "put me through to a real person now",
        "I need a live agent about my bill",
        "Can I have a human?",
        "is there a real person there",
        "agent, please",
        "I don't want a bot, I want a person",
        "I would like to talk to customer service",
        "Why can’t I talk to a person?",
        "transfer this chat to a representative",
    ],
    "fr": [
        "Je voudrais parler à un conseiller",
        "je veux parler avec quelqu’un",
        "passez-moi un conseiller s'il vous plaît",
        "Mettez-moi en relation avec une vraie personne",
        "j’ai besoin d’un conseiller",
        "un conseiller svp",
        "Je souhaite être mis en relation avec un conseiller",
    ],
    "de": [
        "Ich möchte mit einem Mitarbeiter sprechen",
        "Verbinden Sie mich bitte mit einem Menschen",
        "kann ich mit jemandem reden?",
        "Ich will einen echten Menschen",
        "Mitarbeiter bitte",
        "Gibt es hier einen Menschen?",
        "ich brauche einen Berater wegen meiner Rechnung",
    ],
    "es": [
        "Quiero hablar con una persona",
        "páseme con un agente por favor",
        "necesito hablar con alguien",
        "¿No puedo hablar con una persona real?",
        "comuníqueme con un asesor",
        "quiero que me atienda una persona",
        "una persona por favor",
        "quiero un agente",
    ],
    "ar": [
        "أريد التحدث مع موظف",
        "حوّلني إلى موظف من فضلك",
        "أريد موظفًا",
        "وصلني بموظف خدمة العملاء",
        "موظف من فضلك",
        "أحتاج التحدث إلى شخص",
    ],
    "ja": [
        "オペレーターにつないでください",
        "担当者と話したいです",
        "人と話したい",
        "人間に代わって",
        "オペレーターお願いします",
        "担当の方につないでもらえませんか",
        "有人対応お願いします",
    ],
    "ko": [
        "상담원 연결해 주세요",
        "사람이랑 얘기하고 싶어요",
        "상담사와 통화하고 싶습니다",
        "직원 바꿔 주세요",
        "상담원 좀 불러 주세요",
    ],
}
DOES_NOT = {
    "zh-CN": [
        "我要投诉客服态度差",
        "客服电话是多少",
        "刚才客服说可以退",
        "我跟客服说过了",
        "人工智能套餐多少钱",
        "人工服务要钱吗",
        "不用转人工，查话费",
        "我联系客服好几次了",
        "之前的人工客服给我办错了",
        "要人工费吗",
        "我昨天找人工办的业务没生效",
        "查话费",
        "",
    ],
    "zh-HK": ["客服態度好差", "唔使轉人工", "頭先個客服話可以退", "客服熱線幾多號"],
    "en": [
        "The agent told me it would be refunded",
        "I do not want to talk to a human",
        "agency",
        "What is the price per person?",
        "transfer my number to another person",
        "I spoke to an agent yesterday and nothing happened",
        "can I add a person on my plan",
        "the operator code please",
        "solve it without an agent",
        "I want the agent's number",
        "is human error the reason",
    ],
    "fr": [
        "personne ne répond",
        "je veux ajouter une personne à mon forfait",
        "mon conseiller m’a dit que c’était gratuit",
        "je ne veux pas parler à un conseiller",
        "quel est le prix par personne",
    ],
    "de": [
        "Der Mitarbeiter war unfreundlich",
        "ich habe gestern mit einem Berater gesprochen",
        "kein Mensch hilft mir bei der Rechnung",
        "ich will nicht mit einem Menschen sprechen",
        "Preis pro Person",
    ],
    "es": [
        "la línea está a nombre de otra persona",
        "soy una persona mayor y no entiendo la factura",
        "¿cuánto cuesta por persona?",
        "quiero cambiar de operador",
        "el agente me dijo que era gratis",
        "no quiero hablar con un agente",
        "mi mujer es la persona titular",
    ],
    "ar": [
        "أريد نقل الرقم إلى شخص آخر",
        "قال لي الموظف إنه مجاني",
        "لا أريد التحدث مع موظف",
        "كم السعر للشخص الواحد",
        "رقمي الشخصي",
    ],
    "ja": [
        "担当者の対応が悪かった",
        "オペレーターと話しましたが解決しません",
        "本人確認をお願いします",
        "人と話したくない",
        "担当者につながなくていい",
        "友人に教えてもらった",
    ],
    "ko": [
        "상담원이 친절했어요",
        "다른 사람 명의로 바꿔 주세요",
        "상담원과 통화했는데 해결이 안 됐어요",
        "상담원 연결 안 해도 돼요",
        "사람이 많아요",
    ],
}
WISHES = [(language, text) for language, texts in ASKS.items() for text in texts]
OTHERS = [(language, text) for language, texts in DOES_NOT.items() for text in texts]
ALONE = [
    "人工",
    "客服",
    "真人",
    "agent",
    "human",
    "conseiller",
    "mitarbeiter",
    "persona",
    "agente",
    "موظف",
    "担当者",
    "상담원",
]


@pytest.mark.parametrize(("language", "text"), WISHES)
def test_who_asks_for_a_person_is_understood(language: str, text: str) -> None:
    assert asks_for_person(text), language


@pytest.mark.parametrize(("language", "text"), OTHERS)
def test_a_word_that_also_means_a_person_asks_for_none(language: str, text: str) -> None:
    assert not asks_for_person(text), language


@given(st.sampled_from(WISHES), st.sampled_from([text for _, text in OTHERS]), st.booleans())
def test_what_is_said_beside_it_takes_no_wish_away(wish: tuple[str, str], beside: str, first: bool) -> None:
    told = f"{wish[1]}. {beside}" if first else f"{beside}. {wish[1]}"
    assert asks_for_person(told)


@given(st.lists(st.sampled_from([text for _, text in OTHERS]), min_size=2, max_size=4))
def test_many_sentences_that_ask_for_none_ask_for_none_together(texts: list[str]) -> None:
    assert not asks_for_person(". ".join(texts))


@given(st.text(max_size=200))
def test_whatever_is_written_is_read(text: str) -> None:
    assert asks_for_person(text) in (True, False)
    beside_the_wish(text)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ,.?", max_size=80))
def test_nobody_asks_for_a_person_without_a_word_for_one(text: str) -> None:
    english = ("human", "person", "agent", "operator", "rep", "advis", "employee", "someone", "somebody", "customer")
    others = ("conseiller", "humain", "berater", "mensch", "mitarbeiter", "asesor", "alguien", "ejecutiv", "jemand")
    known = (*english, *others, "kunden", "sachbearbeiter")
    assert not asks_for_person(text) or any(word in text for word in known)


@pytest.mark.parametrize("word", ALONE)
def test_the_word_alone_and_politely_asks_for_a_person(word: str) -> None:
    assert asks_for_person(f"{word}!")


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("转人工，查话费", ",查话费"),
        ("我要找人工客服，查余额", "我要,查余额"),
        ("agent please, my bill", ", my bill"),
        ("I want to talk to a human about my bill", "i want to about my bill"),
        ("quiero hablar con una persona, mi factura", "quiero, mi factura"),
        ("查话费", "查话费"),
        ("0", "0"),
        ("", ""),
    ],
)
def test_what_is_said_beside_the_wish(said: str, rest: str) -> None:
    assert beside_the_wish(said).replace(" ", "") == rest.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "yes"),
    [("好的", True), ("yes", True), ("YES!", True), ("oui", True), ("no", False), ("好的，但是", False), ("", False)],
)
def test_only_a_text_that_says_nothing_but_yes_is_a_yes(text: str, yes: bool) -> None:
    assert says_yes(text) is yes
