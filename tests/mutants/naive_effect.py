"""Effects and projections as they are often written: repeated on doubt, or remembered apart from what they did."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.disbursement import effects as disbursement_effects
from shared import effect, projection
from shared.effect import Performer, Reaction
from shared.projection import generation_schema


def payment_sent_again_after_a_timeout(patch: pytest.MonkeyPatch) -> None:
    honest = disbursement_effects.pay

    async def pay(recorded: Any, core: Any, _attempt: int) -> Sequence[Reaction]:
        return await honest(recorded, core, 1)

    patch.setattr("tests.disbursement.test_effects.effects", _with_act("pay", pay))


def payment_given_up_after_a_timeout(patch: pytest.MonkeyPatch) -> None:
    """No answer is taken for a refusal; core banking may have paid."""
    honest = disbursement_effects.pay

    async def pay(recorded: Any, core: Any, attempt: int) -> Sequence[Reaction]:
        instructed = recorded.event
        said = await honest(recorded, core, attempt)
        unknown = any(type(getattr(one, "command", None)).__name__ == "RecordOutcomeUnknown" for one in said)
        failed = disbursement_effects._failed(instructed.contract_id, instructed.drawdown_id, "no answer")
        return [failed] if unknown else said

    patch.setattr("tests.disbursement.test_effects.effects", _with_act("pay", pay))


def _with_act(name: str, act: Any) -> tuple[effect.Effect, ...]:
    return tuple(
        effect.Effect(one.name, one.on, act if one.name == name else one.act) for one in disbursement_effects.effects
    )


def attempts_counted_after_the_act(patch: pytest.MonkeyPatch) -> None:
    """The number of the attempt is written when the act has answered: one that was cut off leaves no trace."""
    honest = Performer.perform

    async def perform(self: Performer, recorded: Any) -> None:
        made = "select coalesce(max(n), 0) + 1 from attempts where handler = $1 and event_id = $2"
        attempt = await self._pool.fetchval(made, self._effect.handler, recorded.event_id)
        reactions = await self._effect.act(recorded, self._outside, attempt)

        async def answered(*_: Any) -> Sequence[Reaction]:
            return reactions

        acted = effect.Effect(self._effect.name, self._effect.on, answered)
        await honest(Performer(acted, self._pool, self._store, self._commands, self._outside, self._actor), recorded)

    patch.setattr(Performer, "perform", perform)


def effect_checkpoint_before_the_act(patch: pytest.MonkeyPatch) -> None:
    honest = Performer.perform_page

    async def perform_page(self: Performer, _at: int | None = None) -> int:
        name = self._effect.handler
        at = await self._pool.fetchval("select pos from checkpoints where name = $1", name)
        page = await self._store.log(at, effect.PAGE)
        if page:
            await self._pool.execute("update checkpoints set pos = $2 where name = $1", name, page[-1].pos)
        for one in page:
            if isinstance(one.event, self._effect.on):
                await self._perform_or_park(one)
        return await honest(self)

    patch.setattr(Performer, "perform_page", perform_page)


def _patch_project_batch(patch: pytest.MonkeyPatch, project_batch: Any) -> None:
    patch.setattr(projection, "project_batch", project_batch)
    for module in ("hostile", "test_crash_points"):  # the suites call it themselves
        patch.setattr(f"tests.shared.{module}.project_batch", project_batch)


async def _project(pool: Any, service: str, one: projection.Projection, generation: int, page: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"set local search_path = {generation_schema(service, one, generation)}, {service}")
        for recorded in page:
            await one.project(connection, recorded)


def projection_checkpoint_in_another_transaction(patch: pytest.MonkeyPatch) -> None:
    async def project_batch(pool: Any, store: Any, service: str, one: projection.Projection) -> int:
        at = await pool.fetchrow("select pos, generation from checkpoints where name = $1", one.name)
        page = await store.log(at["pos"], projection.PAGE)
        if not page:
            return int(at["pos"])
        await _project(pool, service, one, at["generation"], page)
        await pool.execute("update checkpoints set pos = $2 where name = $1", one.name, page[-1].pos)
        return int(page[-1].pos)

    _patch_project_batch(patch, project_batch)


def projection_checkpoint_first(patch: pytest.MonkeyPatch) -> None:
    async def project_batch(pool: Any, store: Any, service: str, one: projection.Projection) -> int:
        at = await pool.fetchrow("select pos, generation from checkpoints where name = $1", one.name)
        page = await store.log(at["pos"], projection.PAGE)
        if not page:
            return int(at["pos"])
        await pool.execute("update checkpoints set pos = $2 where name = $1", one.name, page[-1].pos)
        await _project(pool, service, one, at["generation"], page)
        return int(page[-1].pos)

    _patch_project_batch(patch, project_batch)
