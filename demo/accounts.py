"""Accounts of the demonstration, printed at start and listed on the sign-in page. Known passwords and secrets: never in production."""

from dataclasses import dataclass

#: Fits both password profiles (8-16 with two classes, 12-64).
PASSWORD = "Suixin-2025-lv"
#: Second factor of the operator's and the offices' demonstration accounts (base32).
TOTP_SECRET = "KRQW46DJMFXSGIDEMVWW6IDTMVRXEZLU"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One sign-in: which organisation (index of the city's firm, or a named one), roles and what to try with it; an agent has none."""

    login: str
    name: str
    phone: str
    organisation: str
    roles: tuple[str, ...]
    audience: str
    about: str


ACCOUNTS = (
    DemoAccount("hechuan01", "陈志明", "13800138001", "firm:0", ("legal",), "console-ent", "禾川塑料包装 · 法定代表人：填 12 月、出报告、领碳效码"),
    DemoAccount("hechuan02", "李静", "13800138002", "firm:0", ("filler",), "console-ent", "禾川塑料包装 · 填报员"),
    DemoAccount("hechuan03", "周岚", "13800138003", "firm:0", ("viewer",), "console-ent", "禾川塑料包装 · 只能查看"),
    DemoAccount("junlin01", "黄伟", "13800138004", "firm:16", ("legal",), "console-ent", "骏霖烘焙食品 · 小类企业少，用中类基准"),
    DemoAccount("gongre01", "何建国", "13800138005", "firm:35", ("legal",), "console-ent", "供热企业 · 行业没有基准（NO_BENCHMARK）"),
    DemoAccount("cuiyu01", "沈玉兰", "13800138008", "firm:30", ("legal",), "console-ent", "翠屿表面处理 · 差去年 12 月，可交机构核查、对接银行"),
    DemoAccount("xinshe01", "梁丽华", "13800138006", "firm:new", ("legal",), "console-ent", "新注册企业 · 主体未认证"),
    DemoAccount("daili01", "周致远", "13800138007", "agency", (), "console-ent", "代理人 · 12 家企业的代理工作台、批量填报"),
    DemoAccount("ops-review", "沈审", "13800138011", "platform", ("ops_reviewer",), "console-ops", "运营 · 审核企业、参数、开户"),
    DemoAccount("ops-data", "韩据", "13800138012", "platform", ("ops_data",), "console-ops", "运营 · 提出基准与证书处理"),
    DemoAccount("ops-approve", "郑准", "13800138013", "platform", ("ops_approver",), "console-ops", "运营 · 发布与复核（另一人）"),
    DemoAccount("ops-system", "许统", "13800138014", "platform", ("sysadmin",), "console-ops", "系统管理员 · 任务与死信"),
    DemoAccount("ops-secure", "唐全", "13800138015", "platform", ("secadmin",), "console-ops", "安全管理员 · 账号"),
    DemoAccount("ops-audit", "曹计", "13800138016", "platform", ("auditor",), "console-ops", "审计员 · 审计日志"),
    DemoAccount("heyan01", "罗维", "13800138031", "verifier:0", ("agency_admin", "agency_reviewer"), "console-verify", "核查机构 · 管理员、复核人：受理、签字"),
    DemoAccount("heyan02", "方楠", "13800138032", "verifier:0", ("verifier",), "console-verify", "核查机构 · 核查员：看数据、提问题、填结论"),
    DemoAccount("heyan03", "邱岩", "13800138033", "verifier:0", ("agency_reviewer",), "console-verify", "核查机构 · 复核人（另一人）"),
    DemoAccount("qingjie01", "邵宁", "13800138034", "verifier:1", ("agency_admin", "agency_reviewer"), "console-verify", "清洁生产审核机构 · 管理员、复核人"),
    DemoAccount("qingjie02", "温岚", "13800138035", "verifier:1", ("verifier",), "console-verify", "清洁生产审核机构 · 审核员"),
    DemoAccount("yinhang01", "冯佳", "13800138041", "bank:0", ("bank_admin",), "console-bank", "示例银行 · 管理员：产品、分配"),
    DemoAccount("yinhang02", "赵凯", "13800138042", "bank:0", ("account_manager",), "console-bank", "示例银行 · 客户经理：阅览授权报告、跟进"),
    DemoAccount("yinhang03", "孙悦", "13800138043", "bank:0", ("account_manager",), "console-bank", "示例银行 · 另一位客户经理"),
    DemoAccount("yinhang04", "马骏", "13800138044", "bank:1", ("bank_admin", "account_manager"), "console-bank", "样板银行 · 管理员兼客户经理"),
    DemoAccount("gov-city1", "邓监", "13800138021", "gov", ("regulator",), "console-gov", "监管部门 · 屏幕随监管功能上线"),
)
