"""The demo's people: a small service centre with its desks, and customers of the sandbox operator to play."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qiao import knowledge, routing, staff
from qiao.app.demo.articles import ARTICLES
from qiao.app.demo.handset import HOTLINE, make_tables
from qiao.bss import sandbox
from qiao.channels import chat
from qiao.kernel.ids import DeskId, UnitId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.sign_in import hash_password

PASSWORD: Final = "bridge-over-calm-water"  # noqa: S105 - the demo's, printed at every start and bound to this machine
"""Every login of the demo has it; the demo listens on this machine only."""


ROAMING_LINE: Final = "8613800100186"
FAULT_LINE: Final = "10050"
TEXT: Final = {"chat": 4, "voice": 1}


@dataclass(frozen=True, slots=True)
class Login:
    """What the demo prints: somebody to sign in as."""

    login: str
    password: str
    about: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the demo's service centre."""

    login: str
    name: str
    shown_name: str
    role: str
    about: str
    languages: tuple[str, ...] = ("zh-CN", "zh-HK")
    skills: Mapping[str, int] | None = None
    segments: tuple[str, ...] | None = None
    language: str = "zh-CN"


EXPRESS: Final = {"password": 2, "faults": 2, "emergency": 1}

STAFF: Final = (
    Colleague("wang", "王敏", "客服 012 王", "agent", "VIP desk", skills={"vip": 3, "billing": 3}),
    Colleague("li", "李强", "客服 015 李", "agent", "VIP desk", skills={"vip": 2, "billing": 2}),
    Colleague(
        "zhao",
        "赵颖",
        "客服 021 赵",
        "senior_agent",
        "VIP desk, senior",
        skills={"vip": 3, "billing": 3, "emergency": 1},
    ),
    Colleague("chen", "陈晨", "客服 033 陈", "agent", "service desk, express lane", skills={**EXPRESS, "billing": 2}),
    Colleague(
        "smith", "Anna Smith", "Anna", "agent", "service desk, English", ("en",), {**EXPRESS, "billing": 2}, None, "en"
    ),
    Colleague("zhou", "周涛", "投诉专员 周", "complaint_specialist", "complaint desk", skills={"complaint": 3}),
    Colleague("liu", "刘班长", "班长 刘", "team_leader", "team leader: desks and people live", skills={"vip": 2}),
    Colleague("admin", "管理员", "管理员", "administrator", "rooms, rights, knowledge"),
)


async def fill(house: House, say: Callable[[str], None]) -> Sequence[Login]:
    """Fill what is missing; a second call changes nothing. Returns the logins to print."""
    say("sandbox operator …")
    async with house.database.transaction() as tx:
        await make_tables(tx)
        await sandbox.fill(tx, customers=house.settings.sandbox_customers)
    say("service centre …")
    password_hash = await hash_password(PASSWORD)
    async with house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code="centre", name="Qiao Mobile")
        for code in sandbox.UNITS:
            await staff.ensure_unit(tx, code=code, name=code.capitalize(), parent_code="centre")
        await _colleagues(tx, unit_id, password_hash)
        await _desks(tx, unit_id)
        await _service_numbers(tx, unit_id)
        portal = chat.Site(chat.PORTAL, "Portal", entry_point="portal", unit_id=unit_id, flow="main_menu")
        await chat.ensure_site(tx, place=portal, names={"zh-CN": "门户在线客服", "en": "Chat on the portal"})
        shop = chat.Site("shop", "Shop", entry_point="web", unit_id=unit_id, flow="main_menu")
        await chat.ensure_site(tx, place=shop, names={"zh-CN": "商城在线客服", "en": "Chat in the shop"})
        for number, article in enumerate(ARTICLES):
            await knowledge.ensure_article(tx, code=f"demo-{number:02d}", **article)
    return [Login(one.login, PASSWORD, f"{one.name}, {one.about}") for one in STAFF]


async def _colleagues(tx: Transaction, unit_id: UnitId, password_hash: str) -> None:
    for one in STAFF:
        if await staff.agent_by_login(tx, one.login) is not None:
            continue
        await staff.create_agent(
            tx,
            login=one.login,
            name=one.name,
            shown_name=one.shown_name,
            password_hash=password_hash,
            unit_id=unit_id,
            roles=(one.role,),
            skills=dict(one.skills or {}),
            languages=one.languages,
            segments=one.segments,
            capacity=dict(TEXT),
            language=one.language,
        )


async def _desks(tx: Transaction, unit_id: UnitId) -> list[DeskId]:
    """VIP, service and complaint desks; a VIP's wait counts 90 s more, and he is not left to one desk alone."""
    return [
        await routing.ensure_desk(
            tx,
            code="vip",
            names={"zh-CN": "VIP 专席", "en": "VIP desk"},
            unit_id=unit_id,
            entry_points=("portal", "sms", "roaming"),
            segments=("vip",),
            skills={"vip": 1},
        ),
        await routing.ensure_desk(
            tx,
            code="general",
            names={"zh-CN": "综合服务台", "en": "Service desk"},
            unit_id=unit_id,
            entry_points=("portal", "web", "sms", "roaming", "general"),
            segments=(),
            skills={},
        ),
        await routing.ensure_desk(
            tx,
            code="complaints",
            names={"zh-CN": "投诉专席", "en": "Complaint desk"},
            unit_id=unit_id,
            entry_points=("complaint",),
            segments=(),
            skills={"complaint": 1},
        ),
        *[await _desk_of_flows(tx, unit_id, code) for code in OF_FLOWS],
    ]


OF_FLOWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "billing": {"names": {"zh-CN": "账务专席", "en": "Billing desk"}, "skills": {"billing": 2}},
    "faults": {"names": {"zh-CN": "故障专席", "en": "Fault desk"}, "skills": {"faults": 1}},
    "password": {"names": {"zh-CN": "密码快速专席", "en": "Password express lane"}, "skills": {"password": 1}},
    "lost_phone": {"names": {"zh-CN": "挂失专席", "en": "Lost phone desk"}, "skills": {"password": 1}},
    "shop": {"names": {"zh-CN": "营业厅专席", "en": "Shop desk"}, "skills": {"password": 1}},
    "emergency": {"names": {"zh-CN": "紧急专席", "en": "Emergency desk"}, "skills": {"emergency": 1}, "urgent": True},
}
"""Desks that flows hand to by name. A short matter does not wait behind long ones; a cry for help waits for nobody."""
ONWARD_AFTER_SECONDS: Final = {"password": 60, "lost_phone": 30, "emergency": 5}
AHEAD_SECONDS: Final = {"password": 60, "lost_phone": 120}
HANDLING: Final = {"password": 90, "lost_phone": 180}


async def _desk_of_flows(tx: Transaction, unit_id: UnitId, code: str) -> DeskId:
    """One of them; where nobody of it is there its contacts go on to the service desk."""
    ahead = AHEAD_SECONDS.get(code, 0)
    return await routing.ensure_desk(
        tx,
        code=code,
        unit_id=unit_id,
        entry_points=(code,),
        segments=(),
        overflow_desk="general",
        overflow_after_seconds=ONWARD_AFTER_SECONDS.get(code, 90),
        handling_seconds=HANDLING.get(code, 300),
        head_start_seconds={"standard": ahead, "elderly": ahead, "corporate": ahead, "vip": ahead + 90},
        **OF_FLOWS[code],
    )


async def _service_numbers(tx: Transaction, unit_id: UnitId) -> None:
    """The number everybody knows, the one for who is abroad, and the one that asks only what is wrong."""
    await routing.ensure_entry_point(
        tx, number=HOTLINE, code="sms", names={"zh-CN": "客服热线", "en": "Hotline"}, unit_id=unit_id, answer_minutes=15
    )
    await routing.ensure_entry_point(
        tx,
        number=ROAMING_LINE,
        code="roaming",
        names={"zh-CN": "国际漫游专线", "en": "Roaming line"},
        unit_id=unit_id,
    )
    await routing.ensure_entry_point(
        tx,
        number=FAULT_LINE,
        code="faults",
        names={"zh-CN": "故障专线", "en": "Fault line"},
        channels=("voice",),
        flow="fault_line",
        unit_id=unit_id,
    )
