"""One borrower's life with the bank, and whoever deals with it: what suits what is committed, chosen at random.

Now and then what does not suit: the wrong person, too much, too late, the same again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import services.application.domain.commands as application
import services.collection.domain.commands as collection
import services.disbursement.domain.commands as disbursement
import services.repayment.domain.commands as repayment
from services.application.domain.application_state import Contracted, InReview, Offered, Submitted
from services.application.domain.facts import BureauFacts
from services.application.domain.loan_application import loan_application
from services.collection.domain.case_state import Case, CaseStatus
from services.collection.domain.collection_case import collection_case
from services.collection.domain.write_off import ProposalStatus
from services.disbursement.domain.drawdown import OutcomeUnknown, Requested
from services.disbursement.domain.events import Payee
from services.disbursement.domain.facility import Facility, facility
from services.repayment.domain.loan import OpenLoan, WrittenOffLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repayments import payoff_amount
from shared.decider import Decider
from shared.messages import Command, Personal
from shared.money import Money
from tests.application.builders import company_facts
from tests.simulation.people import People
from tests.simulation.read_models import states

AUTHORITY = frozenset({"approver", "senior_approver"})
BUREAU = {
    "clean": BureauFacts(
        overdue_count_24_months=0, worst_days_past_due=0, has_unpaid_default=False, court_cases_open=0
    ),
    "unknown": BureauFacts(),
    "default": BureauFacts(
        overdue_count_24_months=3, worst_days_past_due=200, has_unpaid_default=True, court_cases_open=0
    ),
}
Act = Callable[[], Coroutine[Any, Any, None]]


class Borrower:
    """One company from its application to the end of its loans, and whoever deals with it."""

    def __init__(self, people: People) -> None:
        self.people, self.chance = people, people.chance
        self.borrower_id, self.application_id = people.new_id(), people.new_id()
        self.contract_id = uuid5(self.application_id, "contract")
        self.drawdowns_max = self.chance.randint(1, 3)
        self.pays = self.chance.choice([0.0, 0.0, 0.05, 0.2])
        self.pays_late = self.chance.choice([0.0, 0.3])
        self.proposals = 0

    async def apply(self) -> None:
        today, amount = self.people.today("application"), self.chance.choice([20_000, 120_000, 500_000, 1_500_000])
        command = application.SubmitApplication(
            application_id=self.application_id,
            borrower_id=self.borrower_id,
            borrower_segment="company",
            product_code="micro-fast",
            requested_amount=Money.of(amount),
            term_months=self.chance.choice([1, 1, 2, 3]),
            repayment_method=self.chance.choice(["equal_instalments", "interest_only"]),
            purpose="wages",
            company=company_facts(),
            bureau=BUREAU[self.chance.choice(["clean", "clean", "clean", "unknown", "default"])],
            other_exposure=Money(0),
            submitted_by=self.people.anybody(),
            submitted_on=today,
        )
        await self.people.ask("application", loan_application, command)

    async def act(self) -> None:
        """What somebody might do now, if there is anything."""
        acts = [*self._about_application(), *self._about_drawdowns(), *self._about_loans()]
        at_once = 2 if self.chance.random() < 0.3 else 1  # two persons may act at the same moment
        async with asyncio.TaskGroup() as group:
            for act in self.chance.sample(acts, min(at_once, len(acts))):
                group.create_task(act())

    def _state(self, service: str, decider: Decider[Any, Any, Any], aggregate_id: UUID) -> Any:
        return states(self.people.processes[service].tables, decider).get(aggregate_id, decider.initial)

    def _asks(self, service: str, decider: Decider[Any, Any, Any], command: Command) -> Act:
        async def act() -> None:
            await self.people.ask(service, decider, command)
            if self.chance.random() < 0.1:  # again, as another request: by a double click, by a second window
                await self.people.ask(service, decider, command)

        return act

    def _overtakes(self, loan_id: UUID, approval: Command) -> Act:
        """The write-off is approved, but before the loan account hears of it the borrower pays everything."""

        async def act() -> None:
            await self.people.ask("collection", collection_case, approval)
            loan, today = self._state("repayment", loan_account, loan_id), self.people.today("repayment")
            if isinstance(loan, OpenLoan):
                of = {"loan_id": loan_id, "receipt_id": self.people.new_id(), "received_on": today, "today": today}
                asked = repayment.PayOffLoan.model_validate(of | {"amount": payoff_amount(loan, today)})
                await self.people.ask("repayment", loan_account, asked)

        return act

    def _about_application(self) -> list[Act]:
        state, who = self._state("application", loan_application, self.application_id), self.people.anybody()
        today, of = self.people.today("application"), {"application_id": self.application_id}
        asked: list[Command] = []
        match state:
            case InReview(recommendation=None):
                outcome = self.chance.choice(["approve", "approve", "approve", "decline"])
                asked.append(application.RecommendDecision.model_validate(of | {
                    "recommendation": outcome, "opinion": "sound", "recommended_by": who, "recommended_on": today,
                    "decline_codes": ("credit_record",) * (outcome == "decline"),
                }))  # fmt: skip
            case InReview():
                outcome = self.chance.choice(["approve", "approve", "approve", "decline", "return"])
                asked.append(application.DecideReview.model_validate(of | {
                    "decision": outcome, "note": "look again", "authority": AUTHORITY, "decided_by": who,
                    "decided_on": today, "decline_codes": ("credit_record",) * (outcome == "decline"),
                }))  # fmt: skip
            case Offered(acceptance=None):
                asked.append(application.AcceptOffer(**of, accepted_by=who, accepted_on=today))
            case Offered():
                shown = state.offer.cost_statement.annualised_rate_percent
                asked.append(application.SignContract(
                    **of, contract_id=self.contract_id, confirmed_annualised_rate_percent=shown, signed_by=who,
                    new_relation=self.chance.random() < 0.3, signed_on=today,
                ))  # fmt: skip
            case _:
                pass
        if isinstance(state, Submitted | InReview | Offered) and self.chance.random() < 0.03:
            asked.append(application.WithdrawApplication(**of, reason="other", withdrawn_by=who, withdrawn_on=today))
        return [self._asks("application", loan_application, one) for one in asked]

    def _about_drawdowns(self) -> list[Act]:
        state, who = self._state("disbursement", facility, self.contract_id), self.people.anybody()
        if not isinstance(state, Facility):
            return []
        today, asked = self.people.today("disbursement"), list[Command]()
        if len(state.drawdowns) < self.drawdowns_max and (state.available or self.chance.random() < 0.05):
            asked.append(self._request(state, today, who))
        for drawdown_id, drawdown in state.drawdowns.items():
            of = {"contract_id": self.contract_id, "drawdown_id": drawdown_id}
            if isinstance(drawdown, Requested):
                asked.append(disbursement.ReleaseDrawdown(**of, released_by=who, released_on=today))
                if self.chance.random() < 0.1:
                    asked.append(disbursement.CancelDrawdown(**of, reason="x", cancelled_by=who, cancelled_on=today))
            if isinstance(drawdown, OutcomeUnknown):
                asked.extend(self._resolve(of, drawdown, today, who))
        return [self._asks("disbursement", facility, one) for one in asked]

    def _request(self, state: Facility, today: date, who: str) -> Command:
        must = state.terms.new_relation and state.terms.average_credit
        drawdown_id, entrusted = self.people.new_id(), self.chance.random() < (0.95 if must else 0.3)
        payee = Payee(
            name=Personal(subject_id=drawdown_id, value="甲供应商"),
            account=Personal(subject_id=drawdown_id, value="6222020200998877665"),
            bank="工商银行",
        )
        share = Decimal(self.chance.choice(["1", "0.5", "0.5", "0.51", "1.01"]))
        return disbursement.RequestDrawdown(
            contract_id=self.contract_id,
            drawdown_id=drawdown_id,
            amount=Money.round(state.terms.limit.amount * share),
            payment_mode="entrusted" if entrusted else "self",
            borrower_account=Personal(subject_id=self.borrower_id, value="6222020200112233445"),
            payee=payee if entrusted else None,
            trade_contract="HT-1" if entrusted else None,
            business_use=False,
            requested_by=who,
            requested_on=today,
        )

    def _resolve(self, of: dict[str, UUID], drawdown: OutcomeUnknown, today: date, who: str) -> list[Command]:
        """What the bank's people find out for certain from core banking's own books."""
        if drawdown.proposal:
            known = drawdown.proposal.proposal_id
            return [disbursement.ConfirmResolution(**of, proposal_id=known, confirmed_by=who, confirmed_on=today)]
        found = self.people.ledger.find(str(of["drawdown_id"]))
        if found["status"] == "unknown_reference":
            return []
        return [disbursement.ProposeResolution(
            **of, proposal_id=self.people.new_id(), outcome="paid" if found["status"] == "paid" else "not_paid",
            core_reference=found.get("core_reference"), evidence="statement", proposed_by=who, proposed_on=today,
        )]  # fmt: skip

    def _about_loans(self) -> list[Act]:
        drawn = self._state("disbursement", facility, self.contract_id)
        if not isinstance(drawn, Facility) or not isinstance(
            self._state("application", loan_application, self.application_id), Contracted
        ):
            return []
        acts = []
        for loan_id in drawn.drawdowns:
            acts += [self._asks("repayment", loan_account, one) for one in self._money(loan_id)]
            asked = self._collect(loan_id)
            acts += [self._asks("collection", collection_case, one) for one in asked]
            acts += [self._overtakes(loan_id, one) for one in asked if isinstance(one, collection.ApproveWriteOff)]
        return acts

    def _money(self, loan_id: UUID) -> list[Command]:
        loan, today = self._state("repayment", loan_account, loan_id), self.people.today("repayment")
        on = today - timedelta(days=self.chance.choice([0, 0, 0, 1]))
        of = {"loan_id": loan_id, "receipt_id": self.people.new_id(), "received_on": on, "today": today}
        match loan:
            case OpenLoan() if self.chance.random() < (self.pays_late if loan.delinquent else self.pays):
                part = Money(max(1, loan.terms.principal.minor * self.chance.choice([1, 20, 50, 105]) // 100))
                if self.chance.random() < 0.7 or on < loan.last_event_on:
                    return [repayment.ReceiveRepayment.model_validate(of | {"amount": part})]
                return [repayment.PayOffLoan.model_validate(of | {"amount": payoff_amount(loan, on)})]
            case WrittenOffLoan():
                claim = loan.claim_principal + loan.claim_interest + loan.claim_penalty
                part = self.chance.choice([claim, Money(claim.minor // 3), claim + Money(1)])
                return [repayment.RecoverWrittenOff.model_validate(of | {"amount": part})]
            case _:
                return []

    def _collect(self, loan_id: UUID) -> list[Command]:
        case, today = self._state("collection", collection_case, loan_id), self.people.today("collection")
        if not isinstance(case, Case) or not case.being_collected:
            return []
        who, of = self.people.anybody(), {"loan_id": loan_id}
        promised = Money(max(1, case.overdue.minor // 2))
        asked: list[Command] = [collection.MakePromise(
            **of, promise_id=self.people.new_id(), amount=promised, made_on=today,
            due_on=today + timedelta(days=self.chance.randint(0, 5)),
        )]  # fmt: skip
        waiting = [one for one in case.proposals if one.status is ProposalStatus.PROPOSED]
        for one in waiting:
            decided = {**of, "proposal_id": one.proposal_id, "reason": "papers seen"}
            asked.append(
                collection.ApproveWriteOff.model_validate(decided | {"approved_by": who, "approved_on": today})
            )
            if self.chance.random() < 0.2:
                rejected = decided | {"rejected_by": who, "rejected_on": today}
                asked.append(collection.RejectWriteOff.model_validate(rejected))
        if case.status is CaseStatus.OPEN and self.proposals < 3:
            self.proposals += 1
            asked.append(collection.ProposeWriteOff(
                **of, proposal_id=self.people.new_id(), proposed_by=who, proposed_on=today,
                evidence=(collection.Paper(kind="court_ruling", reference="(2026)1"),) * self.chance.randint(0, 1),
            ))  # fmt: skip
        return asked
