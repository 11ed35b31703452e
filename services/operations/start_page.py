"""The first page of the all-in-one server: what runs, who can log in, what to do next. One file, no foreign host."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from fastapi.responses import HTMLResponse, Response

from services.operations.demo_people import Holder, demo_holders
from services.operations.deployment import Deployment
from services.operations.readable import words

_SERVICES = {
    "application": ("受理·审批·合同", "受理、双人审批、要约与签约", "Intake, review by two people, offers, contracts"),
    "risk": ("评估·限额·定价", "评分、五C、限额、定价、五级分类", "Scores, 5C, limits, prices, five-class grading"),
    "disbursement": ("放款·受托支付", "额度、提款、双人放款、支付", "Limits, drawdowns, release by a second person"),
    "repayment": ("计息·还款·总账", "还款计划、计息、入账、总账、日终", "Schedules, accrual, receipts, ledger"),
    "collection": ("催收·核销", "案件、承诺、联系记录、核销审批", "Cases, promises, contacts, write-offs"),
}
ROLES = {
    "officer": "客户经理", "reviewer": "审查", "approver": "审批", "senior_approver": "高级审批", "releaser": "放款",
    "cashier": "会计", "collector": "催收", "collection_manager": "催收主管", "operator": "运维", "auditor": "审计",
    "model_developer": "模型开发", "model_validator": "模型验证", "partner": "合作渠道",
}  # fmt: skip
_WORDS = {
    "zh": {
        "language": "中文",
        "languages": "语言",
        "title": "流贷 · 流动资金贷款系统",
        "tagline": "事件溯源的流动资金贷款系统：五个小服务，一本封存的账。",
        "services_heading": "服务",
        "docs": "接口文档",
        "working": "运行中，营业日 {}，已记录 {} 个事实",
        "away": "数据库没有应答",
        "logins_heading": "演示登录",
        "logins_note": "所有登录的密码都是 <code>{}</code>。生产环境使用银行自己的 OIDC。",
        "login_column": "登录名",
        "name_column": "姓名",
        "roles_column": "角色",
        "branch_column": "机构",
        "next_heading": "下一步",
        "demo": "一笔贷款，从申请到结清，逐个事件打印",
        "token": "以客户经理的身份",
        "status": "各服务的位置、滞后与搁置",
        "verify": "核对哈希链与不变量",
    },
    "en": {
        "language": "English",
        "languages": "Language",
        "title": "liudai · working-capital loans",
        "tagline": "An event-sourced working-capital-loan system: five small services, one sealed history.",
        "services_heading": "Services",
        "docs": "API documents",
        "working": "running, business date {}, {} facts recorded",
        "away": "its database does not answer",
        "logins_heading": "Demo logins",
        "logins_note": "The password of each is <code>{}</code>. In production a bank uses its own OIDC issuer.",
        "login_column": "Login",
        "name_column": "Name",
        "roles_column": "Roles",
        "branch_column": "Branch",
        "next_heading": "Next steps",
        "demo": "one loan from application to settlement, each event printed",
        "token": "as an account officer",
        "status": "where each service stands, lag and parked events",
        "verify": "check the hash chains and the invariants",
    },
}
_FAVICON = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\
<rect width="32" height="32" rx="7" fill="#0b6e5f"/>\
<g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round">\
<path d="M6 11c3-3 7-3 10 0s7 3 10 0"/><path d="M6 17c3-3 7-3 10 0s7 3 10 0"/><path d="M6 23c3-3 7-3 10 0s7 3 10 0"/>\
</g></svg>"""
_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


def language(preferred: str) -> str:
    """`zh` or `en`, from a choice or an Accept-Language header; Chinese where neither is asked for."""
    asked = preferred.lower()
    zh, en = asked.find("zh"), asked.find("en")
    return "en" if en >= 0 and (zh < 0 or en < zh) else "zh"


def start_page(
    deployment: Deployment, statuses: Mapping[str, Mapping[str, Any] | None], preferred: str
) -> HTMLResponse:
    """The page in the preferred language, with each service's standing as given."""
    lang = language(preferred)
    words, holders = _WORDS[lang], demo_holders()
    html = Template((files("services.operations") / "start_page.html").read_text(encoding="utf-8")).substitute(
        words,
        lang=lang,
        choices="".join(_choice(one, lang) for one in _WORDS),
        services="\n".join(_service(name, status, lang) for name, status in statuses.items()),
        logins_note=words["logins_note"].format(escape(holders.password)),
        logins="\n".join(_login(login, holder, lang) for login, holder in holders.people.items()),
        next=escape(_next_steps(deployment, words, holders.password)),
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"})


def favicon() -> Response:
    """Three waves, 流: the mark in the browser's tab."""
    return Response(_FAVICON, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


def _choice(lang: str, current: str) -> str:
    marked = ' aria-current="true"' if lang == current else ""
    return f'<a href="?lang={lang}" lang="{lang}"{marked}>{_WORDS[lang]["language"]}</a>'


def _service(name: str, status: Mapping[str, Any] | None, lang: str) -> str:
    words = _WORDS[lang]
    title, zh, en = _SERVICES[name]
    heading = f"{title} <small>{name}</small>" if lang == "zh" else f'{name} <small lang="zh">{title}</small>'
    state = words["working"].format(status["business_date"], f"{status['head']:,}") if status else words["away"]
    kind = "state" if status else "state off"
    return (
        f"<li><h3>{heading}</h3><p>{zh if lang == 'zh' else en}</p>"
        f'<p class="{kind}">{escape(state)}</p><a href="/{name}/docs">{words["docs"]}</a></li>'
    )


def _login(login: str, holder: Holder, lang: str) -> str:
    roles = "、".join(map(ROLES.__getitem__, holder.roles)) if lang == "zh" else ", ".join(map(words, holder.roles))
    cells = (f"<code>{escape(login)}</code>", escape(holder.name), escape(roles), escape(holder.branch))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _next_steps(deployment: Deployment, words: Mapping[str, str], password: str) -> str:
    base = deployment.issuer.removesuffix("/issuer")
    lines = (
        (".venv/bin/liudai demo", words["demo"]),
        (".venv/bin/liudai status", words["status"]),
        (".venv/bin/liudai verify && .venv/bin/liudai invariants", words["verify"]),
        ("TOKEN=$(.venv/bin/liudai token zhang.wei)", words["token"]),
        (f'curl -s {base}/application/v1/products -H "Authorization: Bearer $TOKEN"', ""),
        (f"curl -s {base}/issuer/token -d username=zhang.wei -d password={password}", ""),
    )
    return "\n".join(f"{command}{'   # ' + why if why else ''}" for command, why in lines)
