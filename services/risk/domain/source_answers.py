"""外部数据: what credit bureau, company registry, courts and tax say of a subject: figures only, never who it is."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.messages import Value
from shared.money import Money

Source = Literal["bureau", "registry", "courts", "tax"]
Status = Literal["answered", "not_found", "no_consent", "timed_out", "unavailable", "malformed", "not_configured"]
"""`not_configured`: the bank has no such source, so nobody was asked. Every other status but `answered` refers."""

Count = Annotated[int, Field(ge=0, le=100_000)]


class BureauConsent(Value):
    """征信授权: the borrower lets the bank ask the bureau, from a day to a day (inclusive)."""

    reference: str
    given_on: date
    valid_until: date

    def is_valid_on(self, day: date) -> bool:
        """Whether the bureau may be asked on `day`."""
        return self.given_on <= day <= self.valid_until


class BureauAnswer(Value):
    """征信: how the subject pays its lenders; working-capital loans of all banks, for a company."""

    overdue_count_24_months: Count
    worst_days_past_due: Count
    has_unpaid_default: bool
    working_capital_loans: Money | None = None


class RegistryAnswer(Value):
    """工商登记: `abnormal` is listed for irregular operation (经营异常名录)."""

    registration: Literal["active", "abnormal", "revoked", "deregistered"]
    established_on: date


class CourtsAnswer(Value):
    """司法: open cases, and whether the subject is listed for dishonesty in execution (失信被执行人)."""

    cases_open: Count
    is_dishonest: bool


class TaxAnswer(Value):
    """税务·发票: revenue by returns and by invoices, of the last twelve months; whether tax is in arrears (欠税)."""

    taxed_revenue: Money | None = None
    invoiced_revenue: Money | None = None
    in_arrears: bool


class SourceAnswer(Value):
    """What one source said: its own part is set where it `answered`, and no other."""

    source: Source
    status: Status
    bureau: BureauAnswer | None = Field(default=None, exclude_if=lambda told: told is None)
    registry: RegistryAnswer | None = Field(default=None, exclude_if=lambda told: told is None)
    courts: CourtsAnswer | None = Field(default=None, exclude_if=lambda told: told is None)
    tax: TaxAnswer | None = Field(default=None, exclude_if=lambda told: told is None)


def sources_of(segment: str) -> tuple[Source, ...]:
    """Whom to ask about a borrower of the segment. A person is in no company registry and keeps no books."""
    return ("bureau", "courts") if segment == "person" else ("bureau", "registry", "courts", "tax")


def asked(answers: Iterable[SourceAnswer]) -> tuple[SourceAnswer, ...]:
    """Those whom the bank has."""
    return tuple(one for one in answers if one.status != "not_configured")


def silences(answers: Iterable[SourceAnswer]) -> Iterator[str]:
    """The cause of referral of each source that did not answer, by its name among the reasons."""
    for one in answers:
        match one.status:
            case "answered" | "not_configured":
                continue
            case "no_consent":
                yield "no_consent"
            case "not_found":
                yield f"{one.source}_not_found"
            case _:
                yield f"{one.source}_silent"


def months_since(day: date, on: date) -> int:
    """Whole months that have passed since `day`; 0 before the first one has."""
    months = (on.year - day.year) * 12 + on.month - day.month - (on.day < day.day)
    return max(months, 0)
