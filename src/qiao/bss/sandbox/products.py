"""What the sandbox operator sells: plans, value-added services, and the content providers behind short codes."""

from dataclasses import dataclass
from typing import Final

from qiao.bss.model import Allowance, Names, Plan, Provider
from qiao.bss.model_lines import Pack
from qiao.kernel.money import Money


def plan(code: str, name: Names, fee: str, data_mb: int, minutes: int, texts: int, kind: str = "personal") -> Plan:
    """A plan with nothing used yet."""
    return Plan(
        code,
        name,
        Money.of(fee),
        (
            Allowance("data", data_mb, 0, "MB"),
            Allowance("voice", minutes, 0, "min"),
            Allowance("sms", texts, 0, "sms"),
        ),
        kind,
    )


PLANS: Final[dict[str, Plan]] = {
    one.code: one
    for one in (
        plan("light19", {"zh-CN": "轻享 19 元套餐", "en": "Light 19"}, "19.00", 2_048, 60, 20),
        plan("free59", {"zh-CN": "畅享 59 元套餐", "en": "Free 59"}, "59.00", 20_480, 300, 50),
        plan("free98", {"zh-CN": "畅享 98 元套餐", "en": "Free 98"}, "98.00", 40_960, 600, 100),
        plan("vip128", {"zh-CN": "尊享 128 元套餐", "en": "Premium 128"}, "128.00", 61_440, 1_000, 200),
        plan("home70", {"zh-CN": "宽带 300M 包月", "en": "Broadband 300M"}, "70.00", 0, 0, 0, "home"),
    )
}
OFFERED: Final = ("light19", "free59", "free98", "vip128")
DATA_MB_FEE_MINOR: Final = 0.5
"""Beyond the plan: CNY 5 a GB, so half a fen a MB."""
MINUTE_FEE_MINOR: Final = 15
TEXT_FEE_MINOR: Final = 10


PACKS: Final[dict[str, Pack]] = {
    one.code: one
    for one in (
        Pack("data1", {"zh-CN": "1GB 加油包", "en": "1 GB top-up"}, 1_024, Money.of("10.00")),
        Pack("data5", {"zh-CN": "5GB 加油包", "en": "5 GB top-up"}, 5_120, Money.of("30.00")),
        Pack("data20", {"zh-CN": "20GB 加油包", "en": "20 GB top-up"}, 20_480, Money.of("60.00")),
    )
}
EVER_RING: Final = "missed_calls"
"""The product behind the missed-call reminder."""


@dataclass(frozen=True, slots=True)
class Product:
    """A value-added service as it is sold."""

    code: str
    names: Names
    short_code: str
    fee: Money


PRODUCTS: Final[dict[str, Product]] = {
    one.code: one
    for one in (
        Product("ringback", {"zh-CN": "个性彩铃", "en": "Ring-back tone"}, "12530", Money.of("5.00")),
        Product("missed_calls", {"zh-CN": "来电提醒", "en": "Missed-call alert"}, "10086", Money.of("3.00")),
        Product("news", {"zh-CN": "手机早报", "en": "Morning news"}, "10658000", Money.of("3.00")),
        Product("jokes", {"zh-CN": "每日一笑", "en": "Joke of the day"}, "8810", Money.of("6.00")),
        Product(
            "yitutong_community", {"zh-CN": "易图通图片社区", "en": "Yitutong picture club"}, "3737", Money.of("10.00")
        ),
    )
}
PROVIDERS: Final[dict[str, Provider]] = {
    one.code: one
    for one in (
        Provider("1729", "本网彩信通知（不收费）", "10086"),
        Provider("3737", "易图通", "010-8008-3737", ("易图通图片社区",)),
        Provider("8810", "开心网络", "010-8008-8810", ("每日一笑",)),
        Provider("10086", "本网", "10086", ("来电提醒",)),
        Provider("12530", "中央音乐平台", "12530", ("个性彩铃",)),
        Provider("10658000", "手机报编辑部", "10086", ("手机早报",)),
    )
}
FEES: Final[dict[str, Money]] = {
    "caller_display_on": Money.of("6.00"),
    "ever_ring_on": PRODUCTS[EVER_RING].fee,
    "replace_sim": Money.of("10.00"),
    "add_family_number": Money.of("1.00"),
}
"""What services cost that are no plans, packs or products, by their code in the catalogue."""
FEATURE_NAMES: Final[dict[str, Names]] = {
    "caller_display": {"zh-CN": "来电显示", "en": "Caller display"},
    "roaming": {"zh-CN": "国际漫游", "en": "Roaming"},
    "sim_request": {"zh-CN": "补换卡", "en": "SIM replacement"},
}
VOUCHERS: Final[dict[str, Money]] = {
    "8888202600000050": Money.of("50.00"),
    "8888202600000051": Money.of("50.00"),
    "8888202600000100": Money.of("100.00"),
}
"""Cards in the sandbox's shop, for the demo."""
