"""贷款损失准备: what must be held against loans by class and against a whole book; when interest is income."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.risk.calculations.grounds import NO_MONEY, Grounds, in_currency_of, money_shown
from services.risk.domain.asset_class import (
    SPECIFIC_RATE_PERCENT,
    AssetClass,
    general_provision,
    specific_provision,
)
from services.risk.domain.expected_credit_loss import Stage
from services.risk.domain.fractions import HUNDRED, Share, six_places
from services.risk.domain.loan_loss_allowance import (
    COVERAGE_PERCENT,
    LOAN_PROVISION_PERCENT,
    IncomeRegime,
    accrual,
    supervisory_allowance,
)
from shared.http import RequestBody
from shared.money import MoneyOrNil, MoneyText
from shared.problem_details import refused

Days = Annotated[int, Field(ge=0, le=100_000)]


class LoanBody(RequestBody):
    """A balance and its class; `float_percent` moves the rate of substandard and doubtful loans by a fifth at most."""

    asset_class: AssetClass
    balance: MoneyOrNil
    float_percent: Annotated[Decimal, Field(ge=-20, le=20, decimal_places=6)] = Decimal(0)


class BookBody(RequestBody):
    """A whole book and the allowance that is held against it."""

    loans: MoneyOrNil
    non_performing: MoneyOrNil
    held: MoneyOrNil
    loan_provision_percent: Share = LOAN_PROVISION_PERCENT
    coverage_percent: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)] = COVERAGE_PERCENT


class InterestBody(RequestBody):
    """Interest that is booked but unpaid; under which rule it is income."""

    days_past_due: Days
    accrued_interest: MoneyOrNil
    carrying_amount: MoneyOrNil = NO_MONEY
    allowance: MoneyOrNil = NO_MONEY
    stage: Stage = 1
    regime: IncomeRegime = "cas_22"


class ProvisionBody(RequestBody):
    """Any of the three: loans by class, a whole book, unpaid interest. All in one currency."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "loans": [
                        {"asset_class": "doubtful", "balance": {"amount": "1000000.00"}, "float_percent": "20"},
                        {"asset_class": "normal", "balance": {"amount": "99000000.00"}},
                    ],
                    "book": {
                        "loans": {"amount": "100000000.00"},
                        "non_performing": {"amount": "1000000.00"},
                        "held": {"amount": "2000000.00"},
                    },
                }
            ]
        }
    )
    loans: Annotated[tuple[LoanBody, ...], Field(max_length=1000)] = ()
    book: BookBody | None = None
    interest: InterestBody | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.loans and self.book is None and self.interest is None:
            raise ValueError("give loans, book or interest")
        return self


class LoanProvision(BaseModel):
    """The specific provision at the floated rate, its bounds, and the general one that every loan needs on top."""

    asset_class: AssetClass
    rate_percent: Decimal
    specific: MoneyText
    specific_low: MoneyText
    specific_high: MoneyText
    general: MoneyText


class BookProvision(BaseModel):
    """What the supervisor requires: the higher of both measures."""

    required: MoneyText
    by_loans: MoneyText
    by_non_performing: MoneyText
    shortfall: MoneyText
    loan_provision_percent: Decimal | None
    coverage_percent: Decimal | None


class InterestView(BaseModel):
    """Whether interest still is income, what is taken back out of it, and what it runs on."""

    accrues: bool
    reversed_income: MoneyText
    off_balance: MoneyText
    earning_base: MoneyText


class ProvisionView(BaseModel):
    loans: list[LoanProvision]
    specific: MoneyText
    general: MoneyText
    book: BookProvision | None
    interest: InterestView | None


def provision(body: ProvisionBody, grounds: Grounds) -> ProvisionView:
    """Specific by class (0, 2, 25, 50, 100 %), general 1 % of all loans on top, and the supervisor's requirement."""
    del grounds
    currency = _currency_of(body)
    in_currency_of(currency, body)
    loans = [_loan_provision(number, one, currency) for number, one in enumerate(body.loans)]
    specific = sum(
        (
            specific_provision(one.asset_class, one.balance.amount, float_percent=one.float_percent)
            for one in body.loans
        ),
        Decimal(0),
    )
    general = general_provision(sum((one.balance.amount for one in body.loans), Decimal(0)))
    return ProvisionView(
        loans=loans,
        specific=money_shown(specific, currency),
        general=money_shown(general, currency),
        book=None if body.book is None else _book_provision(body.book, currency),
        interest=None if body.interest is None else _interest(body.interest, currency),
    )


def _currency_of(body: ProvisionBody) -> str:
    if body.loans:
        return body.loans[0].balance.currency
    if body.book is not None:
        return body.book.loans.currency
    assert body.interest is not None, "one of the three was given"
    return body.interest.accrued_interest.currency


def _loan_provision(number: int, loan: LoanBody, currency: str) -> LoanProvision:
    try:
        amounts = [specific_provision(loan.asset_class, loan.balance.amount, float_percent=loan.float_percent)]
    except ValueError as error:
        raise refused(f"loans.{number}.float_percent", "class_may_not_float", str(error)) from error
    for share in (Decimal(-20), Decimal(20)):
        try:
            amounts.append(specific_provision(loan.asset_class, loan.balance.amount, float_percent=share))
        except ValueError:
            amounts.append(amounts[0])
    return LoanProvision(
        asset_class=loan.asset_class,
        rate_percent=SPECIFIC_RATE_PERCENT[loan.asset_class] * (HUNDRED + loan.float_percent) / HUNDRED,
        specific=money_shown(amounts[0], currency),
        specific_low=money_shown(amounts[1], currency),
        specific_high=money_shown(amounts[2], currency),
        general=money_shown(general_provision(loan.balance.amount), currency),
    )


def _book_provision(book: BookBody, currency: str) -> BookProvision:
    if book.non_performing > book.loans:
        raise refused("book.non_performing", "part_of_loans", "no more can be non-performing than all loans")
    found = supervisory_allowance(
        book.loans.amount,
        book.non_performing.amount,
        book.held.amount,
        loan_provision_percent=book.loan_provision_percent,
        coverage_percent=book.coverage_percent,
    )
    by_loans, coverage = found.loan_provision_percent, found.coverage_percent
    return BookProvision(
        required=money_shown(found.required, currency),
        by_loans=money_shown(found.by_loans, currency),
        by_non_performing=money_shown(found.by_non_performing, currency),
        shortfall=money_shown(found.shortfall, currency),
        loan_provision_percent=None if by_loans is None else six_places(by_loans),
        coverage_percent=None if coverage is None else six_places(coverage),
    )


def _interest(interest: InterestBody, currency: str) -> InterestView:
    found = accrual(
        interest.regime,
        days_past_due=interest.days_past_due,
        stage=interest.stage,
        accrued_interest=interest.accrued_interest.amount,
        carrying_amount=interest.carrying_amount.amount,
        allowance=interest.allowance.amount,
    )
    return InterestView(
        accrues=found.accrues,
        reversed_income=money_shown(found.reversed_income, currency),
        off_balance=money_shown(found.off_balance, currency),
        earning_base=money_shown(found.earning_base, currency),
    )
