"""The two calls of the first hour: apply for a loan, and learn what was decided."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID, uuid5

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from services.application.domain.application_state import (
    ApplicationStatus,
    Assessed,
    Closed,
    InReview,
    LiveApplication,
    Submitted,
    status_of,
)
from services.application.domain.borrower import age_on, borrower, require_own_id
from services.application.domain.commands import SubmitApplication
from services.application.domain.events import ApplicationDeclined, ApplicationWithdrawn
from services.application.domain.facts import Reason, RepaymentMethod, Segment
from services.application.domain.loan_application import loan_application
from services.application.domain.loan_product import product_on, suited_product
from services.application.domain.use_of_funds import Purpose
from services.application.routes.answers import Loaded, approval_of, assessment_of, live
from services.application.routes.assessed import assessed
from services.application.routes.borrowers import CompanyParticulars, PersonParticulars, borrower_id_of, registration
from services.application.routes.intake import other_exposure, require_submittable
from services.application.routes.statements import (
    NIL,
    Bureau,
    Collateral,
    Company,
    Consent,
    Person,
    SmallFirm,
    SupplyChain,
)
from services.application.routes.texts import Code, Months, Percent
from services.application.routes.visibility import visible_application
from shared.engine import Engine
from shared.http import Caller, Commands, RequestBody, ServiceEngine, Today
from shared.identity import Principal
from shared.money import Money, MoneyOrNil, MoneyText, PositiveMoney
from shared.request_commands import RequestCommands

router = APIRouter(prefix="/loan", tags=["first hour"])

EXAMPLE: dict[str, Any] = {
    "amount": {"amount": "100000.00"},
    "purpose": "purchase_of_goods",
    "person": {
        "name": "李四",
        "resident_id": "11010519491231002X",
        "phone": "13900139000",
        "monthly_income": {"amount": "18000.00"},
        "monthly_expenses": {"amount": "6000.00"},
        "debts": {"amount": "50000.00"},
    },
    "bureau_consent": {"reference": "ZX-2026-000123", "given_on": "2020-01-01", "valid_until": "2099-12-31"},
}


class CompanyApplicant(CompanyParticulars, Company):
    """Who the company is, and its facts; without a forecast, revenue is taken to stay as it is."""

    revenue_growth_forecast_percent: Percent = Decimal(0)


class SmallFirmApplicant(CompanyParticulars, SmallFirm):
    """Who the firm is, and its facts; loans that are not named are taken as none."""

    existing_loans: MoneyOrNil = NIL


class PersonApplicant(PersonParticulars, Person):
    """Who the person is, and his facts; what is left out is taken as nothing, or as the least favourable."""

    assets: MoneyOrNil = NIL
    seniority_years: Annotated[int, Field(strict=True, ge=0, le=80)] = 0
    job: Literal["fixed", "partime", "freelance", "others"] = "others"
    home: Literal["owner", "rent", "parents", "private", "other", "ignore"] = "other"


class LoanRequestBody(RequestBody):
    """Exactly one of `company`, `small_firm` and `person`; with `company` a supplier's `supply_chain` too.

    With the `borrower_id` of an earlier application of the same borrower, his record is used as it is. Where the bank
    is connected to the credit bureau, people decide on an application without a valid `bureau_consent`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    amount: PositiveMoney
    purpose: Purpose
    term_months: Months = 12
    product_code: Code | None = None
    repayment_method: RepaymentMethod | None = None
    company: CompanyApplicant | None = None
    person: PersonApplicant | None = None
    small_firm: SmallFirmApplicant | None = None
    supply_chain: SupplyChain | None = None
    borrower_id: UUID | None = None
    bureau: Bureau = Bureau()
    bureau_consent: Consent | None = None
    collateral: Annotated[tuple[Collateral, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if [self.company, self.person, self.small_firm].count(None) != 2:  # noqa: PLR2004  (of three)
            raise ValueError("give exactly one of company, small_firm and person")
        if self.supply_chain is not None and self.company is None:
            raise ValueError("a supplier in a supply chain is a company")
        return self

    @property
    def firm(self) -> CompanyApplicant | SmallFirmApplicant | None:
        """The company or small firm that applies."""
        return self.company or self.small_firm

    @property
    def segment(self) -> Segment:
        if self.supply_chain is not None:
            return "supply_chain"
        if self.small_firm is not None:
            return "small_firm"
        return "company" if self.company else "person"


class LoanRequested(BaseModel):
    loan_application_id: UUID
    borrower_id: UUID
    product_code: str
    status: ApplicationStatus


class DecisionQuestion(RequestBody):
    loan_application_id: UUID


class LoanDecision(BaseModel):
    """`limit` is what risk would lend, `approved_amount` what was approved of the request; null until then."""

    loan_application_id: UUID
    status: ApplicationStatus
    decision: Literal["pending", "approved", "referred", "declined", "withdrawn"]
    score: int | None = None
    grade: str | None = None
    pd_percent: Decimal | None = None
    five_c_score: Decimal | None = None
    limit: MoneyText | None = None
    annual_rate_percent: Decimal | None = None
    approved_amount: MoneyText | None = None
    reasons: list[Reason] = []


@router.post("/apply", response_model=LoanRequested, status_code=201)
async def apply_for_loan(
    body: LoanRequestBody,
    caller: Caller,
    today: Today,
    commands: Commands,
    engine: ServiceEngine,
    dry_run: Annotated[bool, Query()] = False,
) -> Response:
    """Apply in one call: the borrower is registered if he is not known, and the application is submitted.

    Whoever gives the register or resident identity number may apply, at any branch. Particulars that differ from
    the record are refused; with `borrower_id` the application is made under the record as it is.
    """
    commands.require_key()
    borrower_id = borrower_id_of(body.firm, body.person, caller, engine)
    require_own_id(body.borrower_id, borrower_id)
    async with other_exposure(engine, borrower_id, body.amount.currency) as exposure:
        submit = _submission(body, borrower_id, caller, today, commands.new_id, exposure)
        require_submittable(submit)  # a refusal comes before anybody is registered
        await _register(body, borrower_id, caller, today, commands, engine, dry_run=dry_run)
        location = f"/v1/applications/{submit.application_id}"
        return await commands.handle(loan_application, submit, answer=_requested, status=201, location=location)


@router.post(
    "/approve",
    response_model=LoanDecision,
    responses={202: {"model": LoanDecision}},
    openapi_extra={"x-key": "none"},
)
async def read_loan_decision(body: DecisionQuestion, caller: Caller, commands: Commands) -> Response:
    """Score, limit, rate and decision, as soon as risk has spoken: waits up to 5 seconds, else 202 and where to look.

    It decides nothing: policy does, or the two people to whom it refers.
    """
    application_id = await visible_application(body.loan_application_id, commands, caller)
    decided = await assessed(application_id, commands)
    if decided is None:
        pending = LoanDecision(loan_application_id=application_id, status="submitted", decision="pending")
        headers = {"Location": f"/v1/applications/{application_id}", "Retry-After": "1"}
        return Response(pending.model_dump_json(), 202, headers=headers, media_type="application/json")
    return commands.read_answer(decided, _decision(decided))


async def _register(
    body: LoanRequestBody,
    borrower_id: UUID,
    caller: Principal,
    today: date,
    commands: RequestCommands,
    engine: Engine,
    *,
    dry_run: bool,
) -> None:
    known = await engine.commands.load(borrower, borrower_id)
    if body.borrower_id and known.version:
        return
    await engine.commands.handle(
        borrower,
        registration(borrower_id, body.firm, body.person, caller, today),
        await commands.metadata(),
        command_id=uuid5(commands.new_id, "borrower"),
        dry_run=dry_run,
    )


def _submission(
    body: LoanRequestBody, borrower_id: UUID, caller: Principal, today: date, application_id: UUID, exposure: Money
) -> SubmitApplication:
    product = (
        product_on(body.product_code, today)
        if body.product_code
        else suited_product(body.segment, body.firm.size if body.firm else None, body.amount, today)
    )
    return SubmitApplication(
        application_id=application_id,
        borrower_id=borrower_id,
        borrower_segment="company" if body.firm else "person",
        product_code=product.code,
        requested_amount=body.amount,
        term_months=body.term_months,
        repayment_method=body.repayment_method or product.repayment_methods[0],
        purpose=body.purpose,
        company=body.company.facts() if body.company else None,
        person=body.person.facts(age_on(body.person.resident_id, today)) if body.person else None,
        small_firm=body.small_firm.facts() if body.small_firm else None,
        supply_chain=body.supply_chain.facts() if body.supply_chain else None,
        bureau=body.bureau.facts(),
        bureau_consent=body.bureau_consent.facts() if body.bureau_consent else None,
        collateral=tuple(item.facts() for item in body.collateral),
        other_exposure=exposure,
        submitted_by=caller.person,
        submitted_on=today,
    )


def _requested(loaded: Loaded) -> LoanRequested:
    request = live(loaded).request
    return LoanRequested(
        loan_application_id=request.application_id,
        borrower_id=request.borrower_id,
        product_code=request.product_code,
        status=status_of(live(loaded)),
    )


def _decision(loaded: Loaded) -> LoanDecision:
    application = live(loaded)
    assessment = assessment_of(application)
    approval = approval_of(application)
    declined = application.because if isinstance(application, Closed) else None
    reasons = declined.reasons if isinstance(declined, ApplicationDeclined) else ()
    found: dict[str, Any] = dict(assessment) if assessment else {}
    shown = {name: found[name] for name in ("score", "grade", "pd_percent", "five_c_score", "limit") if found}
    rate = approval.annual_rate_percent if approval else found.get("annual_rate_percent")
    return LoanDecision(
        loan_application_id=application.request.application_id,
        status=status_of(application),
        decision=_word(application),
        **shown,
        annual_rate_percent=rate,
        approved_amount=approval.amount if approval else None,
        reasons=list(reasons or found.get("reasons", ())),
    )


def _word(application: LiveApplication) -> Literal["pending", "approved", "referred", "declined", "withdrawn"]:
    match application:
        case Submitted() | Assessed():
            return "pending"
        case InReview():
            return "referred"
        case Closed(because=ApplicationDeclined()):
            return "declined"
        case Closed(because=ApplicationWithdrawn()):
            return "withdrawn"
        case _:
            return "approved"
