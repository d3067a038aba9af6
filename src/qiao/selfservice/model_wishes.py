"""Whether a sentence asks for a person, in nine languages: pure.

Words such as "persona", "agent" or "客服" stand in sentences about anything. A sentence asks for a person only where it
says so: by a verb that fetches one ("talk to an agent", "转人工"), or by nothing but the word and politeness ("agent,
please"). Each clause is read by itself; one that says it does not want a person asks for none.
"""

import re
from collections.abc import Iterator
from typing import Final

from qiao.selfservice.model_words import plain

_CLAUSES: Final = re.compile(r"[,.;:!?，。；：！？、…\n¡¿؟،؛()（）]+")
_ARABIC_MARKS: Final = re.compile("[\u064b-\u0652\u0670\u0640]")
_ARABIC_ALEF: Final = re.compile("[أإآٱ]")


def _any(*words: str) -> str:
    """One of these, the longest that fits, and no shorter one instead."""
    parts = sorted((part for line in words for part in line.split("|")), key=len, reverse=True)
    return f"(?>{'|'.join(parts)})"


# Chinese, written both ways ---------------------------------------------------------------------------------------
_ZH_NOUN: Final = (
    _any(
        "人工客服|人工服务|人工服務|人工坐席|人工座席|人工台|人工|真人客服|真人|活人|在线客服|在線客服|线上客服|客服人员",
        "客服人員|客服专员|客服專員|客服代表|客服主任|客服|客户服务员|客戶服務員|座席|坐席|话务员|話務員|接线员",
        "接線員|专员|專員|职员|職員",
    )
    + r"(?!智能|智慧|的|电话|電話|号码|號碼|热线|熱線|工号|工號|态度|態度|时间|時間|费|費|小时|几点|幾點|收费|中心|部"
    r"|办理|辦理|办的|辦嘅|审核|審核|操作|核实|核實|了|过|過|好几|好幾|几次|幾次|多次|很多次)"
)
_ZH_FILL: Final = "(?:不了|不到|唔到|[一个個位名下到去给給俾我你们們哋通入上个真正成返快])*"
_ZH: Final = (
    (
        rf"(?:转接|轉接|转|轉|接|駁|驳|找|搵|叫|换|換|要|联系|聯繫|联络|聯絡|连线|連線|呼叫|有没有|有沒有|有冇"
        rf"|[来來][个個位]){_ZH_FILL}{_ZH_NOUN}"
    ),
    rf"有{_ZH_FILL}{_ZH_NOUN}[吗嗎么嘛冇]",
    (
        rf"(?:跟|和|与|與|同){_ZH_FILL}(?:{_ZH_NOUN}|人)(?:直接)?"
        r"(?:说话|說話|说|說|聊|谈|談|讲|講|傾|对话|對話|通话|通話|沟通|溝通)(?!过|過|了|咗|的|得|我|他|她)"
    ),
    rf"{_ZH_NOUN}(?:呢|在吗|在嘛|在么|在不在|在嗎|在哪|喺唔喺度|喺度|快来|快點|快点|来接|來接)",
    r"人工(?:处理|處理|介入|接听|接聽)(?!了|过|過|中)",
    r"(?:找|搵)(?:个|個|返個)?人(?:说|說|聊|来|帮|幫|谈|談|傾|講|跟進|处理|處理|接)",
)
_ZH_NOT: Final = r"(?:不|别|別|无需|無需|勿|唔|没|沒|未)(?:要|用|想|需要|必|使|需|是)?(?:再|帮我|給我|给我)?$"

# English ----------------------------------------------------------------------------------------------------------
_EN_WHO: Final = r"(?:human being|human|person|agent|operator|representative|rep|advisor|adviser|employee)"
_EN_NOUN: Final = (
    rf"(?:(?:a|an|the|some|your|any)\s)?(?:(?:real|live|actual|human|living)\s)*{_EN_WHO}"
    r"(?![\w'])(?!\s(?:code|number|id|name|fee|fees|licen[cs]e|price|error)\b)"
)
_EN_SOMEBODY: Final = rf"(?:{_EN_NOUN}|some(?:one|body)|customer (?:service|care|support)|human(?:s| beings)?)(?!\w)"
_EN: Final = (
    rf"\b(?:speak|talk|chat)\s(?:to|with)\s{_EN_SOMEBODY}",
    (
        rf"\b(?:connect|transfer|put|pass|switch|hand|redirect|forward)"
        r"(?:\s(?:me|us|this (?:chat|call)|my call|this|it))?"
        rf"(?:\s(?:on|over|through|back))?\s(?:to|with)\s{_EN_SOMEBODY}"
    ),
    rf"\b(?:get|give|find|fetch|call|send|bring)\s(?:me|us)\s{_EN_NOUN}",
    (
        rf"\b(?:want|need|would like|'d like|prefer|demand|request|reach)\s{_EN_NOUN}"
        r"(?!\s(?:who|to call|added|on my|in my)\b)"
    ),
    rf"\b(?:can|could|may)\s(?:i|we)\s(?:get|have|see)\s{_EN_NOUN}",
    rf"\bis there\s(?:(?:a|an|any|some)\s)?(?:(?:real|live|actual|human)\s)*{_EN_WHO}\b",
)
_EN_NOT: Final = (
    r"\b(?:don't|dont|do not|does not|did not|didn't|not|never|without|instead of|rather than|no need)"
    r"(?:\s(?:want|need|wish|like|have|really|even))?(?:\sto)?\s?$"
)

# French -----------------------------------------------------------------------------------------------------------
_FR_NOUN: Final = (
    r"(?:(?:un|une|le|la|votre|ton)\s)?(?:(?:vrai|vraie|véritable)\s)?"
    r"(?:conseiller|conseillère|humain|être humain|agent|opérateur|opératrice"
    r"|personne(?!\sde\s|\ssupplémentaire|\sen plus)"
    r"|employé)(?!\w)"
)
_FR: Final = (
    rf"\b(?:parler|discuter|échanger|parle)\s(?:à|a|avec)\s(?:{_FR_NOUN}|quelqu'un)",
    (
        rf"\b(?:passe[zr]?|mett(?:ez|re)|transf[ée]r(?:ez|er)|connecte[zr])(?:[- ]moi)?"
        r"(?:\sen (?:relation|contact|ligne))?"
        rf"\s?(?:à|a|avec|vers|au)?\s?(?:{_FR_NOUN}|quelqu'un)"
    ),
    rf"\bmise?\sen (?:relation|contact|ligne)\savec\s(?:{_FR_NOUN}|quelqu'un)",
    rf"\b(?:veux|voudrais|souhaite|demande|désire|besoin d'|joindre|contacter|avoir)\s?{_FR_NOUN}",
)
_FR_NOT: Final = r"(?:\bne\b|\bn'|\bpas\b|\bsans\b|\bjamais\b)(?:\s\w+)?\s?$"

# German -----------------------------------------------------------------------------------------------------------
_DE_NOUN: Final = (
    r"(?:(?:einen|einem|einer|eine|ein|den|dem|der|nem|ihrem|ihren)\s)?(?:(?:echten|richtigen|realen|echte|richtige)\s)?"
    r"(?:mitarbeiter(?:in)?|kundenberater(?:in)?|berater(?:in)?|menschen|mensch|agenten|person|sachbearbeiter(?:in)?"
    r"|kundendienst|kundenservice)(?!\w)"
)
_DE_SPEAK: Final = r"(?:sprechen|reden|verbinden|verbunden|telefonieren|chatten|schreiben)"
_DE: Final = (
    rf"\bmit\s(?:{_DE_NOUN}|jemand(?:em|en)?)(?:\s\w+){{0,3}}\s{_DE_SPEAK}\b",
    rf"\b(?:verbinde?n?|sprechen|reden|spreche|rede)(?:\s\w+){{0,3}}\smit\s(?:{_DE_NOUN}|jemand(?:em|en)?)",
    (
        rf"\b(?:will|möchte|moechte|brauche|hätte gerne?|verlange|holen sie|geben sie mir|gib mir|gibt es)"
        rf"(?:\s(?:hier|da))?\s{_DE_NOUN}"
    ),
)
_DE_NOT: Final = r"\b(?:nicht|kein\w*|ohne|nie)(?:\s\w+)?\s?$"

# Spanish ----------------------------------------------------------------------------------------------------------
_ES_ONE: Final = r"(?:(?:un|una|el|la|algún|alguna|su)\s)?(?:(?:verdader[oa]|buen)\s)?"
_ES_NOUN: Final = rf"{_ES_ONE}(?:persona|agente|humano|ser humano|asesora?|representante|ejecutiv[oa])(?!\w)"
_ES_SOMEBODY: Final = rf"(?:{_ES_NOUN}|{_ES_ONE}operadora?(?!\w)|alguien)"
_ES: Final = (
    rf"\b(?:hablar|hablo|comunicarme|comunicar|chatear|contactar|conversar|charlar)\s(?:con|a)\s{_ES_SOMEBODY}",
    (
        rf"\b(?:p[aá]s[ae]n?me|con[eé]ct[ae]n?me|comun[ií][cq]u?[ae]n?me|transfi[eé]r[ae]n?me|p[oó]ng[ae]n?me|ponme"
        rf"|pasar(?:me)?|conectar(?:me)?)\s(?:con|a)\s{_ES_SOMEBODY}"
    ),
    rf"\b(?:quiero|necesito|quisiera|deseo|prefiero|exijo|dame|deme|denme)\s(?:a\s)?{_ES_NOUN}(?!\s(?:más|mas|para)\b)",
    rf"\b(?:atienda|atiende|ayude|responda|conteste)\s{_ES_SOMEBODY}",
)
_ES_NOT: Final = (
    r"(?:\bno\s(?:quiero|necesito|deseo|hace falta|me)|\bsin(?:\stener)?(?:\sque)?|\bnunca|\bno)(?:\sque)?\s?$"
)

# Arabic, without marks and with plain alefs -----------------------------------------------------------------------
_AR_NOUN: Final = (
    r"(?:ال|لل|لـ|ل|ب)?(?:موظفه?ا?|شخصا?(?!ي)|انسانا?|بشري|ممثلا?|مندوبا?|احد)"
    r"(?:\s(?:بشري|حقيقي|خدمه العملاء|خدمة العملاء))?"
    r"(?!\w)(?!\s(?:اخر|اخري|اخرى|عزيز))"
)
_AR: Final = (
    rf"(?:التحدث|اتحدث|اتكلم|التكلم|الكلام|احكي|التواصل|اتواصل)\s(?:مع|الي|الى)\s(?:{_AR_NOUN}|خدم[هة] العملاء)",
    rf"(?:اكلم|كلموني|كلمني)\s(?:مع\s)?{_AR_NOUN}",
    rf"(?:حولني|حولوني|حوليني|وصلني|وصلوني|اوصلني|تحويلي|توصيلي)\s(?:الي\s|الى\s|مع\s)?{_AR_NOUN}",
    rf"(?:اريد|ابغي|ابغى|ابي|عايز|عاوز|بدي|احتاج|احتاج الي|اعطني|اطلب)\s{_AR_NOUN}",
)
_AR_NOT: Final = r"(?<!\w)(?:لا|ما|بدون|مش|دون|لم)(?:\sان)?(?:\s\w+)?\s?$"

# Japanese and Korean say their "not" and their "was" behind the verb -----------------------------------------------
_JA_WHO: Final = (
    r"(?:オペレータ[ーｰ]?|担当者|担当の[人方]|人間|生身の人|係員|係の[人方]|スタッフ|サポートの[人方]"
    r"|カスタマーサポート|有人対応|有人チャット|有人窓口|有人|(?<![友本他個家恋老成新大知国隣商法芸])人)(?:の方|さん|様)?"
)
_JA: Final = (
    (
        rf"{_JA_WHO}(?:と|に|へ|を)?(?:直接|すぐ|電話で)?(?:に)?"
        r"(?:話(?!題|しまし|した[^いく]|していまし|を聞|中)|つな|繋|代わ|替わ|かわっ|お願い|呼ん|出し|相談(?:し(?!まし|た[^い])|を?お願)"
        r"|取り次|チャットし|対応し)"
    ),
)
_JA_NOT: Final = r"^\w{0,8}(?:なくて|たくな|たくあり|ないで|ません(?!か)|不要|いらな|なかった|た(?:が|けど|のに))"
_KO_WHO: Final = r"(?:상담원|상담사|상담 ?직원|직원|담당자|(?<!다른 )(?<!본)사람)(?:분|님)?"
_KO: Final = (
    (
        rf"{_KO_WHO}(?:이랑|하고|과|와|랑|에게|한테|으로|로|을|를)?\s?(?:직접\s|바로\s|좀\s)?"
        r"(?:연결|통화|바꿔|얘기|이야기|대화|상담|불러|부탁|말하고 싶|말씀|찾)(?!했|하였|한 적|받았|드렸)"
    ),
)
_KO_NOT: Final = r"^\S*\s?(?:하지 마|지 마|안 해도|필요 ?없|말고|싫|하지 않)"

_BEFORE: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (_ZH, _ZH_NOT),
    (_EN, _EN_NOT),
    (_FR, _FR_NOT),
    (_DE, _DE_NOT),
    (_ES, _ES_NOT),
    (_AR, _AR_NOT),
)
"""Languages that say "not" before what they do not want."""
_BEHIND: Final[tuple[tuple[tuple[str, ...], str], ...]] = ((_JA, _JA_NOT), (_KO, _KO_NOT))
_PATTERNS: Final = (
    *((re.compile("|".join(asks)), re.compile(no), None) for asks, no in _BEFORE),
    *((re.compile("|".join(asks)), None, re.compile(no)) for asks, no in _BEHIND),
)

_ALONE_CJK: Final = re.compile(
    _any(
        "人工客服|人工服务|人工服務|人工|真人|客服|客戶服務員|座席|坐席|オペレーター|オペレータ|担当者|상담원|상담사",
    )
)
_POLITE_CJK: Final = re.compile(
    _any(
        "请|請|麻烦|麻煩|谢谢|謝謝|多谢|多謝|唔該|快点|快點|快啲|快|马上|馬上|立刻|现在|而家|你好|您好|喂|啊|吧|呀|啦|我|要",
        "想|帮|幫|给|給|下|一|お願いします|おねがいします|お願い|ください|すぐに|すぐ|を|주세요|부탁드립니다|부탁해요|부탁|빨리|좀|요",
    )
    + r"|\s"
)


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_ALONE: Final = _words(
    "agent human person operator representative conseiller conseillère humain mitarbeiter mitarbeiterin berater",
    "beraterin mensch persona agente humano asesor asesora operador operadora representante",
    "موظف موظفا شخص ممثل بشري",
)
_POLITE: Final = _words(
    "please pls plz now the a an real live hello hi hey thanks thank you ok",
    "un une vrai vraie s'il vous te plaît plait svp merci bonjour maintenant vite",
    "ein eine einen echter echten echte bitte jetzt sofort danke hallo",
    "una por favor gracias ya ahora hola",
    "من فضلك لو سمحت الان شكرا مرحبا",
)


def asks_for_person(text: str) -> bool:
    """Whether a longer sentence asks for a person ("我要找人工客服", "can I talk to a person?")."""
    return next(_wishes(_folded(text)), None) is not None or any(_is_only_the_word(one) for one in _clauses(text))


def beside_the_wish(text: str) -> str:
    """What a sentence says beside asking for a person: "转人工，查话费" -> ", 查话费"."""
    told = _folded(text)
    left = list(told)
    for start, end in _wishes(told):
        left[start:end] = " " * (end - start)
    rest = "".join(left)
    for clause in _clauses(rest):
        if _is_only_the_word(clause):
            rest = rest.replace(clause, " ", 1)
    return " ".join(rest.split())


def _folded(text: str) -> str:
    told = _ARABIC_ALEF.sub("ا", _ARABIC_MARKS.sub("", plain(text)))
    return told.replace("’", "'")


def _clauses(text: str) -> list[str]:
    return [one.strip() for one in _CLAUSES.split(_folded(text)) if one.strip()]


def _wishes(told: str) -> Iterator[tuple[int, int]]:
    """Where folded words ask for a person."""
    start = 0
    for mark in [*_CLAUSES.finditer(told), None]:
        end = mark.start() if mark is not None else len(told)
        for asks, before, behind in _PATTERNS:
            for found in asks.finditer(told, start, end):
                refused = before is not None and before.search(told[start : found.start()])
                refused = refused or (behind is not None and behind.search(told[found.end() : end]))
                if not refused:
                    yield found.span()
        start = mark.end() if mark is not None else end


def _is_only_the_word(clause: str) -> bool:
    words = clause.split()
    if any(word in _ALONE for word in words):
        return all(word in _ALONE or word in _POLITE for word in words)
    return bool(_ALONE_CJK.search(clause)) and not _POLITE_CJK.sub("", _ALONE_CJK.sub("", clause))
