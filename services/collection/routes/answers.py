"""A case as its readers see it: built from the folded stream, so it is never behind."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.collection.domain.case_state import AnyCase, Case, CaseStatus
from services.collection.domain.commands import RecordContact
from services.collection.domain.contact_log import ContactLog
from services.collection.domain.delinquency import ageing_bucket
from services.collection.domain.promise import PromiseStatus
from services.collection.domain.strategy import Action, EvidenceKind, LoanClass, Stage, strategy_on
from services.collection.domain.write_off import Proposal, ProposalStatus
from shared.command_handler import Outcome
from shared.event_store import Recorded
from shared.messages import Personal
from shared.money import Money, MoneyText
from shared.problem_details import Problem

_FOLDED = ConfigDict(from_attributes=True)
"""A view that is read off the folded state, name by name."""
_ERASED, _MASK = "[erased]", "•••"


class PromiseView(BaseModel):
    model_config = _FOLDED
    promise_id: UUID
    amount: MoneyText
    paid: MoneyText
    made_on: date
    due_on: date
    status: PromiseStatus


class EvidenceView(BaseModel):
    kind: EvidenceKind
    reference: str


class ProposalView(BaseModel):
    """`reason` is that of whoever decided, `refused_because` the code of the loan account's refusal.

    What people wrote is masked in the answers to commands, which are stored for their idempotency keys, and is
    `[erased]` once the borrower is.
    """

    proposal_id: UUID
    evidence: list[EvidenceView]
    proposed_by: str
    status: ProposalStatus
    reason: str | None
    refused_because: str | None


class CaseView(BaseModel):
    """催收案件: a loan that is or was past due, with what was promised and proposed, over all its episodes.

    Days past due, ageing bucket (M0 to M7+), stage and actions are those of `as_of`; the amounts those told for
    `amounts_as_of`, since when penalty interest has run on.
    """

    loan_id: UUID
    borrower_id: UUID
    episode: int
    status: CaseStatus
    stage: Stage | None
    days_past_due: int
    ageing_bucket: str
    overdue_since: date | None
    as_of: date
    overdue: MoneyText
    overdue_penalty: MoneyText
    outstanding_principal: MoneyText
    amounts_as_of: date
    classification: LoanClass
    installments: list[int]
    broken_promises: int
    strategy_version: str
    actions: list[Action]
    promises: list[PromiseView]
    proposals: list[ProposalView]
    opened_on: date
    closed_on: date | None


class ContactView(BaseModel):
    contact_id: UUID
    loan_id: UUID
    borrower_id: UUID
    contacted_on: date
    contacts_that_day: int


class HistoryEntry(BaseModel):
    """One fact of the case: what, when, by whom, and what it said."""

    version: int
    type: str
    business_date: date
    at: datetime
    actor: str
    data: dict[str, Any]


class CaseHistory(BaseModel):
    loan_id: UUID
    items: list[HistoryEntry]


def case_of(outcome: Outcome[AnyCase, Any]) -> Case:
    """The case, or 404 for a loan of which only the class is known."""
    if not isinstance(outcome.state, Case):
        raise Problem(404, "not-found", "There is no case of this loan.")
    return outcome.state


def promise_view_of(promise_id: UUID) -> Callable[[Outcome[AnyCase, Any]], PromiseView]:
    """The answer that shows one promise of the case."""
    return lambda outcome: next(
        PromiseView.model_validate(one) for one in case_of(outcome).promises if one.promise_id == promise_id
    )


def proposal_view_of(proposal_id: UUID) -> Callable[[Outcome[AnyCase, Any]], ProposalView]:
    """The answer that shows one proposal of the case, without what people wrote."""
    return lambda outcome: next(
        _proposal_view(one, _masked) for one in case_of(outcome).proposals if one.proposal_id == proposal_id
    )


def _proposal_view(proposal: Proposal, shown: Callable[[Personal[str]], str]) -> ProposalView:
    return ProposalView(
        proposal_id=proposal.proposal_id,
        evidence=[EvidenceView(kind=one.kind, reference=shown(one.reference)) for one in proposal.evidence],
        proposed_by=proposal.proposed_by,
        status=proposal.status,
        reason=shown(proposal.reason) if proposal.reason else None,
        refused_because=proposal.refused_because,
    )


def _plain(personal: Personal[str]) -> str:
    return _ERASED if personal.value is None else personal.value


def _masked(personal: Personal[str]) -> str:
    return _ERASED if personal.value is None else _MASK


def case_view(case: Case, on: date) -> CaseView:
    """The case as it stands on a day."""
    stage, strategy = case.stage(on), strategy_on(on)
    own = {"status", "promises", "proposals"}
    read = {name: getattr(case, name) for name in CaseView.model_fields if name not in own and name in vars(case)}
    return CaseView(
        **read,
        status=case.status,
        stage=stage,
        days_past_due=case.days_past_due(on),
        ageing_bucket=ageing_bucket(case.days_past_due(on)),
        as_of=on,
        amounts_as_of=case.amounts_on,
        strategy_version=strategy.version,
        actions=list(strategy.plans[stage].actions) if stage else [],
        promises=[PromiseView.model_validate(one) for one in case.promises],
        proposals=[_proposal_view(one, _plain) for one in case.proposals],
    )


def contact_view_of(command: RecordContact) -> Callable[[Outcome[ContactLog, Any]], ContactView]:
    """The answer that shows one contact, and how many the bank made that day."""
    return lambda outcome: ContactView(
        contact_id=command.contact_id,
        loan_id=command.loan_id,
        borrower_id=command.borrower_id,
        contacted_on=command.contacted_on,
        contacts_that_day=outcome.state.outbound.get(command.contacted_on, 0),
    )


def case_history(loan_id: UUID, past: Sequence[Recorded[Any]]) -> CaseHistory:
    """The facts of a case as they were recorded, money as text; what people wrote is not repeated here."""
    entries = [
        HistoryEntry(
            version=recorded.version,
            type=type(recorded.event).__name__,
            business_date=recorded.meta.business_date,
            at=recorded.at,
            actor=recorded.meta.actor,
            data=_in_text(recorded.event.model_dump(mode="json")),
        )
        for recorded in past
    ]
    return CaseHistory(loan_id=loan_id, items=entries)


def _in_text(node: Any) -> Any:
    if isinstance(node, dict) and set(node) == {"currency", "minor"}:
        return {"currency": node["currency"], "amount": str(Money(**node).amount)}
    if isinstance(node, dict) and set(node) == {"subject_id", "value"}:
        return _masked(Personal[str](**node))
    if isinstance(node, dict):
        return {name: _in_text(value) for name, value in node.items()}
    return [_in_text(one) for one in node] if isinstance(node, list) else node
