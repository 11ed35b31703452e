"""Reason codes: stable, in both languages, about things that the applicant can check."""

from collections.abc import Mapping

from services.risk.domain.decision_record import ReasonRecord

Texts = Mapping[str, tuple[str, str, str]]

REFERRALS: Texts = {
    "size": ("P01_SIZE", "中型、大型企业须人工审批", "loans to medium and large companies are decided by people"),
    "missing": ("P02_MISSING", "必要资料缺失", "something that must be known is missing"),
    "currency": ("P03_CURRENCY", "币种不在政策范围", "the policy gives no amounts in this currency"),
    "cycle": (
        "P04_CYCLE",
        "营运资金周转期不为正,须人工测算需求",
        "the cash cycle is not positive: the need must be measured by a person",
    ),
    "grade": ("P05_GRADE", "信用等级低于自动审批标准", "the grade is below what may be approved automatically"),
    "disagreement": ("P06_DISAGREEMENT", "模型结论差异较大", "the models disagree about this applicant"),
    "cap": ("P07_CAP", "申请金额超过自动审批上限", "the amount is above the cap of automatic approval"),
    "limit": ("P08_LIMIT", "测算额度低于申请金额", "the measured limit is below the amount asked for"),
    "no_consent": (
        "P09_NO_CONSENT",
        "无有效征信查询授权,未查询征信",
        "no consent to ask the credit bureau is valid, so it was not asked",
    ),
    "bureau_silent": ("P10_BUREAU_SILENT", "征信机构未答复", "the credit bureau did not answer"),
    "registry_silent": ("P11_REGISTRY_SILENT", "工商登记机关未答复", "the company registry did not answer"),
    "courts_silent": ("P12_COURTS_SILENT", "司法信息未答复", "the courts' register did not answer"),
    "tax_silent": ("P13_TAX_SILENT", "税务、发票信息未答复", "the tax and invoice register did not answer"),
    "bureau_not_found": ("P14_BUREAU_NOT_FOUND", "征信机构查无此户", "the credit bureau does not know the borrower"),
    "registry_not_found": (
        "P15_REGISTRY_NOT_FOUND",
        "工商登记查无此企业",
        "the company registry does not know the borrower",
    ),
    "courts_not_found": ("P16_COURTS_NOT_FOUND", "司法信息查无此户", "the courts' register does not know the borrower"),
    "tax_not_found": (
        "P17_TAX_NOT_FOUND",
        "税务、发票信息查无此户",
        "the tax and invoice register does not know the borrower",
    ),
}
"""Causes for which a person decides."""

SCORE: Texts = {
    "amount_to_income": ("S01", "申请金额相对收入偏高", "the amount is high for the income"),
    "asset_turnover": ("S02", "资产周转偏慢", "sales are low for the assets employed"),
    "assets_to_amount": ("S03", "资产相对申请金额偏少", "assets are few for the amount"),
    "audited": ("S04", "财务报表未经审计或未说明", "the statements are not audited, or this was not told"),
    "cash_ratio": ("S05", "货币资金相对流动负债偏少", "little cash against current liabilities"),
    "collateral_coverage": ("S06", "担保物覆盖不足", "little security for the amount"),
    "court_cases_open": ("S07", "有未结诉讼", "court cases are open"),
    "current_ratio": ("S08", "流动比率偏低", "current assets are low against current liabilities"),
    "debt_service_cover": ("S09", "偿债保障倍数偏低", "cash flow covers the debt service thinly"),
    "debt_to_assets": ("S10", "资产负债率偏高", "debt is high against assets"),
    "debt_to_income": ("S11", "负债相对收入偏高", "debts are high for the income"),
    "default_record": ("S12", "有违约记录", "a default is on record"),
    "expense_to_income": ("S13", "支出占收入比例偏高", "expenses take much of the income"),
    "home": ("S14", "居住稳定性一般", "housing shows less stability"),
    "interest_cover": ("S15", "利息保障倍数偏低", "profit covers interest thinly"),
    "job": ("S16", "职业稳定性一般", "employment shows less stability"),
    "largest_customer_share_percent": (
        "S17",
        "客户集中度偏高或未提供",
        "much depends on one customer, or this was not told",
    ),
    "net_assets_to_request": ("S18", "净资产相对申请金额偏少", "net assets are low for the amount"),
    "net_margin": ("S19", "净利率偏低", "the net margin is low"),
    "overdue_count_24_months": ("S20", "近24个月有逾期", "payments were late within 24 months"),
    "payment_burden": ("S21", "月还款负担偏重", "the monthly payment takes much of what income leaves"),
    "profit_to_liab": ("S22", "利润相对负债偏低", "profit is low against liabilities"),
    "quick_ratio": ("S23", "速动比率偏低", "quick assets are low against current liabilities"),
    "receivable_days": ("S24", "应收账款周转偏慢", "customers pay late"),
    "roa": ("S25", "总资产收益率偏低", "the return on assets is low"),
    "sales_growth_percent": ("S26", "销售收入下滑或增长过快", "sales shrink or grow very fast"),
    "seniority_years": ("S27", "现职年限较短", "few years in the present job"),
    "term_months": ("S28", "贷款期限较长", "the term is long"),
    "worst_days_past_due": ("S29", "有过较长逾期", "a payment was once long past due"),
    "years_in_business": ("S30", "经营年限较短", "few years in business"),
    "employees": ("S31", "从业人员较少或未说明", "few people are employed, or this was not told"),
    "guaranteed_percent": ("S32", "保证担保比例偏低或未说明", "little of the loan is guaranteed, or this was not told"),
    "industry": ("S33", "所在行业风险偏高", "firms of this industry default more often"),
    "turnover_to_request": ("S34", "核定营业额相对申请金额偏低", "the proven turnover is low for the amount"),
    "owner_worst_days_past_due": ("S35", "企业主有过较长逾期", "the owner was once long past due"),
    "owner_overdue_count_24_months": ("S36", "企业主近24个月有逾期", "the owner paid late within 24 months"),
    "anchor_grade": ("S37", "核心企业等级偏低或未说明", "the anchor's grade is low, or this was not told"),
    "dilution_percent": (
        "S38",
        "应收账款摊薄率偏高或未说明",
        "returns and disputes reduce the claims, or this was not told",
    ),
    "notice_given": ("S39", "未通知核心企业", "the anchor was not given notice"),
    "receivables_to_request": ("S40", "确权应收账款相对申请金额偏少", "confirmed receivables are few for the amount"),
    "anchor_sales_share_percent": (
        "S41",
        "对核心企业依赖过高或未说明",
        "much is sold to one anchor, or this was not told",
    ),
}
"""What keeps a score below the best, by feature."""

MAY_BE_UNTOLD = frozenset(
    {
        "anchor_grade", "anchor_sales_share_percent", "audited", "dilution_percent", "employees", "guaranteed_percent",
        "largest_customer_share_percent", "notice_given",
    }
)  # fmt: skip


_RECORDS = {
    id(texts): {name: ReasonRecord(code=code, zh=zh, en=en) for name, (code, zh, en) in texts.items()}
    for texts in (REFERRALS, SCORE)
}
"""Made once: a reason is the same whoever it is given to."""


def reason(texts: Texts, name: str) -> ReasonRecord:
    """The reason of that name."""
    return _RECORDS[id(texts)][name]
