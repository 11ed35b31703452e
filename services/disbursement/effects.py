"""Released money → core banking → its answer. A payment is sent once in its life; doubts are asked about.

`pay` sends. Whenever it cannot say what became of that, also because an earlier attempt was cut off before
its answer was recorded, the outcome is unknown. `enquire` asks for it by reference until core banking answers
for certain. A reference which core banking does not know is not paid again: a request may still be under way.
After a settle window the reference is voided, which makes a late arrival a refusal, and only then the
disbursement has failed; a person may draw anew.
"""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

from services.disbursement.core_banking import (
    Account,
    Conflict,
    CoreBanking,
    NotFound,
    Paid,
    PaymentOrder,
    Refused,
    Unknown,
)
from services.disbursement.domain.commands import ConfirmPayment, FailPayment, RecordOutcomeUnknown
from services.disbursement.domain.events import PaymentInstructed, PaymentOutcomeUnknown
from services.disbursement.domain.facility import facility
from shared.effect import Do, Effect, Later, Reaction
from shared.event_store import Recorded

DELAY_SECONDS_MAX = 60.0


async def pay(recorded: Recorded[PaymentInstructed], core: CoreBanking, attempt: int) -> Sequence[Reaction]:
    """Send the payment, once: a second attempt cannot know how far the first one came, and does not send."""
    instructed = recorded.event
    if attempt > 1:
        return [_unknown(instructed, "an earlier attempt was interrupted")]
    order = _order(instructed)
    if order is None:
        return [_failed(instructed.contract_id, instructed.drawdown_id, "personal_data_erased")]
    answer = await core.pay(order, recorded.event_id)
    match answer:
        case Paid() | Refused():
            return [_known(instructed.contract_id, instructed.drawdown_id, answer)]
        case Unknown() | Conflict():
            return [_unknown(instructed, answer.reason)]
        case NotFound():
            return [_unknown(instructed, "not found")]
        case _:
            assert_never(answer)


async def enquire(recorded: Recorded[PaymentOutcomeUnknown], core: CoreBanking, attempt: int) -> Sequence[Reaction]:
    """Ask what became of the payment, again and again, ever more rarely.

    The window is counted in attempts, so an interrupted one shortens it. That is safe: voiding is
    atomic in core banking, and answers `paid` where the payment was faster.
    """
    unknown = recorded.event
    about = (unknown.drawdown_id, unknown.amount, unknown.account.value)
    answer = await core.enquire(*about)
    if isinstance(answer, NotFound) and waited_seconds(attempt) >= core.settle_seconds:
        answer = await core.void(*about)
    match answer:
        case Paid() | Refused():
            return [_known(unknown.contract_id, unknown.drawdown_id, answer)]
        case NotFound():
            return [Later(delay_seconds(attempt), "core banking does not know the reference yet")]
        case Unknown() | Conflict():
            return [Later(delay_seconds(attempt), answer.reason)]
        case _:
            assert_never(answer)


def delay_seconds(attempt: int) -> float:
    """How long to wait after the given attempt: 1, 2, 4, … seconds, a minute at most."""
    return min(2.0 ** min(attempt - 1, 10), DELAY_SECONDS_MAX)


def waited_seconds(attempt: int) -> float:
    """How long the attempts before the given one have waited in all."""
    return sum(delay_seconds(earlier) for earlier in range(1, attempt))


def _order(instructed: PaymentInstructed) -> PaymentOrder | None:
    """What core banking is asked to do; None once a person concerned has been erased."""
    payee, account = instructed.payee, instructed.borrower_account.value
    to = None
    if payee is not None and payee.name.value and payee.account.value:
        to = Account(name=payee.name.value, number=payee.account.value, bank=payee.bank)
    if account is None or (payee is not None and to is None):
        return None
    return PaymentOrder(
        reference=instructed.drawdown_id,
        amount=instructed.amount,
        borrower_account=account,
        payee=to,
        value_on=instructed.instructed_on,
    )


def _known(contract_id: UUID, drawdown_id: UUID, answer: Paid | Refused) -> Do:
    if isinstance(answer, Refused):
        return _failed(contract_id, drawdown_id, answer.reason)
    command = ConfirmPayment(contract_id=contract_id, drawdown_id=drawdown_id, core_reference=answer.core_reference)
    return Do(facility, command)


def _failed(contract_id: UUID, drawdown_id: UUID, reason: str) -> Do:
    return Do(facility, FailPayment(contract_id=contract_id, drawdown_id=drawdown_id, reason=reason))


def _unknown(instructed: PaymentInstructed, reason: str) -> Do:
    command = RecordOutcomeUnknown(
        contract_id=instructed.contract_id, drawdown_id=instructed.drawdown_id, reason=reason
    )
    return Do(facility, command)


effects = (
    Effect(name="pay", on=(PaymentInstructed,), act=pay),
    Effect(name="enquire", on=(PaymentOutcomeUnknown,), act=enquire),
)
