"""What is kept of an open loan beside its facts, so that an old loan is read as fast as a new one.

Its terms are its first fact. Amounts are minor units of the loan's one currency. A change of what is written here, or
of what a fact means, needs a new `VERSION`: `tests/repayment/test_loan_memory.py` holds both against a golden file.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from services.repayment.domain.desk import read as read_desk
from services.repayment.domain.desk import written as written_desk
from services.repayment.domain.events import AccountChangeProposed, LoanBooked
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan import InstallmentState, LoanAccount, OpenLoan, RateStep
from services.repayment.domain.loan_changes import kept as kept_changes
from services.repayment.domain.loan_changes import read as read_changes
from services.repayment.domain.receipts import KeptReceipts
from services.repayment.domain.receipts import kept as kept_receipts
from shared.decider import Memory
from shared.money import Money

VERSION = 6
_AMOUNTS = ("credit", "penalty_settled", "compound_settled", "penalty_paid", "compound_paid", "provision")


def written(loan: LoanAccount) -> bytes | None:
    """An open loan as JSON; None for any other, which is seldom asked for."""
    if not isinstance(loan, OpenLoan):
        return None
    return orjson.dumps(
        {
            "installments": [_installment(n, state, loan) for n, state in enumerate(loan.installments)],
            **{name: getattr(loan, name).minor for name in _AMOUNTS},
            "last_event_on": loan.last_event_on,
            "settled_on": loan.settled_on,
            "provision_rate_percent": str(loan.provision_rate_percent),
            "classification": loan.classification,
            "delinquent": loan.delinquent,
            "days_past_due": loan.days_past_due,
            "receipts": kept_receipts(loan.receipts),
            "rates": [[one.from_on, str(one.percent), str(one.penalty_percent)] for one in loan.rates],
            "schedule_number": loan.schedule_number,
            "next_reset_on": loan.next_reset_on,
            "waived": [one.minor if one is not None else None for one in (loan.penalty_waived, loan.compound_waived)],
            "changes_proposed": [orjson.Fragment(one.model_dump_json()) for one in loan.changes_proposed.values()],
            "changes_decided": sorted(map(str, loan.changes_decided)),
            "desk": written_desk(loan.desk),
            "proposals_refused": sorted(map(str, loan.proposals_refused)),
            "changes": kept_changes(loan.changes),
        }
    )


def _installment(n: int, state: InstallmentState, loan: OpenLoan) -> list[Any]:
    """Its row's place in the schedule as booked, or the row itself where a later version of it has changed it."""
    is_as_booked = loan.terms.installments[n : n + 1] == (state.row,)
    row = n if is_as_booked else orjson.Fragment(state.row.model_dump_json())
    return [row, state.principal_paid.minor, state.interest_paid.minor, state.billed, state.fell_overdue,
            state.interest_waived.minor if state.interest_waived is not None else None]  # fmt: skip


def read(text: str | bytes, terms: LoanBooked) -> OpenLoan:
    """The loan that was written, of these terms; raises ValueError, LookupError or TypeError when it is not one."""
    kept = orjson.loads(text)
    money = partial(Money, currency=terms.principal.currency)
    installments = tuple(_read_installment(one, terms, money) for one in kept["installments"])
    penalty_waived, compound_waived = kept["waived"]
    return OpenLoan(
        terms=terms,
        installments=installments,
        **{name: money(kept[name]) for name in _AMOUNTS},
        last_event_on=date.fromisoformat(kept["last_event_on"]),
        settled_on=date.fromisoformat(kept["settled_on"]),
        provision_rate_percent=Decimal(kept["provision_rate_percent"]),
        classification=kept["classification"],
        delinquent=kept["delinquent"],
        days_past_due=kept["days_past_due"],
        receipts=KeptReceipts(kept["receipts"], terms.principal.currency),
        rates=tuple(RateStep(date.fromisoformat(on), Decimal(rate), Decimal(more)) for on, rate, more in kept["rates"]),
        schedule_number=kept["schedule_number"],
        next_reset_on=date.fromisoformat(kept["next_reset_on"]) if kept["next_reset_on"] else None,
        penalty_waived=None if penalty_waived is None else money(penalty_waived),
        compound_waived=None if compound_waived is None else money(compound_waived),
        changes_proposed={one.proposal_id: one for one in map(_proposed, kept["changes_proposed"])},
        changes_decided=frozenset(map(UUID, kept["changes_decided"])),
        proposals_refused=frozenset(map(UUID, kept["proposals_refused"])),
        desk=read_desk(kept["desk"], terms.principal.currency),
        changes=read_changes(kept["changes"]),
    )


def _proposed(kept: dict[str, Any]) -> AccountChangeProposed:
    return AccountChangeProposed.model_validate_json(orjson.dumps(kept))


def _read_installment(kept: list[Any], terms: LoanBooked, money: Callable[[int], Money]) -> InstallmentState:
    place, principal, interest, billed, fell_overdue, waived = kept
    row = terms.installments[place] if isinstance(place, int) else Installment.model_validate(place)
    return InstallmentState(
        row=row,
        principal_paid=row.principal if row.principal.minor == principal else money(principal),  # mostly it is
        interest_paid=row.interest if row.interest.minor == interest else money(interest),
        billed=billed,
        fell_overdue=fell_overdue,
        interest_waived=None if waived is None else money(waived),
    )


loan_memory = Memory[LoanAccount](VERSION, written, read)
