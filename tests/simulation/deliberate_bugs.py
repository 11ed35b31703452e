"""Bugs that somebody might write tomorrow, each put into the product for the length of a `with`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.application.domain import review
from services.disbursement import effects
from services.disbursement.core_banking import NotFound
from services.disbursement.domain import payment
from services.disbursement.domain.commands import RecordOutcomeUnknown
from services.disbursement.domain.facility import Facility
from services.repayment.domain import plain_schedule, repayments, write_off
from services.risk.subscriptions import loans as risk_subscriptions
from shared import effect, inbox, outbox
from shared.bus import Announcement, announce
from shared.effect import Do, Effect
from shared.inbox import TransactionStreams
from tests.simulation import bank, network

Patch = pytest.MonkeyPatch


def a_message_is_handled_as_often_as_it_comes(patch: Patch) -> None:
    async def apply(self: Any, connection: Any, batch: Sequence[Announcement]) -> None:
        """Notes that it was heard, but does not look whether it had been heard before."""
        streams = TransactionStreams(self._store, connection)
        for one in batch:
            ids = ([one.event_id], [one.producer], [one.topic])
            await connection.fetch("insert into inbox(event_id, producer, type) select …", *ids)
            await self._react(connection, streams, one, self._reactions(one))
            await connection.execute("insert into inbox_counts …", [one.producer], [one.topic], [0], [1])
        await streams.flush()

    patch.setattr(inbox.Inbox, "_apply", apply)


def a_message_is_noted_as_heard_before_its_effects_are_committed(patch: Patch) -> None:
    react = inbox.Inbox._react

    async def transact(self: Any, batch: Sequence[Announcement]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await self._apply(connection, batch)
        async with self._pool.acquire() as connection, connection.transaction():
            streams = TransactionStreams(self._store, connection)
            for one in batch:
                await react(self, connection, streams, one, self._reactions(one))
            await streams.flush()

    async def nothing(*_: Any) -> None:
        return None

    patch.setattr(inbox.Inbox, "_transact", transact)
    patch.setattr(inbox.Inbox, "_react", nothing)


def the_relay_moves_on_before_the_broker_has_confirmed(patch: Patch) -> None:
    async def relay_page(pool: Any, store: Any, publisher: Any, to_integration_event: Any) -> int:
        at: int = await pool.fetchval("select pos from checkpoints where name = $1", outbox.CURSOR)
        page = await store.log(at, outbox.PAGE)
        if not page:
            return at
        await pool.execute("update checkpoints set pos = $2 where name = $1", outbox.CURSOR, page[-1].pos)
        told = [(one, to_integration_event(one)) for one in page]
        await publisher.publish([announce(one, event) for one, event in told if event is not None])
        return int(page[-1].pos)

    patch.setattr(outbox, "relay_page", relay_page)


def a_parked_message_does_not_hold_up_its_stream(patch: Patch) -> None:
    async def none(*_: Any) -> set[str]:
        return set()

    patch.setattr(inbox, "parked_streams", none)


def a_payment_is_sent_again_after_an_interruption(patch: Patch) -> None:
    async def pay(recorded: Any, core: Any, _attempt: int) -> Any:
        return await effects.pay(recorded, core, 1)

    _effect(patch, "pay", pay)


def a_payment_is_sent_again_when_no_answer_came(patch: Patch) -> None:
    async def pay(recorded: Any, core: Any, attempt: int) -> Any:
        said = await effects.pay(recorded, core, attempt)
        if isinstance(said[0], Do) and not isinstance(said[0].command, RecordOutcomeUnknown):
            return said
        return await effects.pay(recorded, core, attempt)

    _effect(patch, "pay", pay)


def what_core_banking_does_not_know_counts_as_failed(patch: Patch) -> None:
    async def enquire(recorded: Any, core: Any, attempt: int) -> Any:
        of = recorded.event
        if isinstance(await core.enquire(of.drawdown_id, of.amount, of.account.value), NotFound):
            return [effects._failed(of.contract_id, of.drawdown_id, "not found")]
        return await effects.enquire(recorded, core, attempt)

    _effect(patch, "enquire", enquire)


def an_effect_forgets_what_it_had_put_off(patch: Patch) -> None:
    async def forget(self: Any, *_: Any) -> None:
        return None

    patch.setattr(effect.Performer, "_put_off", forget)


def whoever_submitted_or_recommended_may_approve(patch: Patch) -> None:
    patch.setattr(review, "_check_four_eyes", lambda *_, **__: None)


def whoever_approved_the_loan_may_release_its_money(patch: Patch) -> None:
    release = payment.release
    patch.setattr(
        payment, "release", lambda ask, of, terms: release(ask, of, terms.model_copy(update={"approved_by": ()}))
    )


def what_is_reserved_may_be_drawn_again(patch: Patch) -> None:
    patch.setattr(Facility, "available", property(lambda self: self.terms.limit - self.drawn))


def a_receipt_told_twice_counts_twice(patch: Patch) -> None:
    patch.setattr(repayments, "repeated", lambda *_: False)
    patch.setattr(write_off, "repeated", lambda *_: False)


def a_year_has_365_interest_days(patch: Patch) -> None:
    patch.setattr(plain_schedule, "YEAR_DAYS", dict.fromkeys(plain_schedule.YEAR_DAYS, 365))


def risk_is_not_told_that_a_loan_was_settled(patch: Patch) -> None:
    [risk] = [one for one in bank.SERVICES if one.name == "risk"]
    deaf = tuple(one for one in risk.subscriptions if one.then is not risk_subscriptions.settle_loan)
    _service(patch, "risk", subscriptions=deaf)


def the_network_loses_what_a_dead_process_had_taken(patch: Patch) -> None:
    """Not the product's: as if it acknowledged a batch before handling it."""
    serve = network.Network._serve

    async def acknowledge_first(self: Any, queue: Any, handle: Any) -> None:
        async def handle_taken(batch: Any) -> None:
            taken, queue.waiting[:] = list(queue.waiting), []
            await handle(batch)
            queue.waiting[:0] = taken

        await serve(self, queue, handle_taken)

    patch.setattr(network.Network, "_serve", acknowledge_first)


BUGS: tuple[Callable[[Patch], None], ...] = (
    a_message_is_handled_as_often_as_it_comes,
    a_message_is_noted_as_heard_before_its_effects_are_committed,
    the_relay_moves_on_before_the_broker_has_confirmed,
    a_parked_message_does_not_hold_up_its_stream,
    a_payment_is_sent_again_after_an_interruption,
    a_payment_is_sent_again_when_no_answer_came,
    what_core_banking_does_not_know_counts_as_failed,
    an_effect_forgets_what_it_had_put_off,
    whoever_submitted_or_recommended_may_approve,
    whoever_approved_the_loan_may_release_its_money,
    what_is_reserved_may_be_drawn_again,
    a_receipt_told_twice_counts_twice,
    a_year_has_365_interest_days,
    risk_is_not_told_that_a_loan_was_settled,
    the_network_loses_what_a_dead_process_had_taken,
)


def _service(patch: Patch, name: str, **changes: Any) -> None:
    changed = tuple(replace(one, **changes) if one.name == name else one for one in bank.SERVICES)
    patch.setattr(bank, "SERVICES", changed)


def _effect(patch: Patch, name: str, act: Any) -> None:
    changed = tuple(Effect(one.name, one.on, act) if one.name == name else one for one in effects.effects)
    _service(patch, "disbursement", effects=changed)
