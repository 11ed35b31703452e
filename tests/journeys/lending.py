"""What people do with a loan, one step at a time, through the public APIs, waiting for what must come before."""

from typing import Any
from uuid import uuid4

from tests.journeys import applicants
from tests.journeys.applicants import Record, yuan
from tests.journeys.bank import CASHIER, OFFICER, OPERATOR, RELEASER, Bank
from tests.journeys.keeping import eventually

Json = Any

ACCOUNT = "6222020200112233445"
PAYEE = {"name": "甲供应商", "account": "6222020200998877665", "bank": "工商银行"}


def apply(bank: Bank, record: Record = "clean", *, by: str = OFFICER, **terms: Any) -> str:
    """Register a new company and submit its application. The application's id."""
    borrower = bank.post("application", "/v1/borrowers", {"company": applicants.particulars()}, by=by)
    body = applicants.request(record, **terms) | {"borrower_id": borrower["borrower_id"]}
    return str(bank.post("application", "/v1/applications", body, by=by)["application_id"])


def application(bank: Bank, application_id: str) -> Json:
    return bank.get("application", f"/v1/applications/{application_id}")


def await_application(bank: Bank, application_id: str, status: str, *, seconds: float = 20.0) -> Json:
    """The application as soon as it has come to `status`."""
    eventually(
        lambda: application(bank, application_id)["status"] == status,
        seconds=seconds,
        saying=lambda: f"the application is {application(bank, application_id)['status']}, not {status}",
    )
    return application(bank, application_id)


def recommendation() -> Json:
    return {"recommendation": "approve", "opinion": "orders on hand, pays its suppliers in time"}


def contract(bank: Bank, application_id: str) -> Json:
    """Accept the offer and sign, the cost statement read; return when disbursement knows the facility."""
    offered = await_application(bank, application_id, "offered")["offer"]
    path = f"/v1/applications/{application_id}"
    bank.post("application", f"{path}/offer/accept", by=OFFICER)
    shown = offered["cost_statement"]["annualised_rate_percent"]
    signed = bank.post("application", f"{path}/contract", {"confirmed_annualised_rate_percent": shown}, by=OFFICER)
    contract_id = signed["contract_id"]
    eventually(
        lambda: bank.call("GET", "disbursement", f"/v1/facilities/{contract_id}", by=OPERATOR).is_success,
        saying=lambda: "no facility was opened",
    )
    return signed


def request_drawdown(bank: Bank, signed: Json, *, account: str = ACCOUNT, entrusted: bool = False) -> Json:
    """Ask for the whole limit: to the borrower's own account, or to its supplier."""
    payment: Json = {"payment_mode": "self", "borrower_account": account}
    if entrusted:
        payment = {
            "payment_mode": "entrusted",
            "borrower_account": ACCOUNT,
            "payee": PAYEE | {"account": account if account != ACCOUNT else PAYEE["account"]},
            "trade_contract": "HT-2026-001",
        }
    path = f"/v1/facilities/{signed['contract_id']}/drawdowns"
    return bank.post("disbursement", path, {"amount": signed["limit"]} | payment, by=OFFICER)


def release(bank: Bank, drawdown: Json, *, by: str = RELEASER) -> Json:
    path = f"/v1/facilities/{drawdown['contract_id']}/drawdowns/{drawdown['drawdown_id']}/release"
    return bank.post("disbursement", path, by=by)


def await_drawdown(bank: Bank, drawdown: Json, status: str, *, seconds: float = 20.0) -> Json:
    """The drawdown as soon as it has come to `status`."""
    path = f"/v1/facilities/{drawdown['contract_id']}/drawdowns/{drawdown['drawdown_id']}"
    eventually(
        lambda: bank.get("disbursement", path)["status"] == status,
        seconds=seconds,
        saying=lambda: f"the drawdown is {bank.get('disbursement', path)['status']}, not {status}",
    )
    return bank.get("disbursement", path)


def await_booked(bank: Bank, loan_id: str) -> Json:
    """The loan as soon as repayment has booked it."""
    eventually(
        lambda: bank.call("GET", "repayment", f"/v1/loans/{loan_id}", by=OPERATOR).is_success,
        saying=lambda: f"loan {loan_id} was not booked",
    )
    return loan(bank, loan_id)


def loan(bank: Bank, loan_id: str) -> Json:
    return bank.get("repayment", f"/v1/loans/{loan_id}")


def disbursed(bank: Bank, **terms: Any) -> Json:
    """A loan whose money has gone out, from application on."""
    drawdown = request_drawdown(bank, contract(bank, apply(bank, **terms)))
    release(bank, drawdown)
    return await_booked(bank, drawdown["drawdown_id"])


def repay(bank: Bank, loan_id: str, amount: str) -> Json:
    """A receipt of its own."""
    body = {"receipt_id": str(uuid4()), "amount": yuan(amount)}
    return bank.post("repayment", f"/v1/loans/{loan_id}/repayments", body, by=CASHIER)


def case(bank: Bank, loan_id: str) -> Json:
    """The collection case of a loan, which must be there."""
    return bank.get("collection", f"/v1/cases/{loan_id}")


def await_case(bank: Bank, loan_id: str, status: str) -> Json:
    """The case as soon as it has come to `status`."""

    def now() -> str:
        answer = bank.call("GET", "collection", f"/v1/cases/{loan_id}", by=OPERATOR)
        return str(answer.json()["status"]) if answer.is_success else "not there"

    eventually(lambda: now() == status, saying=lambda: f"the case is {now()}, not {status}")
    return case(bank, loan_id)
