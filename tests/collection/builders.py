"""Facts and commands of collection with dull defaults: one loan, 10,000 yuan past due since 1 March 2026."""

from datetime import date, time
from typing import Any
from uuid import UUID

from services.collection.domain import commands, events
from services.collection.domain.strategy import Stage
from shared.messages import Personal
from shared.money import Money

LOAN = UUID("10000000-0000-0000-0000-000000000001")
BORROWER = UUID("20000000-0000-0000-0000-000000000001")
RECEIPT = UUID("30000000-0000-0000-0000-000000000001")
PROMISE = UUID("40000000-0000-0000-0000-000000000001")
OTHER_PROMISE = UUID("40000000-0000-0000-0000-000000000002")
PROPOSAL = UUID("50000000-0000-0000-0000-000000000001")
OTHER_PROPOSAL = UUID("50000000-0000-0000-0000-000000000002")
CONTACT = UUID("60000000-0000-0000-0000-000000000001")

DUE_ON = date(2026, 3, 1)
TODAY = date(2026, 3, 2)

ACTIONS: dict[Stage, Any] = {
    Stage.S1: ("sms_reminder", "phone_call"),
    Stage.S2: ("phone_call", "dunning_letter"),
    Stage.S3: ("site_visit", "dunning_letter", "guarantor_demand"),
    Stage.S4: ("legal_action", "collateral_enforcement", "write_off_review"),
}


def yuan(amount: int | str) -> Money:
    return Money.of(amount)


# --- facts --------------------------------------------------------------------------------------------


def opened(
    *,
    episode: int = 1,
    days: int = 1,
    stage: Stage = Stage.S1,
    overdue: int | str = 10_000,
    penalty: int | str = 0,
    on: date = TODAY,
) -> events.CaseOpened:
    return events.CaseOpened(
        loan_id=LOAN,
        borrower_id=BORROWER,
        episode=episode,
        days_past_due=days,
        stage=stage,
        overdue=yuan(overdue),
        overdue_penalty=yuan(penalty),
        outstanding_principal=yuan(100_000),
        strategy_version="2020-1",
        actions=ACTIONS[stage],
        opened_on=on,
    )


def joined(
    *,
    installment_no: int = 1,
    due_on: date = DUE_ON,
    days: int = 1,
    stage: Stage = Stage.S1,
    overdue: int | str = 10_000,
    penalty: int | str | None = None,
    on: date = TODAY,
) -> events.InstallmentJoinedCase:
    return events.InstallmentJoinedCase(
        loan_id=LOAN,
        installment_no=installment_no,
        due_on=due_on,
        days_past_due=days,
        stage=stage,
        overdue=yuan(overdue),
        overdue_penalty=None if penalty is None else yuan(penalty),
        outstanding_principal=yuan(100_000),
        strategy_version="2020-1",
        actions=ACTIONS[stage],
        joined_on=on,
    )


def aged(
    *,
    days: int = 31,
    stage: Stage = Stage.S2,
    overdue: int | str = 10_050,
    penalty: int | str = 50,
    on: date = date(2026, 4, 1),
) -> events.CaseAged:
    return events.CaseAged(
        loan_id=LOAN,
        days_past_due=days,
        stage=stage,
        overdue=yuan(overdue),
        overdue_penalty=yuan(penalty),
        outstanding_principal=yuan(100_000),
        strategy_version="2020-1",
        actions=ACTIONS[stage],
        aged_on=on,
    )


def long_overdue() -> events.CaseAged:
    return aged(days=361, stage=Stage.S4, on=date(2027, 2, 25))


def noted(
    *,
    amount: int | str = 3_000,
    overdue: int | str = 7_000,
    penalty: int | str = 0,
    outstanding: int | str | None = None,
    days: int | None = None,
    towards: tuple[tuple[UUID, int | str], ...] = (),
    recovery: bool = False,
    on: date = date(2026, 3, 5),
) -> events.RepaymentNoted:
    return events.RepaymentNoted(
        loan_id=LOAN,
        receipt_id=RECEIPT,
        amount=yuan(amount),
        overdue=yuan(overdue),
        overdue_penalty=yuan(penalty),
        outstanding_principal=None if outstanding is None else yuan(outstanding),
        days_past_due=days,
        promise_credits=tuple(
            events.PromiseCredit(promise_id=promise_id, amount=yuan(part)) for promise_id, part in towards
        ),
        recovery=recovery,
        received_on=on,
    )


def promised(
    *,
    promise_id: UUID = PROMISE,
    amount: int | str = 3_000,
    due_on: date = date(2026, 3, 10),
    on: date = TODAY,
) -> events.PromiseMade:
    return events.PromiseMade(loan_id=LOAN, promise_id=promise_id, amount=yuan(amount), due_on=due_on, made_on=on)


def kept(*, promise_id: UUID = PROMISE, after_broken: bool = False, on: date = date(2026, 3, 5)) -> events.PromiseKept:
    return events.PromiseKept(loan_id=LOAN, promise_id=promise_id, after_broken=after_broken, kept_on=on)


def broken(
    *, promise_id: UUID = PROMISE, shortfall: int | str = 3_000, on: date = date(2026, 3, 11)
) -> events.PromiseBroken:
    return events.PromiseBroken(loan_id=LOAN, promise_id=promise_id, shortfall=yuan(shortfall), broken_on=on)


def cured(*, on: date = date(2026, 3, 5)) -> events.CaseCured:
    return events.CaseCured(loan_id=LOAN, cured_on=on)


def closed(*, on: date = date(2026, 3, 5)) -> events.CaseClosed:
    return events.CaseClosed(loan_id=LOAN, closed_on=on)


def classified(classification: Any = "doubtful", *, on: date = TODAY) -> events.ClassificationNoted:
    return events.ClassificationNoted(loan_id=LOAN, classification=classification, classified_on=on)


def personal(value: str) -> Personal[str]:
    return Personal(subject_id=BORROWER, value=value)


RULING = "（2026）沪01执123号, 被执行人张三"


def ruling() -> events.Evidence:
    return events.Evidence(kind="court_ruling", reference=personal(RULING))


def write_off_proposed(
    *,
    proposal_id: UUID = PROPOSAL,
    grounds: Any = ("days_past_due",),
    evidence: tuple[events.Evidence, ...] = (),
    classification: Any = "normal",
    days: int = 365,
    overdue: int | str = 10_050,
    amounts_on: date = date(2027, 2, 25),
    by: str = "li",
    on: date = date(2027, 3, 1),
) -> events.WriteOffProposed:
    return events.WriteOffProposed(
        loan_id=LOAN,
        proposal_id=proposal_id,
        grounds=grounds,
        evidence=evidence,
        classification=classification,
        days_past_due=days,
        overdue=yuan(overdue),
        outstanding_principal=yuan(100_000),
        amounts_on=amounts_on,
        strategy_version="2020-1",
        proposed_by=by,
        proposed_on=on,
    )


def write_off_approved(*, by: str = "wang", on: date = date(2027, 3, 2)) -> events.WriteOffProposalApproved:
    return events.WriteOffProposalApproved(
        loan_id=LOAN,
        proposal_id=PROPOSAL,
        reason=personal("nothing left to enforce"),
        proposed_by="li",
        approved_by=by,
        approved_on=on,
    )


def write_off_rejected(*, reason: str = "the collateral has not been sold") -> events.WriteOffProposalRejected:
    return events.WriteOffProposalRejected(
        loan_id=LOAN,
        proposal_id=PROPOSAL,
        reason=personal(reason),
        rejected_by="wang",
        rejected_on=date(2027, 3, 2),
    )


def write_off_refused(*, reason: str = "loan_settled") -> events.WriteOffProposalRefused:
    return events.WriteOffProposalRefused(
        loan_id=LOAN, proposal_id=PROPOSAL, reason=reason, refused_on=date(2027, 3, 3)
    )


def write_off_lapsed(*, on: date = date(2027, 3, 3)) -> events.WriteOffProposalLapsed:
    return events.WriteOffProposalLapsed(loan_id=LOAN, proposal_id=PROPOSAL, lapsed_on=on)


def written_off(*, claim: int | str = 110_050) -> events.CaseWrittenOff:
    return events.CaseWrittenOff(
        loan_id=LOAN,
        proposal_id=PROPOSAL,
        claim=yuan(claim),
        principal=yuan(100_000),
        written_off_on=date(2027, 3, 3),
    )


# --- commands -----------------------------------------------------------------------------------------


def open_or_update(
    *,
    installment_no: int = 1,
    due_on: date = DUE_ON,
    days: int = 1,
    overdue: int | str = 10_000,
    penalty: int | str | None = None,
    as_of: date = TODAY,
) -> commands.OpenOrUpdateCase:
    return commands.OpenOrUpdateCase(
        loan_id=LOAN,
        borrower_id=BORROWER,
        installment_no=installment_no,
        due_on=due_on,
        overdue=yuan(overdue),
        overdue_penalty=None if penalty is None else yuan(penalty),
        outstanding_principal=yuan(100_000),
        days_past_due=days,
        as_of=as_of,
    )


def age(
    *,
    days: int = 31,
    overdue: int | str = 10_050,
    penalty: int | str = 50,
    as_of: date = date(2026, 4, 1),
) -> commands.AgeCase:
    return commands.AgeCase(
        loan_id=LOAN,
        borrower_id=BORROWER,
        days_past_due=days,
        overdue=yuan(overdue),
        overdue_penalty=yuan(penalty),
        outstanding_principal=yuan(100_000),
        as_of=as_of,
    )


def repay(
    *,
    amount: int | str = 3_000,
    penalty: int | str = 0,
    overdue_after: int | str = 7_000,
    outstanding_after: int | str | None = None,
    days_after: int | None = None,
    on: date = date(2026, 3, 5),
) -> commands.RecordRepaymentOnCase:
    return commands.RecordRepaymentOnCase(
        loan_id=LOAN,
        receipt_id=RECEIPT,
        amount=yuan(amount),
        penalty=yuan(penalty),
        overdue_after=yuan(overdue_after),
        outstanding_after=None if outstanding_after is None else yuan(outstanding_after),
        days_past_due_after=days_after,
        received_on=on,
    )


def recover(
    *, amount: int | str = 3_000, claim_after: int | str = 107_050, on: date = date(2027, 4, 1)
) -> commands.RecordRecoveryOnCase:
    return commands.RecordRecoveryOnCase(
        loan_id=LOAN, receipt_id=RECEIPT, amount=yuan(amount), claim_after=yuan(claim_after), received_on=on
    )


def cure(*, on: date = date(2026, 3, 5)) -> commands.CureCase:
    return commands.CureCase(loan_id=LOAN, cured_on=on)


def close(*, on: date = date(2026, 3, 5)) -> commands.CloseCase:
    return commands.CloseCase(loan_id=LOAN, settled_on=on)


def classify(classification: Any = "doubtful", *, on: date = TODAY) -> commands.NoteClassification:
    return commands.NoteClassification(loan_id=LOAN, classification=classification, classified_on=on)


def close_written_off() -> commands.CloseCaseWrittenOff:
    return commands.CloseCaseWrittenOff(
        loan_id=LOAN,
        proposal_id=PROPOSAL,
        claim=yuan(110_050),
        principal=yuan(100_000),
        written_off_on=date(2027, 3, 3),
    )


def refuse_write_off(*, reason: str = "loan_settled") -> commands.RefuseWriteOff:
    return commands.RefuseWriteOff(loan_id=LOAN, proposal_id=PROPOSAL, reason=reason, refused_on=date(2027, 3, 3))


def make_promise(
    *,
    promise_id: UUID = PROMISE,
    amount: int | str | Money = 3_000,
    due_on: date = date(2026, 3, 10),
    on: date = TODAY,
) -> commands.MakePromise:
    return commands.MakePromise(
        loan_id=LOAN,
        promise_id=promise_id,
        amount=amount if isinstance(amount, Money) else yuan(amount),
        due_on=due_on,
        made_on=on,
    )


def break_promises(business_date: date = date(2026, 3, 11)) -> commands.BreakPromises:
    return commands.BreakPromises(loan_id=LOAN, business_date=business_date)


def propose_write_off(
    *,
    proposal_id: UUID = PROPOSAL,
    evidence: tuple[commands.Paper, ...] = (),
    by: str = "li",
    on: date = date(2027, 3, 1),
) -> commands.ProposeWriteOff:
    return commands.ProposeWriteOff(
        loan_id=LOAN, proposal_id=proposal_id, evidence=evidence, proposed_by=by, proposed_on=on
    )


def paper() -> commands.Paper:
    return commands.Paper(kind="court_ruling", reference=RULING)


def approve_write_off(
    *, proposal_id: UUID = PROPOSAL, by: str = "wang", on: date = date(2027, 3, 2)
) -> commands.ApproveWriteOff:
    return commands.ApproveWriteOff(
        loan_id=LOAN,
        proposal_id=proposal_id,
        reason="nothing left to enforce",
        approved_by=by,
        approved_on=on,
    )


def reject_write_off(*, by: str = "wang") -> commands.RejectWriteOff:
    return commands.RejectWriteOff(
        loan_id=LOAN,
        proposal_id=PROPOSAL,
        reason="the collateral has not been sold",
        rejected_by=by,
        rejected_on=date(2027, 3, 2),
    )


def contact(
    *,
    at: time = time(10, 30),
    on: date = TODAY,
    recorded_on: date = TODAY,
    direction: Any = "outbound",
    channel: Any = "phone",
    result: Any = "reached",
    being_collected: bool = True,
    note: str | None = None,
) -> commands.RecordContact:
    return commands.RecordContact(
        contact_id=CONTACT,
        borrower_id=BORROWER,
        loan_id=LOAN,
        being_collected=being_collected,
        direction=direction,
        channel=channel,
        result=result,
        contacted_on=on,
        local_time=at,
        note=note,
        recorded_on=recorded_on,
    )


def contacted(
    *,
    at: time = time(10, 30),
    on: date = TODAY,
    direction: Any = "outbound",
    channel: Any = "phone",
    result: Any = "reached",
    note: Any = None,
) -> events.ContactRecorded:
    return events.ContactRecorded(
        contact_id=CONTACT,
        borrower_id=BORROWER,
        loan_id=LOAN,
        direction=direction,
        channel=channel,
        result=result,
        contacted_on=on,
        local_time=at,
        note=note,
    )
