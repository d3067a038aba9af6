"""What was said: words that mean the same at every step of every flow, in nine languages, and how they compare."""

import re
import unicodedata
from typing import Final, Literal

Wish = Literal["human", "back", "repeat", "cancel"]
TEXT_MAX: Final = 500
KEYS: Final[dict[str, Wish]] = {"0": "human", "*": "back", "#": "repeat"}
_PUNCTUATION: Final = " .,!?;:。、…\"'“”‘’「」『』()（）【】[]¿¡؟،؛~-\t\r\n"
_CJK: Final = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def plain(text: str) -> str:
    """What was said in one way of writing: width, case, spaces and punctuation at the ends do not matter."""
    folded = unicodedata.normalize("NFKC", text[:TEXT_MAX]).casefold()
    return " ".join(folded.split()).strip(_PUNCTUATION)


def _words(*said: str) -> frozenset[str]:
    return frozenset(plain(word) for line in said for word in line.split(","))


WISHES: Final[dict[Wish, frozenset[str]]] = {
    "human": _words(
        "人工,转人工,人工服务,人工客服,找人工,真人,客服,rg",
        "轉人工,人工服務,真人接聽,客戶服務員,搵真人,搵人傾",
        "agent,human,operator,a person,a human,real person,representative,speak to someone",
        "conseiller,un conseiller,humain,une personne",
        "mitarbeiter,berater,ein mensch,mensch",
        "agente,persona,humano,operador,una persona",
        "موظف,شخص,ممثل,أريد موظفا,بشري",
        "オペレーター,オペレータ,担当者,人と話す,人につないで",
        "상담원,상담사,상담원 연결,사람",
    ),
    "back": _words(
        "返回,上一步,返上一步,back,go back,retour,zurück,atrás,volver,رجوع,السابق,戻る,前に戻る,뒤로,이전",
    ),
    "repeat": _words(
        "重复,再说一遍,重听,重複,再講一次,repeat,again,répéter,wiederholen,nochmal,repetir,otra vez,إعادة,تكرار",
        "もう一度,繰り返し,다시,다시 듣기,반복",
    ),
    "cancel": _words(
        "退出,结束,不办了,結束,唔辦喇,quit,exit,cancel,annuler,quitter,abbrechen,beenden,cancelar,salir,إلغاء,خروج",
        "中止,やめる,終了,キャンセル,취소,종료,그만",
    ),
}
EMERGENCY: Final = _words(
    "110,112,119,120,122,911,999,sos,报警,救命,着火了,急救,火警,報警,救人呀,火燭",
    "emergency,police,ambulance,fire,urgence,secours,pompiers,notruf,polizei,feuerwehr,emergencia,policía,bomberos",
    "طوارئ,نجدة,إسعاف,شرطة,緊急,救急車,火事,警察,긴급,응급,구급차,경찰",
)
GREETINGS: Final = _words(
    "你好,您好,在吗,在么,喂,你好呀,早上好,下午好,晚上好,哈喽,早晨,喺唔喺度,請問,请问",
    "hello,hi,hey,good morning,good evening,bonjour,bonsoir,salut,hallo,guten tag,guten morgen",
    "hola,buenos días,buenas tardes,buenas",
    "مرحبا,مرحبًا,السلام عليكم",
    "こんにちは,こんばんは,おはよう,おはようございます,すみません,안녕하세요,안녕,저기요",
)
YES: Final = _words(
    "1,y,yes,ok,yeah,sure,i agree,是,是的,好,好的,对,同意,有,可以,係,係呀,好呀,啱,有呀,oui,d'accord,ja,sí,si,claro",
    "نعم,أجل,موافق,はい,ええ,うん,예,네,응,있어요",
)
NO: Final = _words(
    "2,n,no,nope,否,不,不是,不要,没有,不同意,不可以,唔係,唔要,冇,唔好,non,nein,لا,كلا,いいえ,いや,ない,아니요,아니오,아니,없어요",
)
THIS_MONTH: Final = _words(
    "本月,这个月,当月,今個月,呢個月,this month,ce mois,ce mois-ci,dieser monat,diesen monat,este mes",
    "هذا الشهر,今月,이번 달,이번달",
)
LAST_MONTH: Final = _words(
    "上月,上个月,上個月,last month,mois dernier,le mois dernier,letzter monat,letzten monat,mes pasado,el mes pasado",
    "الشهر الماضي,先月,지난 달,지난달",
)


def wish_of(said: str) -> Wish | None:
    """What `plain` words ask for wherever they are said; None for anything else."""
    if said in KEYS:
        return KEYS[said]
    return next((wish for wish, words in WISHES.items() if said in words), None)


def wants_person(text: str) -> bool:
    """Whether the whole text asks for a person: 0, or the word in one of nine languages."""
    return wish_of(plain(text)) == "human"


def is_emergency(text: str) -> bool:
    """Whether the whole text is a call for help: a number of the police, SOS, or the word."""
    return plain(text) in EMERGENCY


def says_yes(text: str) -> bool:
    """Whether the whole text only says yes, or names the first of what was offered."""
    return plain(text) in YES


def is_greeting(text: str) -> bool:
    """Whether the whole text only says good day."""
    return plain(text) in GREETINGS


def holds(said: str, word: str) -> bool:
    """Whether a word stands in a sentence: anywhere in scripts without spaces, else as a word of its own."""
    if not word:
        return False
    if _CJK.search(word):
        return word in said
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) is not None


def calls_for_help(said: str) -> bool:
    """Whether a longer sentence calls for help ("着火了，快叫人来"); a number of the police is one only by itself."""
    told = plain(said)
    return any(holds(told, word) for word in EMERGENCY if not word.isdecimal()) or told in EMERGENCY
