"""What the demo's agents can look up."""

from typing import Any, Final

ARTICLES: Final[tuple[dict[str, Any], ...]] = (
    {
        "title": "客户称未申请却被订购了增值业务",
        "language": "zh-CN",
        "audience": "staff",
        "tags": ("增值业务", "投诉", "1729", "3737"),
        "body": (
            "1. 先听，记下客户原话，不要打断，也不要让客户重复。\n"
            "2. 核实机主身份：发送一次性验证码。\n"
            "3. 查询在用增值业务；用短信代码（如 3737）查内容提供商。\n"
            "4. 查到订购：立即取消，告知生效时间。查不到：说明“系统暂无记录，可能有延迟”，不要说“没有这回事”。\n"
            "5. 开立诉求“未申请的增值业务”，记录代码、短信原文、收到时间，机主声明未申请。\n"
            "6. 承诺下一账期核查并主动回告，写明负责人和时间。"
        ),
    },
    {
        "title": "A customer says he never asked for a value-added service",
        "language": "en",
        "audience": "staff",
        "tags": ("value-added service", "complaint"),
        "body": (
            "1. Listen first and keep his own words; never make him say it twice.\n"
            "2. Prove that he is the holder: send a one-time code.\n"
            "3. Look at the services that run; find the content provider by the sender's short code.\n"
            "4. On record: cancel it and say from when. Not on record: say that records can be late, not that nothing "
            "happened.\n"
            "5. Open a case “Value-added service not asked for” with the code, a copy of the text, when it came, and "
            "the holder's declaration.\n"
            "6. Promise to look at the next bill and to tell him, with an owner and a date."
        ),
    },
    {
        "title": "如何取消增值业务",
        "language": "zh-CN",
        "audience": "customer",
        "tags": ("增值业务",),
        "body": "登录“我的页面”，进入“我的服务”，在业务下方点“取消”。也可以在线联系客服，由客服当场为您取消。",
    },
    {
        "title": "How to cancel a value-added service",
        "language": "en",
        "audience": "customer",
        "tags": ("value-added service",),
        "body": "Sign in, open “My services” and choose “Cancel it” below the service. An agent can do it for you too.",
    },
    {
        "title": "更改联系地址",
        "language": "zh-CN",
        "audience": "staff",
        "tags": ("地址", "资料变更"),
        "body": "客户本次联系中通过一次性验证码后即可更正地址。新地址会同步到运营商系统；账单从下一期起寄往新地址。",
    },
    {
        "title": "流量超出套餐后怎么计费",
        "language": "zh-CN",
        "audience": "staff",
        "tags": ("流量", "资费"),
        "body": "套餐内流量用完后按 5 元/GB 计费，不足部分按实际用量。当月累计到 50 元会短信提醒客户并询问是否升级。",
    },
    {
        "title": "What data costs beyond the plan",
        "language": "en",
        "audience": "staff",
        "tags": ("data", "tariff"),
        "body": "Beyond the plan data costs ¥5 a GB, by actual use. At ¥50 in a month the customer gets a text and is "
        "asked whether a larger plan suits him better.",
    },
)
