"""A loan through the console, from the officer's form to the money, by four people who may each do only their part."""

import os
from typing import Any

import pytest
from stdnum.cn import uscc

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

FIGURES = {
    "营业收入": "1200万",
    "营业成本": "9,000,000",
    "营业利润": "120万",
    "净利润": "90万",
    "利息支出": "10万",
    "折旧摊销": "20万",
    "货币资金": "80万",
    "应收账款": "200万",
    "预付账款": "20万",
    "存货": "150万",
    "流动资产": "450万",
    "资产总计": "700万",
    "应付账款": "100万",
    "预收账款": "10万",
    "流动负债": "250万",
    "负债合计": "300万",
}
"""As officers type them: in 万 or with separators."""
JS_BYTES_MAX = 350_000


def a_code() -> str:
    """A unified social credit code that no other run has used."""
    code = f"91110000{int.from_bytes(os.urandom(4)) % 10**9:09d}"
    return str(code + uscc.calc_check_digit(code))


@pytest.fixture(scope="module")
def business_year(bank: str) -> int:
    del bank
    from services.operations.lifecycle import calendar_today  # noqa: PLC0415

    return calendar_today().year - 1


def fill_in(desk: Any, name: str, year: int) -> None:
    """The officer's form for a company's term loan, to its last step."""
    desk.open("/applications/new")
    desk.page.get_by_text("流动资金贷款", exact=True).click()
    desk.press("下一步")
    desk.fill("名称", name)
    desk.fill("统一社会信用代码", a_code())
    desk.fill("法定代表人", "张三丰")
    desk.fill("联系电话", "13800138000")
    desk.press("登记新借款人")
    desk.shows(f"已登记：{name}")
    desk.press("下一步")
    desk.choose("行业", "制造业")
    desk.choose("规模", "小型")
    desk.fill("经营年限", "８")  # full width, as an input method leaves it
    desk.fill("预计销售增长 %", "5")
    desk.fill("现有流动资金贷款", "30万")
    for label, which in (("最近一年", year - 1), ("上一年", year - 2)):
        desk.fill(label, str(which))
        for line, amount in FIGURES.items():
            desk.fill(f"{line} {label}", amount)
    desk.press("下一步")
    desk.fill("申请金额", "50万")
    desk.fill("期限", "12")
    desk.choose("还款方式", "等额本息")
    desk.choose("用途", "采购货物")
    desk.press("下一步")


def test_a_loan_from_the_form_to_the_money(at_desk: Any, business_year: int) -> None:
    name = f"流水贸易{os.urandom(3).hex()}有限公司"
    officer = at_desk("zhang.wei")
    fill_in(officer, name, business_year)
    officer.press("试算校验")
    officer.shows("校验通过")
    officer.press("提交申请")
    officer.page.wait_for_url("**/applications/*-*")
    officer.shows("待审查")
    path = "/" + officer.page.url.split("/console/")[1]
    assert officer.page.get_by_role("button", name="审批决定").count() == 0, "the officer is offered no decision"

    reviewer = at_desk("li.na")
    reviewer.page.get_by_text(name).click()
    reviewer.press("出具审查意见")
    reviewer.fill("意见", "现金流与用途核实无误。")
    reviewer.press("出具审查意见")
    reviewer.shows("待审批")

    approver = at_desk("chen.jie")
    approver.open("/reviews")
    approver.page.get_by_text(name).click()
    approver.press("审批决定")
    approver.press("审批决定")
    approver.press("同意")
    approver.shows("待客户确认")

    officer.open(path)
    for step, then in (("客户接受要约", "待签约"), ("签订合同", "已签约")):
        officer.press(step)
        officer.page.get_by_role("dialog").get_by_role("button", name=step, exact=True).click()
        officer.shows(then)
    officer.press("申请放款")
    officer.fill("借款人账号", "6222020200112233445")
    officer.fill("收款人", "厦门原料供应有限公司")
    officer.fill("收款账号", "6222020200998877665")
    officer.fill("收款行", "厦门银行")
    officer.fill("贸易合同号", "HT-2026-001")
    officer.press("申请放款")
    officer.shows("待放款")

    releaser = at_desk("liu.yang")
    releaser.open("/drawdowns")
    releaser.page.get_by_text(name).click()
    releaser.press("复核放款")
    releaser.page.get_by_role("dialog").get_by_role("button", name="复核放款", exact=True).click()
    releaser.shows("已放款")

    officer.open("/loans")
    officer.page.get_by_text(name).click()
    officer.shows("还款计划")
    officer.shows("正常履约")


ROUTES = {
    "zhang.wei": ("/pipeline", "/applications/new", "/drawdowns", "/loans"),
    "li.na": ("/reviews",),
    "operator": ("/operations",),
}


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("login", sorted(ROUTES))
def test_no_page_shuts_anybody_out(at_desk: Any, login: str, language: str, shade: str) -> None:
    """axe: nothing serious, in both languages and both shades."""
    desk = at_desk(login, language=language, shade=shade)
    found = []
    for route in ROUTES[login]:
        desk.open(route)
        found += [f"{route} {one}" for one in desk.complaints()]
    assert found == []


def test_the_first_page_weighs_little(at_desk: Any) -> None:
    desk = at_desk("zhang.wei")
    desk.page.wait_for_load_state("networkidle")
    weight = sum(desk.sent.values())
    assert 50_000 < weight <= JS_BYTES_MAX, sorted(desk.sent.items(), key=lambda one: -one[1])[:8]


def test_the_language_changes_in_place(at_desk: Any) -> None:
    desk = at_desk("zhang.wei")
    desk.page.get_by_role("button", name="EN", exact=True).click()
    desk.page.get_by_role("heading", name="Pipeline").wait_for()
    assert desk.page.locator("html").get_attribute("lang") == "en"


def test_who_signs_out_leaves_nothing_behind(at_desk: Any) -> None:
    desk = at_desk("zhang.wei")
    desk.page.get_by_role("button", name="张伟").click()
    desk.page.get_by_text("退出登录").click()
    desk.shows("已退出登录")
    desk.page.go_back()
    assert desk.page.get_by_text("业务看板").count() == 0
