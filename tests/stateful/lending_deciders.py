"""The deciders of disbursement, repayment and collection: how each is driven, and what is always true of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from hypothesis import strategies as st

from services.collection.domain import commands as collection
from services.collection.domain.case_state import Case, CaseStatus
from services.collection.domain.collection_case import collection_case
from services.collection.domain.contact_log import ContactLog, contact_log
from services.collection.domain.strategy import strategy_on
from services.disbursement.domain import commands as disbursement
from services.disbursement.domain import events as paid
from services.disbursement.domain.drawdown import (
    Disbursed,
    Failed,
    Instructed,
    OutcomeUnknown,
    Requested,
    WrittenOff,
)
from services.disbursement.domain.facility import Facility, facility
from services.disbursement.domain.fund_use import FundUse
from services.disbursement.domain.fund_use_commands import ConfirmMisuse, DismissMisuse, FundUseCommand
from services.disbursement.domain.fund_use_events import FundPayment, FundsMisused, FundUseChecked, FundUseEvent
from services.repayment.domain import commands as repayment
from services.repayment.domain import events as repaid
from services.repayment.domain.accounting_period import (
    AccountingPeriodCommand,
    ApprovePeriodClose,
    ProposePeriodClose,
    RejectPeriodClose,
    accounting_period,
    month_end,
)
from services.repayment.domain.accrual_batch import accrual_batch
from services.repayment.domain.allocation import PRINCIPAL_FIRST, AllocationTerms
from services.repayment.domain.business_date import business_date
from services.repayment.domain.change_terms import ExtensionTerms, PlanTerms, RenewalTerms
from services.repayment.domain.commitment import (
    CommitmentCommand,
    DrawCommitment,
    EndCommitment,
    UndertakeCommitment,
    commitment,
)
from services.repayment.domain.core_receipt import Applied, Returned, Suspended, core_receipt
from services.repayment.domain.correction_commands import (
    CorrectionCommand,
    DeclineCorrection,
    ProposeRefund,
    ProposeReversal,
    RefundCredit,
    ReverseReceipt,
)
from services.repayment.domain.events import books
from services.repayment.domain.events.changes import TermsChanged
from services.repayment.domain.events.receipts import FileRow, ReceiptTaken
from services.repayment.domain.expected_loss import BookExpectedLoss, expected_loss
from services.repayment.domain.export import RequestExport, export
from services.repayment.domain.installment import SchedulePlan
from services.repayment.domain.loan import OpenLoan, SettledLoan, WrittenOffLoan, outstanding
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.lpr_table import lpr_table
from services.repayment.domain.receipt_commands import (
    CoreReceiptCommand,
    MatchSuspense,
    NoteRowsPosted,
    PostReceipt,
    ReceiptFileCommand,
    ReturnSuspense,
    SuspendReceipt,
    TakeReceiptFile,
)
from services.repayment.domain.receipt_file import NoFile, receipt_file
from services.repayment.domain.repayments import payoff_amount
from services.repayment.domain.statement import IssueStatement, statement
from services.repayment.registry import entries
from shared.money import Money
from tests.disbursement.builders import terms
from tests.repayment import accounts
from tests.stateful.machine import FIRST_DAY, IDS, PERSONS, Driven, amounts, any_of, days

_THIS = IDS[0]
_paid_in = amounts | st.just(Money(-1))

# --- disbursement -----------------------------------------------------------------------------------------------------


def _facility_holds(state: Any, events: Sequence[Any]) -> None:
    if not isinstance(state, Facility):
        return
    assert state.available.minor >= 0, "no more is drawn and reserved than the limit"
    assert state.reserved + state.drawn + state.available == state.terms.limit
    drawn = {event.drawdown_id: event for event in events if isinstance(event, paid.DrawdownRequested)}
    released = [event for event in events if isinstance(event, paid.PaymentInstructed)]
    assert len({event.drawdown_id for event in released}) == len(released), "released once"
    for event in released:
        assert event.released_by not in {drawn[event.drawdown_id].requested_by, *state.terms.approved_by}
    lent = [event.drawdown_id for event in events if isinstance(event, paid.LoanDisbursed)]
    failed = [event.drawdown_id for event in events if isinstance(event, paid.DisbursementFailed)]
    assert len({*lent, *failed}) == len(lent + failed), "one outcome each"
    assert {*lent, *failed} <= {event.drawdown_id for event in released}, "nothing is paid that nobody released"
    for drawdown_id, use in state.fund_uses.items():
        assert use.total("CNY") <= drawn[drawdown_id].amount, "no more is used than was drawn"
    found = {event.finding_id: event for event in events if isinstance(event, FundUseChecked)}
    for event in events:
        if isinstance(event, FundsMisused):
            assert event.confirmed_by != found[event.finding_id].checked_by, "misuse takes two people"


_facility_fields: dict[str, Any] = {
    "contract_id": _THIS,
    "terms": st.sampled_from([
        terms(limit=Money.of(1_000_000), available_until=FIRST_DAY + timedelta(days=60)),
        terms(new_relation=True, average_credit=True, segment="person"),
    ]),
    "core_reference": st.sampled_from(["CB1", "CB2"]),
    "payment_mode": st.sampled_from(["self", "entrusted"]),
    "amount": _paid_in,
    "payments": st.lists(
        st.builds(FundPayment, amount=_paid_in, paid_on=st.just(FIRST_DAY)), min_size=1, max_size=3
    ),
    "misused": st.none() | amounts,
    "misused_from": st.none() | st.just(FIRST_DAY),
}  # fmt: skip
_SUITED_TO_DRAWDOWN: dict[type[Any], Any] = {
    Requested: disbursement.ReleaseDrawdown | disbursement.CancelDrawdown,
    Instructed: disbursement.ConfirmPayment | disbursement.FailPayment | disbursement.RecordOutcomeUnknown,
    OutcomeUnknown: disbursement.ProposeResolution | disbursement.ConfirmResolution | disbursement.ConfirmPayment,
    Failed: disbursement.ConfirmPayment,
    Disbursed: disbursement.SettleDrawdown | disbursement.WriteOffDrawdown | disbursement.FailPayment | FundUseCommand,
    WrittenOff: disbursement.SettleDrawdown | FundUseCommand,
}


def _suited_to_facility(state: Any) -> st.SearchStrategy[Any] | None:
    """Open it; draw; and for each drawdown the next step, with the proposal that waits."""
    if not isinstance(state, Facility):
        return any_of(disbursement.OpenFacility, **_facility_fields)
    steps = [any_of(disbursement.RequestDrawdown, **_facility_fields | {"requested_on": FIRST_DAY})]
    for drawdown_id, drawdown in state.drawdowns.items():
        proposal = getattr(drawdown, "proposal", None)
        finding = state.fund_uses.get(drawdown_id, FundUse()).finding
        known = {
            "drawdown_id": drawdown_id,
            "proposal_id": proposal.proposal_id if proposal else _THIS,
            "finding_id": finding.finding_id if finding else _THIS,
            "reported_on": FIRST_DAY,
            "payments": st.lists(
                st.builds(FundPayment, amount=st.just(Money.of(1)), paid_on=st.just(FIRST_DAY)), max_size=3
            ),
            "checked_on": FIRST_DAY,
            **({"misused": Money.of(1), "misused_from": FIRST_DAY} if state.fund_uses else {}),
        }
        waiting = disbursement.ConfirmResolution if proposal else ConfirmMisuse | DismissMisuse if finding else None
        if kinds := waiting or _SUITED_TO_DRAWDOWN.get(type(drawdown)):
            steps.append(any_of(kinds, **_facility_fields | known | {"released_on": FIRST_DAY}))
    return st.one_of(*steps)


FACILITY = Driven(
    facility,
    any_of(disbursement.FacilityCommand, **_facility_fields),
    _suited_to_facility,
    may_follow=lambda state: (paid.DrawdownSettled, paid.DrawdownWrittenOff, paid.PaymentContradicted,
                              *get_args(FundUseEvent))
    if isinstance(state, Facility) and state.closed_on else None,
    holds=_facility_holds,
    once=(disbursement.OpenFacility, disbursement.ConfirmPayment, disbursement.FailPayment, disbursement.SettleDrawdown,
          disbursement.RecordOutcomeUnknown, disbursement.WriteOffDrawdown, disbursement.CloseLapsedFacility),
)  # fmt: skip

# --- repayment --------------------------------------------------------------------------------------------------------


_small = st.integers(0, 500).map(Money)
_FLOATING = repaid.FloatingRate(tenor="1Y", spread_bps=Decimal(100), reset="calendar_month")
_AGREED = (
    SchedulePlan(),
    SchedulePlan(principal_grace_periods=1),
    SchedulePlan(first_due_on=FIRST_DAY + timedelta(days=10)),
    SchedulePlan(principal_by_row=(Money.of(60_000), Money.of(40_000))),
)
_ORDERS = (
    None,
    AllocationTerms(order=PRINCIPAL_FIRST, across="installment"),
    AllocationTerms(across="installment", non_performing_order=PRINCIPAL_FIRST),
)
_LPR = tuple(
    repaid.LprRate(
        published_on=FIRST_DAY + timedelta(days=days), one_year_percent=Decimal(rate), five_years_percent=Decimal(4)
    )
    for days, rate in ((-90, "3.1"), (20, "3.0"))
)


def _changes(on: date) -> st.SearchStrategy[Any]:
    """Terms that may be agreed, now and then; free plans and their sums are the property tests'."""
    rates = st.sampled_from([None, None, Decimal(6), Decimal(25)])
    flags = st.booleans()
    extended = st.builds(ExtensionTerms, months=st.integers(0, 4), annual_rate_percent=rates, guaranteed=flags,
                         operation_normal=flags, financial_difficulty=flags)  # fmt: skip
    held = st.integers(0, 29).map(bool)
    renewed = st.builds(RenewalTerms, months=st.integers(1, 4), annual_rate_percent=rates, guaranteed=flags,
                        borrower_size=st.sampled_from(["micro", "small", "large"]), compliant=st.just(True),
                        stable_operation=held, no_misuse=held, meets_standard=held)  # fmt: skip
    planned = st.builds(
        PlanTerms, kind=st.sampled_from(["rescheduling", "restructuring"]), principal=st.none(),
        method=st.sampled_from(["equal_instalments", "equal_principal", "interest_only"]),
        first_due_on=st.integers(1, 60).map(lambda n: on + timedelta(days=n)), instalments=st.integers(1, 4),
        every_months=st.integers(1, 3), annual_rate_percent=rates,
        capitalise=st.sampled_from(["nothing", "interest", "interest_and_penalty"]), guaranteed=flags,
    )  # fmt: skip
    return extended | renewed | renewed | planned


def _loan_commands(
    kinds: Any, on: date, whole: st.SearchStrategy[Money], waits: Sequence[UUID] = IDS
) -> st.SearchStrategy[Any]:
    near = st.integers(0, 40).map(lambda n: on + timedelta(days=n))
    return any_of(
        kinds,
        loan_id=_THIS,
        principal=st.sampled_from([Money.of(100_000), Money(3)]),
        annual_rate_percent=st.sampled_from([Decimal(0), Decimal("7.2"), Decimal("23.99")]),
        penalty_uplift_percent=st.sampled_from([Decimal(50), Decimal(50), Decimal(51)]),
        term_months=st.integers(0, 4),
        receipt_id=st.uuids(version=4) | st.sampled_from(IDS),
        amount=_paid_in | whole,
        received_on=st.just(on) | near,
        today=near.map(lambda day: day + timedelta(days=20)),
        as_of=near,
        past=st.just(()),
        provision_rate_percent=st.sampled_from([Decimal(0), Decimal(2), Decimal(25), Decimal(100)]),
        terms=_changes(on),
        proposed_on=on,
        guarantor_consent=st.sampled_from(["the paper", "the paper", None]),
        decided_on=near,
        change=st.builds(
            repaid.RateTerms,
            annual_rate_percent=st.sampled_from([Decimal(0), Decimal("3.6"), Decimal(16), Decimal(17)]),
            from_on=st.integers(-40, 20).map(lambda n: on + timedelta(days=n)),
        )
        | st.builds(
            repaid.WaiverTerms,
            interest=_small | amounts,
            penalty=st.just(Money(0)) | _small,
            compound=st.just(Money(0)),
        ),
        floating=st.none() | st.just(_FLOATING),
        lpr=st.just(()) | st.just(_LPR),
        agreed=st.sampled_from(_AGREED),
        allocation=st.sampled_from(_ORDERS),
        **{
            "BookLoan.disbursed_on": FIRST_DAY,
            "PayOffLoan.amount": whole,
            "ProposeAccountChange.proposal_id": st.sampled_from(IDS),
            "ApproveAccountChange.proposal_id": st.sampled_from(waits),
            "RejectAccountChange.proposal_id": st.sampled_from(waits),
            "ReverseReceipt.proposal_id": st.sampled_from(waits),
            "RefundCredit.proposal_id": st.sampled_from(waits),
            "DeclineCorrection.proposal_id": st.sampled_from(waits),
        },
    )


_ANSWERS = (
    repayment.ApproveAccountChange | repayment.RejectAccountChange | ReverseReceipt | RefundCredit | DeclineCorrection
)


def _other_terms(state: OpenLoan) -> st.SearchStrategy[Any]:
    """A proposal where none waits, and else what a second person says to it."""
    on, waits = state.last_event_on, state.changes.pending
    if waits is None:
        by = {"proposal_id": st.uuids(version=4), "guarantor_consent": "the paper", "loan_id": _THIS}
        return any_of(repayment.ProposeLoanChange, terms=_changes(on), proposed_on=on, **by)
    second = {"decided_by": st.just("a second person") | st.sampled_from(PERSONS), "decided_on": on}
    approve = st.sampled_from([True, True, True, False])
    known = {"loan_id": _THIS, "proposal_id": waits.proposal_id}
    return any_of(repayment.DecideLoanChange, approve=approve, **known, **second)


def _answered(state: OpenLoan | WrittenOffLoan, whole: st.SearchStrategy[Money]) -> st.SearchStrategy[Any]:
    """What a second person says to what else waits."""
    changes = list(state.changes_proposed) if isinstance(state, OpenLoan) else []
    wrong = [one for one, pending in state.desk.pending.items() if pending.receipt_id is not None]
    refunds = [one for one, pending in state.desk.pending.items() if pending.receipt_id is None]
    suited: list[tuple[Any, list[UUID]]] = [
        (repayment.ApproveAccountChange, changes),
        (ReverseReceipt, wrong),
        (RefundCredit, refunds),
    ]
    suited.append((_ANSWERS, [*changes, *wrong, *refunds]))
    return st.one_of([_loan_commands(kind, state.last_event_on, whole, waits) for kind, waits in suited if waits])


def _to_put_right(state: OpenLoan | WrittenOffLoan) -> st.SearchStrategy[Any]:
    """A receipt of the loan that is said to be wrong, or money that it holds and that is asked back."""
    known = {"loan_id": _THIS, "proposal_id": st.sampled_from(IDS), "today": state.last_event_on}
    asked = [any_of(ProposeReversal, receipt_id=one, **known) for one in state.receipts]
    if isinstance(state, OpenLoan) and state.credit:
        asked.append(any_of(ProposeRefund, amount=state.credit, **known))
    due = [row for row in state.installments if row.row.due_on <= state.last_event_on and row.unpaid_interest]
    if isinstance(state, OpenLoan) and due:
        nil = Money(0)
        waiver = st.just(repaid.WaiverTerms(interest=due[0].unpaid_interest, penalty=nil, compound=nil))
        asked.append(any_of(repayment.ProposeAccountChange, change=waiver, **known))
    return st.one_of(asked)


def _suited_to_loan(state: Any) -> st.SearchStrategy[Any]:
    match state:
        case OpenLoan():
            whole = st.just(payoff_amount(state, state.last_event_on))
            steps = _loan_commands(repayment.LoanAccountCommand, state.last_event_on, whole)
            half = Money(payoff_amount(state, state.last_event_on).minor // 2, state.terms.principal.currency)
            in_part = _loan_commands(repayment.PrepayLoan, state.last_event_on, st.just(half))
            rare = [_other_terms(state), _answered(state, whole), _to_put_right(state), in_part]
            rare = [one for one in rare if not one.is_empty]
            return st.integers(0, 5).flatmap(lambda n: rare[n] if n < len(rare) else steps)
        case WrittenOffLoan():
            kinds = repayment.RecoverWrittenOff | CorrectionCommand
            steps = _loan_commands(kinds, state.last_event_on, amounts)
            rare = [one for one in (_answered(state, amounts), _to_put_right(state)) if not one.is_empty]
            return st.integers(0, 3).flatmap(lambda n: rare[n] if n < len(rare) else steps)
        case SettledLoan():
            return _loan_commands(CorrectionCommand, state.settled_on, amounts)
        case _:
            return _loan_commands(repayment.BookLoan, FIRST_DAY, amounts)


def _loan_holds(state: Any, events: Sequence[Any]) -> None:
    balances: dict[str, int] = {}
    for event in events:
        for line in entries(event):
            balances[line.account] = balances.get(line.account, 0) + line.debit - line.credit
    assert sum(balances.values()) == 0, "debits are credits"
    assert balances.get(accounts.HELD, 0) <= 0, "the bank holds money, it does not lend what it holds"
    receipts = [
        e.receipt_id for e in events if isinstance(e, repaid.RepaymentReceived | repaid.WrittenOffLoanRecovered)
    ]
    assert len(set(receipts)) == len(receipts), "a receipt counts once"
    approved = [e for e in events if isinstance(e, TermsChanged)]
    assert len({e.proposal_id for e in approved}) == len(approved), "approved once"
    assert all(e.proposed_by != e.approved_by for e in approved), "four eyes"
    match state:
        case OpenLoan():
            assert state.credit.minor >= 0
            assert all(min(row.unpaid_principal.minor, row.unpaid_interest.minor) >= 0 for row in state.installments)
            assert balances[accounts.LOAN] == outstanding(state).minor, "the books say what is outstanding"
        case SettledLoan():
            assert balances[accounts.LOAN] == 0
            assert state.credit.minor == -balances.get(accounts.HELD, 0)
        case WrittenOffLoan():
            assert min(state.claim_principal.minor, state.claim_interest.minor, state.claim_penalty.minor) >= 0
            assert balances[accounts.LOAN] == 0
        case _:
            assert not events


_PUT_RIGHT = (repaid.ReversalProposed, repaid.RefundProposed, repaid.CorrectionDeclined)


def _with_the_past(command: Any, history: Sequence[Any]) -> Any:
    return command.model_copy(update={"past": tuple(history)}) if isinstance(command, ReverseReceipt) else command


def _after_the_loan(state: Any) -> tuple[type[Any], ...] | None:
    match state:
        case SettledLoan():
            return (repaid.WriteOffRefused, *_PUT_RIGHT, repaid.RepaymentReversed, repaid.CreditRefunded)
        case WrittenOffLoan():
            return (repaid.WriteOffRefused, repaid.WrittenOffLoanRecovered, *_PUT_RIGHT, repaid.RecoveryReversed)
        case _:
            return None


LOAN_ACCOUNT = Driven(
    loan_account,
    _loan_commands(repayment.LoanAccountCommand, FIRST_DAY, amounts),
    _suited_to_loan,
    _after_the_loan,
    _loan_holds,
    told=_with_the_past,
    once=(repayment.BookLoan, repayment.ReceiveRepayment, repayment.PrepayLoan, repayment.AgeLoan,
          repayment.ReclassifyLoan, repayment.WriteOffLoan, repayment.RecoverWrittenOff, repayment.ProposeAccountChange,
          repayment.ApproveAccountChange, repayment.RejectAccountChange),
)  # fmt: skip


def _lpr_holds(state: Any, events: Sequence[Any]) -> None:
    proposed = {event.proposal_id: event for event in events if isinstance(event, repaid.LprProposed)}
    published = [event for event in events if isinstance(event, repaid.LprPublished)]
    assert all(event.approved_by != proposed[event.proposal_id].proposed_by for event in published), "four eyes"
    days = [rate.published_on for rate in state.published]
    assert days == sorted(set(days)), "one publication a day, in order"


def _suited_to_lpr(state: Any) -> st.SearchStrategy[Any] | None:
    if not state.pending:
        return None
    return any_of(repayment.ApproveLpr | repayment.RejectLpr, proposal_id=st.sampled_from(sorted(state.pending)))


LPR_TABLE = Driven(
    lpr_table,
    any_of(
        repayment.LprCommand,
        rate=st.builds(
            repaid.LprRate,
            published_on=days,
            one_year_percent=st.sampled_from([Decimal("3.0"), Decimal(21)]),
            five_years_percent=st.just(Decimal("3.5")),
        ),
        proposal_id=st.uuids(version=4) | st.sampled_from(IDS),
    ),
    _suited_to_lpr,
    holds=_lpr_holds,
    once=(repayment.ProposeLpr, repayment.ApproveLpr, repayment.RejectLpr),
)

_FIRST_TAKEN, _SECOND_TAKEN = (
    ReceiptTaken(
        reference="HX-1", amount=Money.of(amount), received_on=FIRST_DAY, loan_id=None, borrower_id=None,
        payer_reference=None,
    )
    for amount in (620, 50_001)
)  # fmt: skip


def _receipt_holds(state: Any, events: Sequence[Any]) -> None:
    balance = sum(
        line.debit - line.credit for event in events for line in entries(event) if line.account == accounts.SUSPENSE
    )
    assert balance == (-state.taken.amount.minor if isinstance(state, Suspended) else 0), "held while it waits"


CORE_RECEIPT = Driven(
    core_receipt,
    any_of(
        CoreReceiptCommand, receipt_id=_THIS, taken=st.sampled_from([_FIRST_TAKEN, _SECOND_TAKEN]), source=st.none()
    ),
    may_follow=lambda state: () if isinstance(state, Applied | Returned) else None,
    holds=_receipt_holds,
    once=(PostReceipt, SuspendReceipt, MatchSuspense, ReturnSuspense),
)


def _file_holds(state: Any, _events: Sequence[Any]) -> None:
    assert isinstance(state, NoFile) or not state.parts_posted or state.is_done


RECEIPT_FILE = Driven(
    receipt_file,
    any_of(
        ReceiptFileCommand,
        file_id=_THIS,
        rows=st.just((FileRow(line=2, taken=_FIRST_TAKEN),)),
        part=1,
        applied=1,
        suspended=0,
        bad=(),
    ),
    holds=_file_holds,
    once=(TakeReceiptFile, NoteRowsPosted),
)

ACCRUAL_BATCH = Driven(
    accrual_batch,
    any_of(
        repayment.AccrueInterest,
        batch_id=_THIS,
        currency="CNY",
        lines=st.lists(
            st.builds(repaid.AccrualLine, loan_id=st.sampled_from(IDS), interest_minor=st.integers(-9, 99),
                      penalty_minor=st.integers(-9, 99)), max_size=3).map(repaid.AccrualLines.of),
        billed=st.integers(0, 2),
    ),
    may_follow=lambda recorded: () if recorded else None,
    once=(repayment.AccrueInterest,),
)  # fmt: skip


STATEMENT = Driven(
    statement,
    any_of(IssueStatement, statement_id=_THIS, said=st.just(()), from_on=st.none() | days, until_on=st.none() | days),
    may_follow=lambda recorded: () if recorded else None,  # a paper is issued once, whatever else is said of it
    once=(IssueStatement,),
)


def _dates_hold(_state: Any, events: Sequence[Any]) -> None:
    opened = [event.opened_on for event in events]
    assert opened == [opened[0] + timedelta(days=n) for n in range(len(opened))], "no day is skipped or repeated"


BUSINESS_DATE = Driven(
    business_date,
    any_of(repayment.BusinessDateCommand, opened_on=st.just(FIRST_DAY) | days),
    lambda state: any_of(repayment.CloseBusinessDate, closed_on=getattr(state, "on", FIRST_DAY)),
    holds=_dates_hold,
    once=(repayment.OpenBusinessDate, repayment.CloseBusinessDate),
)


def _periods_hold(state: Any, events: Sequence[Any]) -> None:
    closed = [one for one in events if isinstance(one, books.PeriodClosed)]
    days = [one.last_day for one in closed]
    assert days[1:] == [month_end(day + timedelta(days=1)) for day in days[:-1]], "month after month"
    assert all(one.approved_by != one.proposed_by for one in closed), "four eyes"
    assert state.closed_until == (days[-1] if days else None)


_last_days = st.sampled_from([date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 3, 30)])
_period_fields: dict[str, Any] = {
    "legal_entity": "LD01",
    "last_day": _last_days,
    "balances": st.just(()),
    "profits": st.just(()),
    "first_posted_on": st.none() | st.just(date(2026, 1, 10)),
    "today": st.sampled_from([date(2026, 2, 1), date(2026, 4, 2)]),
    "proposal_id": st.uuids(version=4),
}
ACCOUNTING_PERIOD = Driven(
    accounting_period,
    any_of(AccountingPeriodCommand, **_period_fields),
    lambda state: (
        any_of(ApprovePeriodClose | RejectPeriodClose, **_period_fields | {"last_day": state.pending.last_day})
        if state.pending
        else any_of(ProposePeriodClose, **_period_fields)
    ),
    holds=_periods_hold,
    once=(ProposePeriodClose, ApprovePeriodClose),
)


def _commitment_holds(state: Any, events: Sequence[Any]) -> None:
    balance = sum(line.debit - line.credit for event in events for line in entries(event) if line.account == "9101")
    assert balance == (state.undrawn.minor if state else 0) >= 0, "the books hold what may still be drawn"
    assert [one.cause for one in events].count("signed") <= 1


COMMITMENT = Driven(
    commitment,
    any_of(CommitmentCommand, contract_id=_THIS, limit=st.just(Money(500_000_00))),
    holds=_commitment_holds,
    once=(UndertakeCommitment, DrawCommitment, EndCommitment),
)


def _expected_loss_holds(state: Any, events: Sequence[Any]) -> None:
    balance = sum(line.credit - line.debit for event in events for line in entries(event) if line.account == "1304.02")
    assert balance == (state.top_up.minor if state else 0), "the books hold what was measured last"
    assert [one.measured_on for one in events] == sorted(one.measured_on for one in events)


EXPECTED_LOSS = Driven(
    expected_loss,
    any_of(BookExpectedLoss, branch=st.just("SH")),
    holds=_expected_loss_holds,
    once=(BookExpectedLoss,),
)

EXPORT = Driven(
    export,
    any_of(RequestExport, export_id=_THIS, branches=st.none()),
    may_follow=lambda known: () if known else None,
    once=(RequestExport,),
)

# --- collection -------------------------------------------------------------------------------------------------------


def _case_holds(state: Any, events: Sequence[Any]) -> None:
    proposed = {event.proposal_id: event for event in events if type(event).__name__ == "WriteOffProposed"}
    for event in events:
        if type(event).__name__ == "WriteOffProposalApproved":
            assert event.approved_by != proposed[event.proposal_id].proposed_by, "four eyes"
    if isinstance(state, Case):
        assert min(state.overdue.minor, state.overdue_penalty.minor, state.outstanding_principal.minor) >= 0
        assert state.broken_promises >= 0
        assert all(one.paid.minor >= 0 for one in state.promises)
        assert sum(one.status.value in {"proposed", "approved"} for one in state.proposals) <= 1, "one waits at a time"
        assert (state.closed_on is None) == state.being_collected


_case_fields: dict[str, Any] = {
    "loan_id": _THIS,
    "installment_no": st.integers(1, 3),
    "days_past_due": st.sampled_from([1, 31, 61, 91, 361]),
    "ProposeWriteOff.proposal_id": st.uuids(version=4),
    "MakePromise.promise_id": st.uuids(version=4),
}


def _suited_to_case(state: Any) -> st.SearchStrategy[Any] | None:
    """Promise, propose, and decide or answer the proposal that waits."""
    if not isinstance(state, Case):
        return None
    paper = st.builds(collection.Paper, kind=st.just("court_ruling"), reference=st.just("(2026)1"))
    proposing = any_of(collection.ProposeWriteOff, **_case_fields | {"evidence": st.tuples(paper)})
    promised = {"made_on": FIRST_DAY, "due_on": FIRST_DAY + timedelta(days=3), "amount": Money(1)}
    steps = [proposing, any_of(collection.MakePromise, **_case_fields | promised)]
    for one in state.proposals:
        kinds = {
            "proposed": collection.ApproveWriteOff | collection.RejectWriteOff,
            "approved": collection.RefuseWriteOff | collection.CloseCaseWrittenOff,
        }.get(one.status.value)
        if kinds:
            steps.append(any_of(kinds, **_case_fields | {"proposal_id": one.proposal_id}))
    return st.one_of(*steps)


COLLECTION_CASE = Driven(
    collection_case,
    any_of(collection.CollectionCaseCommand, **_case_fields),
    _suited_to_case,
    may_follow=lambda state: tuple(kind for kind in collection_case.events if kind.__name__ not in {
        "CaseOpened", "CaseAged", "InstallmentJoinedCase", "CaseCured", "CaseWrittenOff"})
    if isinstance(state, Case) and state.status is CaseStatus.WRITTEN_OFF_RECOVERY else None,
    holds=_case_holds,
    once=(collection.OpenOrUpdateCase, collection.RescheduleCase, collection.CureCase, collection.CloseCase,
          collection.NoteClassification, collection.CloseCaseWrittenOff, collection.RefuseWriteOff,
          collection.BreakPromises),
)  # fmt: skip


def _contacts_hold(state: ContactLog, events: Sequence[Any]) -> None:
    for event in events:
        bounds = strategy_on(event.contacted_on)
        assert state.outbound.get(event.contacted_on, 0) <= bounds.contacts_per_day_max, "a person is left in peace"
        if event.direction == "outbound":
            assert bounds.contact_from <= event.local_time < bounds.contact_until


CONTACT_LOG = Driven(
    contact_log,
    any_of(
        collection.RecordContact,
        borrower_id=_THIS,
        contacted_on=st.sampled_from([FIRST_DAY, FIRST_DAY + timedelta(days=1)]),
        note=st.none() | st.sampled_from(PERSONS),
    ),
    holds=_contacts_hold,
)
