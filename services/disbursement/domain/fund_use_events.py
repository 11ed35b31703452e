"""What has become of money that was paid out: facts of the facility's stream, beside those of its drawdowns."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.messages import Event, Personal, Value
from shared.money import Money

BannedPurpose = Literal["dividends", "financial_assets", "fixed_assets", "equity", "real_estate"]
"""What a working-capital loan may not pay for; 流动资金贷款管理办法 (2024), use of funds."""

FundPurpose = (
    Literal["purchase_of_goods", "wages", "rent", "utilities", "taxes", "services", "operating_costs"] | BannedPurpose
)

FundUseFlag = Literal["suspected_splitting", "single_payment_above_border", "banned_purpose"]
"""Why somebody must look; see `fund_use.flags_of`."""

FundUseOutcome = Literal["proper", "misused"]


class FundPayment(Value):
    """One payment out of the money lent, as its voucher shows it. Encrypted as a payee is."""

    payee: Personal[str]
    account: Personal[str]
    amount: Money
    paid_on: date
    purpose: FundPurpose
    voucher: str
    trade_contract: str | None = None


class FundUseReported(Event):
    """用款报告: what the borrower has paid with money that he was left to pay with (自主支付).

    `total`: all that was reported of the drawdown so far. `flags`: what the rules found in all reports under the
    contract when this one came. `sampled`: chance alone asks for a check.
    """

    contract_id: UUID
    drawdown_id: UUID
    report_id: UUID
    payments: tuple[FundPayment, ...]
    total: Money
    flags: tuple[FundUseFlag, ...]
    sampled: bool
    reported_by: str
    reported_on: date


class FundUseChecked(Event):
    """用途检查: somebody has looked at vouchers, accounts or goods. A second must confirm that it was `misused`."""

    contract_id: UUID
    drawdown_id: UUID
    finding_id: UUID
    outcome: FundUseOutcome
    misused: Money | None
    misused_from: date | None
    evidence: Personal[str]
    checked_by: str
    checked_on: date


class FundsMisused(Event):
    """挪用: a second person has confirmed the finding. The misused part costs more from `misused_from` on."""

    contract_id: UUID
    drawdown_id: UUID
    finding_id: UUID
    misused: Money
    misused_from: date
    confirmed_by: str
    confirmed_on: date


class MisuseDismissed(Event):
    """A second person does not share the finding; the use may be checked again."""

    contract_id: UUID
    drawdown_id: UUID
    finding_id: UUID
    reason: Personal[str]
    dismissed_by: str
    dismissed_on: date


FundUseEvent = FundUseReported | FundUseChecked | FundsMisused | MisuseDismissed
