"""How people ask for a flow in their own words: what the matcher knows it by, beside its names."""

from typing import Final

PHRASINGS: Final[dict[str, tuple[str, ...]]] = {
    "complaint_intake": (
        "我要投诉",
        "投诉",
        "你们服务太差了",
        "反映一个问题",
        "I want to complain",
        "this is unacceptable",
    ),
    "lost_phone": ("手机被偷了", "手机找不到了", "挂失", "停机保号", "my phone was stolen", "I lost my SIM card"),
}
