"""The sandbox's customers: a named cast to play, and as many others as are wanted, the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from qiao.kernel.service_ids import ServiceId

UNITS: Final = ("beijing", "guangdong", "shanghai")
_FAMILY: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋"
    "唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
)
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰萍红玲建国文辉志斌鹏飞宇晨欣怡梓涵浩然子轩雨桐"
_FIRST: Final = ("James", "Maria", "Omar", "Claire", "Hans", "Yuki", "Lucia", "Ji-woo", "Peter", "Aisha")
_LAST: Final = ("Baker", "Silva", "Haddad", "Martin", "Vogel", "Tanaka", "Garcia", "Park", "Nowak", "Khan")
_LANGUAGES: Final = ("en", "fr", "de", "es", "ar", "ja", "ko")
_STREETS: Final = ("人民路", "中山路", "解放路", "建设路", "和平路", "文化路", "长江路", "黄河路", "学院路", "新华路")
_TOWNS: Final = {
    "beijing": ("北京市海淀区", "北京市朝阳区"),
    "guangdong": ("广州市天河区", "深圳市南山区"),
    "shanghai": ("上海市浦东新区", "上海市徐汇区"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of the sandbox; `products` are the value-added services he has asked for himself."""

    service: ServiceId
    name: str
    about: str
    segment: str = "standard"
    language: str = "zh-CN"
    born_year: int | None = 1985
    address: str = ""
    unit_code: str = "beijing"
    plan_code: str = "free59"
    products: tuple[str, ...] = ()
    kind: str = "person"
    contact_names: tuple[str, ...] = ()
    balance_minor: int = 5_000
    more: tuple[ServiceId, ...] = ()


def mobile(digits: str) -> ServiceId:
    """A Chinese mobile number as a service."""
    return ServiceId("mobile", f"+86{digits}")


CAST: Final = (
    Person(
        mobile("13901007763"),
        "师先生",
        "VIP; an odd text came to his telephone",
        segment="vip",
        born_year=1968,
        address="北京市海淀区中关村南大街 5 号 3 单元 402（旧址）",
        plan_code="vip128",
        products=("ringback", "missed_calls", "news"),
        balance_minor=12_680,
        more=(ServiceId("broadband", "shi7763"),),
    ),
    Person(
        mobile("13810105521"),
        "林女士",
        "standard, data plan nearly used up",
        address="北京市朝阳区和平路 18 号",
        products=("news",),
    ),
    Person(
        mobile("13710102034"),
        "黄奶奶",
        "elderly, likes it short and large",
        segment="elderly",
        born_year=1941,
        address="广州市天河区人民路 7 号",
        unit_code="guangdong",
        plan_code="light19",
        balance_minor=2_350,
    ),
    Person(
        mobile("13610108866"),
        "恒达物流有限公司",
        "corporate, two authorised contacts",
        segment="corporate",
        born_year=None,
        address="深圳市南山区建设路 200 号",
        unit_code="guangdong",
        plan_code="free98",
        kind="company",
        contact_names=("周经理", "吴会计"),
    ),
    Person(
        mobile("13501013377"),
        "Mary Jones",
        "writes English",
        language="en",
        address="上海市徐汇区学院路 66 号",
        unit_code="shanghai",
        plan_code="free98",
        products=("ringback",),
    ),
    Person(
        mobile("13410106012"),
        "陈先生",
        "writes Cantonese",
        language="zh-HK",
        address="广州市天河区中山路 12 号",
        unit_code="guangdong",
    ),
)


def others(count: int, seed: int) -> Iterator[Person]:
    """So many customers nobody has named, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - people of a play, not secrets
    taken = {one.service.value for one in CAST}
    made = 0
    while made < count:
        service = mobile(
            f"1{chance.choice(('35', '36', '37', '38', '39', '50', '58', '86'))}{chance.randrange(10**8):08d}"
        )
        if service.value in taken:
            continue
        taken.add(service.value)
        made += 1
        yield _somebody(chance, service)


def _somebody(chance: random.Random, service: ServiceId) -> Person:
    segment = chance.choices(("standard", "vip", "elderly", "corporate"), (80, 8, 9, 3))[0]
    foreign = segment != "corporate" and chance.random() < 0.04
    unit_code = chance.choice(UNITS)
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}" if foreign else _chinese_name(chance, segment)
    born = {"elderly": (1930, 1960), "vip": (1955, 1995)}.get(segment, (1960, 2007))
    plans = {"vip": ("vip128", "free98"), "elderly": ("light19",), "corporate": ("free98",)}
    return Person(
        service,
        name,
        "",
        segment=segment,
        language=chance.choice(_LANGUAGES) if foreign else "zh-CN",
        born_year=None if segment == "corporate" else chance.randrange(*born),
        address=f"{chance.choice(_TOWNS[unit_code])}{chance.choice(_STREETS)} {chance.randrange(1, 300)} 号",
        unit_code=unit_code,
        plan_code=chance.choice(plans.get(segment, ("light19", "free59", "free59", "free98"))),
        products=tuple(
            sorted(chance.sample(("ringback", "missed_calls", "news", "jokes"), chance.choice((0, 0, 1, 2))))
        ),
        kind="company" if segment == "corporate" else "person",
        contact_names=(f"{chance.choice(_FAMILY)}经理",) if segment == "corporate" else (),
        balance_minor=chance.randrange(-2_000, 20_000),
        more=(ServiceId("broadband", f"bb{service.value[-8:]}"),) if chance.random() < 0.3 else (),
    )


def _chinese_name(chance: random.Random, segment: str) -> str:
    if segment == "corporate":
        return (
            f"{chance.choice(_GIVEN)}{chance.choice(_GIVEN)}{chance.choice(('贸易', '物流', '科技', '餐饮'))}有限公司"
        )
    given = "".join(chance.choice(_GIVEN) for _ in range(chance.choice((1, 2, 2))))
    return chance.choice(_FAMILY) + given
