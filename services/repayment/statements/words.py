"""The words of the papers in Chinese and English, and amounts in words as they stand on papers of a bank."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from services.repayment.registry import books
from shared.money import EXPONENTS, Money

Language = Literal["zh", "en"]

TITLES: Mapping[str, tuple[str, str]] = {
    "schedule": ("还款计划表", "Repayment schedule"),
    "account": ("贷款对账单", "Loan account statement"),
    "settlement": ("贷款结清证明", "Certificate of settlement"),
}

WORDS: Mapping[str, tuple[str, str]] = {
    # the heading
    "loan_id": ("贷款编号", "Loan"),
    "contract_id": ("合同编号", "Contract"),
    "borrower_id": ("借款人编号", "Borrower no."),
    "unit": ("经办机构", "Branch"),
    "issued_on": ("出具日期", "Date of issue"),
    "principal": ("贷款本金", "Principal"),
    "in_words": ("金额大写", "In words"),
    "annual_rate_percent": ("合同年利率", "Contract rate"),
    "penalty_rate_percent": ("合同罚息年利率", "Penalty rate"),
    "term_months": ("贷款期限", "Term"),
    "months": ("个月", "months"),
    "repayment_method": ("还款方式", "Repayment"),
    "day_count": ("计息基础", "Day count"),
    "disbursed_on": ("放款日期", "Drawn on"),
    "version": ("第 {} 版", "Version {}"),
    "current": ("现行", "current"),
    "replaced": ("已被后续版本取代", "replaced by a later version"),
    # the schedule
    "no": ("期次", "No."),
    "starts_on": ("起息日", "From"),
    "due_on": ("应还日", "Due on"),
    "balance": ("期初本金", "Opening"),
    "row_principal": ("应还本金", "Principal"),
    "row_interest": ("应还利息", "Interest"),
    "row_total": ("应还合计", "Instalment"),
    "balance_after": ("期末本金", "Closing"),
    "total": ("合计", "Total"),
    "first_due_on": ("首期应还日", "First due on"),
    "last_due_on": ("末期应还日", "Last due on"),
    "total_interest": ("利息合计", "Total interest"),
    "schedule_note": (
        "起息日计息，应还日不计息；各期利息四舍五入至分，尾差计入末期。利率调整、提前还款或展期后，以新版计划为准。",
        (
            "Interest runs from the first day, included, to the due date, excluded; each instalment's interest is"
            " rounded half up to the fen and the last one takes the residue. A change of rate, an early repayment"
            " or an extension makes a new version, which then holds."
        ),
    ),
    # the account
    "period": ("对账期间", "Period"),
    "from_on": ("起始日", "From"),
    "until_on": ("截止日", "Until"),
    "on": ("记账日", "Posted"),
    "fact": ("摘要", "What"),
    "drawn": ("放款", "Drawn"),
    "received": ("收款", "Received"),
    "paid_principal": ("归还本金", "Principal"),
    "paid_interest": ("归还利息", "Interest"),
    "paid_penalty": ("罚息复利", "Penalty"),
    "billed": ("到期应还", "Billed"),
    "after": ("本金余额", "Balance"),
    "opening": ("期初本金余额", "Opening balance"),
    "closing": ("期末本金余额", "Closing balance"),
    "held": ("期末暂收款", "Held for the payer"),
    "past_due": ("期末逾期应还", "Past due at the end"),
    "nothing": ("本期无往来。", "Nothing moved in this period."),
    "account_note": (
        "罚息复利含对未付利息计收的复利。借款人对本单有异议的，请向经办机构查询。",
        (
            "Penalty includes compound interest on unpaid interest. Please ask the branch about anything that "
            "differs from your own records."
        ),
    ),
    # the settlement
    "settled_on": ("结清日期", "Settled on"),
    "early": ("结清方式", "How"),
    "early_yes": ("提前结清", "repaid early"),
    "early_no": ("到期结清", "repaid as agreed"),
    "interest_charged": ("计收利息", "Interest charged"),
    "penalty_charged": ("计收罚息及复利", "Penalty and compound charged"),
    "settlement_note": (
        "兹证明：上述贷款的本金、利息、罚息及复利截至结清日期已全部结清，借款人在该笔贷款项下不再欠付任何款项。特此证明。",
        (
            "This is to certify that principal, interest, penalty and compound interest of the loan named above "
            "have been settled in full as of the date of settlement, and that the borrower owes nothing more under"
            " it."
        ),
    ),
    "seal": ("（经办机构盖章）", "Seal of the branch"),
    # the proof
    "verify": ("扫码验真", "Verify"),
    "verify_note": (
        "扫描二维码或访问下列网址，可查验本单真伪、所载主要数字及是否已被更新。验真不显示个人信息。",
        (
            "Scan the code or open the address to see whether this paper is genuine, what it says, and whether it"
            " has been superseded. No personal data is shown."
        ),
    ),
    "preview": ("预览 · 未出具", "PREVIEW · NOT ISSUED"),
    "preview_note": (
        "本页仅供预览，未经出具，不具证明效力，不能验真。",
        "This is a preview. It has not been issued, certifies nothing and cannot be verified.",
    ),
    "page": ("第 {} 页，共 {} 页", "Page {} of {}"),
}

METHODS: Mapping[str, tuple[str, str]] = {
    "equal_instalments": ("等额本息", "equal instalments"),
    "equal_principal": ("等额本金", "equal principal"),
    "flat": ("等本等息", "flat"),
    "interest_only": ("按月付息，到期还本", "interest monthly, principal at maturity"),
    "interest_monthly": ("按月结息（20 日），到期还本", "interest settled monthly on the 20th"),
    "interest_quarterly": ("按季结息（20 日），到期还本", "interest settled quarterly on the 20th"),
    "one_payment": ("利随本清", "one payment at maturity"),
}

FACTS: Mapping[str, tuple[str, str]] = {
    "LoanBooked": ("放款", "Loan drawn"),
    "InstallmentBilled": ("分期到期", "Instalment due"),
    "RepaymentReceived": ("还款", "Repayment"),
    "CreditApplied": ("暂收款抵扣", "Held money applied"),
    "RateReset": ("利率重定价", "Rate reset"),
    "ChargesWaived": ("息费减免", "Charges waived"),
    "RateChanged": ("利率调整", "Rate changed"),
    "EarlyRepaymentAccepted": ("提前还款受理", "Early repayment"),
    "LoanPrepaid": ("提前部分还款", "Part repaid early"),
    "LoanSettled": ("结清", "Settled"),
    "LoanWrittenOff": ("核销（仍须偿还）", "Written off, still owed"),
    "WrittenOffLoanRecovered": ("收回已核销贷款", "Recovery"),
}

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))


def word(name: str, language: Language) -> str:
    return WORDS[name][_place(language)]


def fact(name: str, language: Language) -> str:
    """What a movement is called; one without a name of its own here is called as in the books."""
    zh, en = FACTS.get(name) or (books().rows[name].zh, "Adjustment")
    return zh if language == "zh" else en


def named(table: Mapping[str, tuple[str, str]], name: str, language: Language) -> str:
    return table[name][_place(language)]


def day(on: date, language: Language) -> str:
    return f"{on.year}年{on.month}月{on.day}日" if language == "zh" else on.isoformat()


def amount(money: Money) -> str:
    """Digits with separators, e.g. 1,200,000.50."""
    return f"{money.amount:,}"


def in_words(money: Money, language: Language) -> str:
    """人民币大写 of an amount that is not negative, or the amount in English words with its currency.

    Source of the Chinese form: 支付结算办法, annex 1; 整 ends an amount without 分.
    """
    if language == "zh" and money.currency == "CNY":
        import cn2an  # noqa: PLC0415  (half a second, which no start of a service should cost)

        written = str(cn2an.an2cn(str(money.amount), "rmb"))
        return "人民币" + (written if written.endswith(("整", "分")) else f"{written}整")
    whole, part = divmod(money.minor, 10 ** EXPONENTS[money.currency])
    parts = f" and {part:02d}/100" if EXPONENTS[money.currency] else ""
    return f"{money.currency} {_english(whole)}{parts}"


def _english(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    if number < 100:  # noqa: PLR2004
        tens, rest = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[rest]}" if rest else "")
    size, name = next(one for one in _SCALES if number >= one[0])
    count, rest = divmod(number, size)
    return f"{_english(count)} {name}" + (f" {_english(rest)}" if rest else "")


def _place(language: Language) -> int:
    return 0 if language == "zh" else 1
