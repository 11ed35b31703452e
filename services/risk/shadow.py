"""The worker that scores every application with the models beside the champion. It alone imports scikit-learn.

`python -m services.risk.shadow`, a process of its own with the environment of the risk service. It looks for
decided applications of which a challenger or a model in shadow has not spoken, and records what it says. Nothing is
lost when it is away: it goes on where it stopped.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from typing import Any, get_args
from uuid import UUID, uuid5

import structlog

from services.risk import queries
from services.risk.domain.blend import prior_shift
from services.risk.domain.challenger import ChallengerModel
from services.risk.domain.commands import RecordShadowScore
from services.risk.domain.credit_assessment import Assessed, credit_assessment
from services.risk.domain.credit_decision import conclude
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.events import AliasName
from services.risk.domain.facts import Segment
from services.risk.domain.fractions import six_places
from services.risk.domain.master_scale import grade_of
from services.risk.domain.risk_score import PD_PERCENT_MAX
from services.risk.domain.scorecard import probability
from services.risk.domain.shadow_score import shadow_score
from services.risk.main import service
from services.risk.registry import Alias, Library, folders
from shared.database import UNAVAILABLE
from shared.engine import Engine
from shared.service import open_engine
from shared.settings import Settings
from shared.telemetry import configure_logging

LOOK_SECONDS = 2.0
PAGE = 100
GOLDEN_TOLERANCE = 1e-6
BESIDE: tuple[AliasName, ...] = ("challenger", "shadow")
TRUSTED = frozenset({"sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"})
"""Types beyond the loader's own list that a file of trees may hold. Nothing else is made from a file."""
_log = structlog.get_logger()
Says = Callable[[list[list[float]]], list[float]]


class UnfitModelError(ValueError):
    """A challenger that must not be scored; the message says why."""


class NoLibraryError(RuntimeError):
    """What models are trained with is not installed here."""


@dataclass(frozen=True)
class Score:
    z: float
    pd_percent: Decimal
    grade: str


def opened(model: ChallengerModel) -> Says:
    """The trees of a challenger: rows of numbers to probabilities.

    UnfitModelError where the file is another than was approved, holds what is not trusted, or scores its golden
    applicants otherwise than it was trained to. NoLibraryError where scikit-learn and skops are not installed.
    """
    try:
        skops, numpy = import_module("skops.io"), import_module("numpy")
    except ImportError as error:
        raise NoLibraryError("challengers need liudai[training] (scikit-learn, skops)") from error
    path = next((one / model.file for one in folders() if (one / model.file).is_file()), None)
    if path is None:
        raise UnfitModelError(f"{model.model_id}: {model.file} is not there")
    raw = path.read_bytes()
    if sha256(raw).hexdigest() != model.file_sha256:
        raise UnfitModelError(f"{model.model_id}: {model.file} is not the file that was approved")
    if strange := sorted(set(skops.get_untrusted_types(data=raw)) - TRUSTED):
        raise UnfitModelError(f"{model.model_id}: {model.file} holds {', '.join(strange)}")
    trees = skops.loads(raw, trusted=sorted(TRUSTED))

    def says(rows: list[list[float]]) -> list[float]:
        found: list[float] = trees.predict_proba(numpy.array(rows))[:, 1].tolist()
        return found

    told = says([model.row(one.features) for one in model.golden])
    if any(abs(model.log_odds(p) - one.z) > GOLDEN_TOLERANCE for p, one in zip(told, model.golden, strict=True)):
        raise UnfitModelError(f"{model.model_id} does not score its golden applicants as it was trained to")
    return says


class Shadow:
    """The models beside the champions, opened when first needed, and what they have to say."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._opened: dict[str, Says | None] = {}

    async def look(self) -> int:
        """Score what waits, a page of each model; how many were scored."""
        today, library = await self._engine.today(), await self._engine.outside.shelf.library()
        scored = 0
        for segment in get_args(Segment):
            for name in BESIDE:
                alias = library.alias(name, segment, today)
                if alias is not None:
                    scored += await self._score(alias, library, today)
        return scored

    async def _score(self, alias: Alias, library: Library, today: date) -> int:
        pool = self._engine.pool
        waiting = await queries.not_shadow_scored(pool, alias.segment, alias.sha256, alias.effective_from, PAGE)
        scored = 0
        for application_id, branch in waiting:
            assessment = (await self._engine.commands.load(credit_assessment, application_id)).state
            if not isinstance(assessment, Assessed):
                continue
            score = self._of(alias, library, assessment.record)
            if score is None:
                return scored
            scored += await self._record(alias, application_id, score, today, branch)
        return scored

    async def _record(self, alias: Alias, application_id: UUID, score: Score, on: date, branch: str) -> int:
        command = RecordShadowScore(
            application_id=application_id,
            segment=alias.segment,
            alias=alias.alias,
            model_id=alias.model_id,
            sha256=alias.sha256,
            z=six_places(score.z),
            pd_percent=score.pd_percent,
            grade=score.grade,
            scored_on=on,
        )
        outcome = await self._engine.commands.handle(
            shadow_score,
            command,
            self._engine.metadata(on, branch=branch),
            command_id=uuid5(application_id, alias.sha256),
        )
        return len(outcome.events)

    def _of(self, alias: Alias, library: Library, record: DecisionRecord) -> Score | None:
        """What the model says; None where it cannot speak, which was said once."""
        stored = library.stored(alias.sha256)
        assert stored is not None, "the library has checked the alias"
        if not isinstance(stored.document, ChallengerModel):
            found = conclude(record.facts, library.with_documents(alias.segment, record.assessed_on, [stored]),
                             record.assessed_on)  # fmt: skip
            return Score(found.scored.view.z, found.scored.pd_percent, found.grade)
        if alias.sha256 not in self._opened:
            self._opened[alias.sha256] = self._open(stored.document)
        says = self._opened[alias.sha256]
        return None if says is None else challenger_score(stored.document, says, record, library)

    def _open(self, model: ChallengerModel) -> Says | None:
        try:
            return opened(model)
        except (UnfitModelError, NoLibraryError) as error:
            _log.error("challenger_refused", model=model.model_id, reason=str(error))
            return None


def challenger_score(model: ChallengerModel, says: Says, record: DecisionRecord, library: Library) -> Score:
    """The challenger's word on a recorded decision: its features, at the level of its policy, on its scale."""
    rules = library.of_record(record.documents)
    told: Mapping[str, Any] = {
        one.name: one.value if one.value is None or one.name in model.ranks else float(one.value)
        for one in record.features
        if one.name in model.features
    }
    [p] = says([model.row(told)])
    z = model.log_odds(p)
    pd = six_places(probability(z + prior_shift(model.prior, rules.central_tendency)) * 100)
    pd = min(max(pd, rules.policy.pd_floor_percent), PD_PERCENT_MAX)
    return Score(z, six_places(pd), grade_of(pd, rules.policy.master_scale).grade)


async def work(settings: Settings) -> None:
    """Score what waits until cancelled."""
    no_bus: Any = None  # the worker hears nothing and announces nothing: the service does
    async with open_engine(service, settings, no_bus) as engine:
        shadow = Shadow(engine)
        while True:
            try:
                scored = await shadow.look()
            except UNAVAILABLE as error:
                _log.warning("shadow_waits", reason=repr(error)[:300])
                scored = 0
            if not scored:
                await asyncio.sleep(LOOK_SECONDS)


def main(given: Settings | None = None) -> int:
    """Run until interrupted; 1 and a sentence where challengers cannot be scored here."""
    settings = given or Settings.load()
    configure_logging(settings.log_level)
    try:
        import_module("skops.io")
    except ImportError:
        sys.stderr.write("risk.shadow: challengers need liudai[training] (scikit-learn, skops): nothing is scored\n")
        return 1
    asyncio.run(work(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
