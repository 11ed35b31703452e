"""The application service, and what its callers send."""

from typing import Any
from uuid import UUID

from services.application.main import service
from shared.contracts import risk
from tests.application.asked import record_assessment
from tests.application.builders import COMPANY_CODE, RESIDENT_ID, TODAY
from tests.shared.running_service import RunningService

COMPANY_PARTICULARS = {
    "name": "上海流水贸易有限公司",
    "unified_social_credit_code": COMPANY_CODE,
    "legal_representative": "张三丰",
    "phone": "13800138000",
}
PERSON_PARTICULARS = {"name": "李四", "resident_id": RESIDENT_ID, "phone": "13900139000"}


def money(amount: int | str) -> dict[str, str]:
    return {"amount": str(amount)}


def statement(year: int) -> dict[str, Any]:
    figures = {
        "revenue": "12000000.00",
        "cost_of_sales": "9000000.00",
        "operating_profit": "1200000.00",
        "net_profit": "900000.00",
        "cash": "800000.00",
        "receivables": "2000000.00",
        "inventory": "1500000.00",
        "current_assets": "4500000.00",
        "total_assets": "7000000.00",
        "payables": "1000000.00",
        "current_liabilities": "2500000.00",
        "total_liabilities": "3000000.00",
    }
    return {"year": year} | {name: money(amount) for name, amount in figures.items()}


COMPANY_FACTS: dict[str, Any] = {
    "size": "small",
    "industry": "manufacturing",
    "years_in_business": 8,
    "previous": statement(2024),
    "latest": statement(2025),
    "revenue_growth_forecast_percent": "5",
    "existing_working_capital_loans": money("300000.00"),
}
PERSON_FACTS = {
    "monthly_income": money("18000.00"),
    "monthly_expenses": money("6000.00"),
    "assets": money("400000.00"),
    "debts": money("50000.00"),
    "seniority_years": 6,
    "job": "fixed",
    "home": "owner",
}


class Bank(RunningService):
    """What officers do with the service, and what risk tells it."""

    service = service
    opening_date = TODAY
    roles = "officer"

    async def assess(self, application_id: str, **found: Any) -> None:
        """Risk announces its assessment."""
        facts = dict(record_assessment(application_id=UUID(application_id), **found))
        facts["reasons"] = tuple(risk.Reason(**dict(reason)) for reason in facts["reasons"])
        await self.hear(risk.CreditAssessed(**facts, limit_candidates=()))

    async def registered(self, **particulars: Any) -> str:
        """A registered borrower, by default the company; its id."""
        answer = await self.post("/v1/borrowers", particulars or {"company": COMPANY_PARTICULARS})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["borrower_id"])

    async def submitted(self, **other: Any) -> str:
        """A submitted application, by default of the company; its id."""
        answer = await self.post("/v1/applications", application(await self.registered(), **other))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["application_id"])

    async def offered(self) -> str:
        """An application that policy approved; its id."""
        application_id = await self.submitted()
        await self.assess(application_id)
        return application_id

    async def signed(self) -> tuple[str, str]:
        """A signed contract: the ids of its application and of itself."""
        application_id = await self.offered()
        await self.post(f"/v1/applications/{application_id}/offer/accept")
        answer = await self.post(
            f"/v1/applications/{application_id}/contract", {"confirmed_annualised_rate_percent": "4.44"}
        )
        assert answer.status_code == 201, answer.text
        return application_id, answer.json()["contract_id"]


def application(borrower_id: str, **other: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "borrower_id": borrower_id,
        "product_code": "micro-fast",
        "requested_amount": money("500000.00"),
        "term_months": 12,
        "repayment_method": "equal_instalments",
        "purpose": "purchase_of_goods",
        "company": COMPANY_FACTS,
    }
    return body | other
