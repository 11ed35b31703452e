"""Collection strategy (催收策略) as versioned data: what is done at each stage, and the bounds of conduct.

Nothing here is read from the environment: a changed bound is a new version with the day it takes effect, and
facts carry the version that governed them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Literal

EvidenceKind = Literal[
    "court_ruling", "bankruptcy_closure", "deregistration", "death_or_disappearance", "disaster_loss"
]
"""Papers for a write-off: 终结执行裁定, 破产清算终结, 注销或吊销, 死亡或失踪, 重大自然灾害损失."""

LoanClass = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
"""五级分类: 正常, 关注, 次级, 可疑, 损失. Risk alone decides it; collection takes note of it."""

Action = Literal[
    "sms_reminder",
    "phone_call",
    "dunning_letter",
    "site_visit",
    "guarantor_demand",
    "collateral_enforcement",
    "legal_action",
    "write_off_review",
]


class Stage(StrEnum):
    """Delinquency stage (逾期阶段) by days past due: S1 1–30, S2 31–60, S3 61–90, S4 from 91."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


@dataclass(frozen=True)
class StagePlan:
    """What a collector does at one stage, and how many days may pass between two attempts."""

    actions: tuple[Action, ...]
    contact_every_days: int


@dataclass(frozen=True)
class Strategy:
    """One version of the strategy, in force from `effective_on` until the next one's day.

    `contact_from` is included and `contact_until` excluded, both the local time of the person contacted. No loan
    of the bank bears more penalty interest than `penalty_rate_percent_max` a year (民法典 680; the bank's own cap).
    """

    version: str
    effective_on: date
    plans: Mapping[Stage, StagePlan]
    promise_days_max: int
    contact_from: time
    contact_until: time
    contacts_per_day_max: int
    write_off_classes: frozenset[LoanClass]
    write_off_days_past_due_over: int
    write_off_evidence: frozenset[EvidenceKind]
    penalty_rate_percent_max: Decimal = Decimal(24)


STRATEGIES = (
    Strategy(
        version="2020-1",
        effective_on=date(2020, 1, 1),
        plans={
            Stage.S1: StagePlan(("sms_reminder", "phone_call"), contact_every_days=3),
            Stage.S2: StagePlan(("phone_call", "dunning_letter"), contact_every_days=3),
            Stage.S3: StagePlan(("site_visit", "dunning_letter", "guarantor_demand"), contact_every_days=7),
            Stage.S4: StagePlan(("legal_action", "collateral_enforcement", "write_off_review"), contact_every_days=15),
        },
        promise_days_max=14,
        contact_from=time(8),
        contact_until=time(22),
        contacts_per_day_max=3,
        write_off_classes=frozenset({"doubtful", "loss"}),
        write_off_days_past_due_over=360,
        write_off_evidence=frozenset(
            {
                "court_ruling",
                "bankruptcy_closure",
                "deregistration",
                "death_or_disappearance",
                "disaster_loss",
            }
        ),
    ),
)
"""All versions, oldest first.

The hours and the three contacts a day are defaults on the careful side, from general knowledge of the rules
on collection conduct; likewise the write-off conditions and papers, after 财政部 金融企业呆账核销管理办法,
whose text was not at hand. A bank sets its own by adding a version.
"""


def strategy_on(business_date: date) -> Strategy:
    """The version in force on `business_date`; before the first one, the first one."""
    in_force = [strategy for strategy in STRATEGIES if strategy.effective_on <= business_date]
    return in_force[-1] if in_force else STRATEGIES[0]
