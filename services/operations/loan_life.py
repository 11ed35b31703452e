"""What people of the bank do with a loan, each step in the name of whoever may: the public APIs, and nothing else.

Every POST has a key that follows from the loan and the step, so a life that was interrupted can be lived
again from the beginning: what was done answers as it did, and the rest goes on.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID, uuid5

import httpx

from services.operations.bank_client import BankClient, Refused
from services.operations.portfolio_people import Drawn, money
from services.operations.terminal import Exit, Failure

T = TypeVar("T")
WAIT_SECONDS, LOOK_SECONDS = 60.0, 0.03
_RECEIPTS = UUID("6a0c1f5e-9f0f-5d43-8a5e-2f4d6b7c8d90")
OFFICERS = ("zhang.wei", "he.jing")
REVIEWER, APPROVER, SENIOR = "li.na", "wang.fang", "chen.jie"
RELEASER, CASHIER, COLLECTOR = "liu.yang", "zhao.min", "sun.li"
MANAGERS = ("zhou.qiang", "wu.gang")

CONSENT = {"given_on": "2020-01-01", "valid_until": "2099-12-31"}
"""征信授权, the same in every life of a loan, whichever day it is lived on."""
CLEAN_RECORD = {
    "overdue_count_24_months": 0,
    "worst_days_past_due": 0,
    "has_unpaid_default": False,
    "court_cases_open": 0,
}


@dataclass(frozen=True)
class Wish:
    """What a borrower asks for."""

    borrower: Drawn
    amount_yuan: int
    term_months: int
    product: str
    method: str = "equal_instalments"
    purpose: str = "purchase_of_goods"
    bureau: Mapping[str, Any] = field(default_factory=lambda: CLEAN_RECORD)
    collateral: tuple[Mapping[str, Any], ...] = ()


def wait_for(look: Callable[[], T | None], what: str, seconds: float = WAIT_SECONDS) -> T:
    """The first thing that `look` finds; a Failure naming `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise Failure(Exit.WRONG, f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(LOOK_SECONDS)


class LoanLife:
    """One loan, step by step. `key` is the beginning of every idempotency key of this life."""

    def __init__(self, client: BankClient, wish: Wish, key: str, officer: str = OFFICERS[0]) -> None:
        self.client, self.wish, self._key, self.officer = client, wish, key, officer
        self.application_id = self.contract_id = self.loan_id = self.borrower_id = ""

    @property
    def ids(self) -> set[str]:
        """Every id by which a fact can concern this loan."""
        return {self.application_id, self.contract_id, self.loan_id, self.borrower_id} - {""}

    def post(self, service: str, path: str, body: Mapping[str, Any] | None, as_: str, step: str) -> Any:
        """A POST under the key of this life and `step`; {} where it was done before, with figures of that day."""
        try:
            return self.client.post(service, path, body, as_=as_, key=f"{self._key}-{step}")
        except Refused as refused:
            if "idempotency-key-reused" not in str(refused.problem):
                raise
            return {}

    def apply(self) -> str:
        """申请: hand the application in. Returns its id."""
        wish = self.wish
        body = {
            "amount": money(wish.amount_yuan),
            "purpose": wish.purpose,
            "term_months": wish.term_months,
            "product_code": wish.product,
            "repayment_method": wish.method,
            wish.borrower.segment: {**wish.borrower.particulars, **wish.borrower.facts},
            **wish.borrower.beside,
            "bureau": dict(wish.bureau),
            "bureau_consent": {"reference": f"ZX-{self._key}", **CONSENT},
            "collateral": [dict(item) for item in wish.collateral],
        }
        said = self.post("application", "/loan/apply", body, self.officer, "apply")
        self.application_id, self.borrower_id = said["loan_application_id"], said["borrower_id"]
        return self.application_id

    def decision(self) -> dict[str, Any]:
        """What risk and policy have said, as soon as they have."""
        asked = {"loan_application_id": self.application_id}

        def look() -> dict[str, Any] | None:
            # A new key each time: a question has no effect that could be repeated.
            said: dict[str, Any] = self.client.post("application", "/loan/approve", asked, as_=self.officer)
            return said if said["decision"] != "pending" else None

        return wait_for(look, f"the assessment of application {self.application_id}")

    @property
    def _application(self) -> str:
        return f"/v1/applications/{self.application_id}"

    def recommend(self, *, approve: bool = True) -> dict[str, Any]:
        """审查: the first person's opinion; above the assessed limit it needs a reason."""
        body: dict[str, Any] = {"recommendation": "approve", "opinion": "现金流与用途核实无误，建议批准。"}
        if not approve:
            body = {
                "recommendation": "decline",
                "decline_codes": ["repayment_capacity"],
                "opinion": "还款来源不足，建议不予批准。",
            }
        said: dict[str, Any] = self.post("application", f"{self._application}/recommendation", body, REVIEWER, "review")
        return said

    def decide(self, *, approve: bool = True) -> dict[str, Any]:
        """审批: the second person's decision; a senior one's where the amount or the price needs it."""
        body = {"decision": "approve" if approve else "decline"}
        path = f"{self._application}/decision"
        try:
            said: dict[str, Any] = self.post("application", path, body, APPROVER, "decide")
        except Refused as refused:
            if "authority" not in str(refused.problem.get("type", "")):
                raise
            said = self.post("application", path, body, SENIOR, "decide")
        return said

    def approved(self) -> bool:
        """Have it approved, by policy or by two people; whether it was."""
        decision = self.decision()["decision"]
        if decision == "referred":
            self.recommend()
            self.decide()
            return True
        return bool(decision == "approved")

    def offer(self) -> dict[str, Any]:
        """The bank's offer with its cost statement."""
        found: dict[str, Any] = self.client.get("application", f"{self._application}/offer", self.officer)
        return found

    def sign(self) -> str:
        """签约: accept, confirm the cost that was shown, sign. Returns the contract's id."""
        self.post("application", f"{self._application}/offer/accept", None, self.officer, "accept")
        shown = self.offer()["cost_statement"]["annualised_rate_percent"]
        body = {"confirmed_annualised_rate_percent": shown}
        signed = self.post("application", f"{self._application}/contract", body, self.officer, "sign")
        self.contract_id = signed["contract_id"]
        return self.contract_id

    def draw(self, account: str, payee: Mapping[str, str] | None = None) -> str:
        """提款: ask for the whole limit, to the borrower's own account or to a payee. Returns the loan's id."""
        facility = wait_for(self._facility, f"the facility of contract {self.contract_id}")
        body: dict[str, Any] = {
            "amount": facility["limit"],
            "payment_mode": "entrusted" if payee else "self",
            "borrower_account": account,
            "business_use": self.wish.borrower.segment == "person" and payee is None,
        }
        if payee:
            body |= {"payee": dict(payee), "trade_contract": f"HT-{self.contract_id[:8]}"}
        path = f"/v1/facilities/{self.contract_id}/drawdowns"
        self.loan_id = self.post("disbursement", path, body, self.officer, "draw")["drawdown_id"]
        return self.loan_id

    def _facility(self) -> dict[str, Any] | None:
        answer = self.client.try_get("disbursement", f"/v1/facilities/{self.contract_id}", self.officer)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise Refused(answer)
        found: dict[str, Any] = answer.json()
        return found

    @property
    def _drawdown(self) -> str:
        return f"/v1/facilities/{self.contract_id}/drawdowns/{self.loan_id}"

    def release(self) -> None:
        """放款: a second person lets the money go."""
        self.post("disbursement", f"{self._drawdown}/release", None, RELEASER, "release")

    def payment_status(self) -> str:
        """What became of the payment, as soon as core banking has answered or failed to."""

        def look() -> str | None:
            status = self.client.get("disbursement", self._drawdown, self.officer)["status"]
            return None if status == "instructed" else str(status)

        return wait_for(look, f"the payment of loan {self.loan_id}")

    def schedule(self) -> list[dict[str, Any]]:
        """The rows of the repayment schedule, as soon as the loan is booked."""

        def look() -> list[dict[str, Any]] | None:
            answer = self.client.try_get("repayment", f"/v1/loans/{self.loan_id}/schedule", CASHIER)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            if answer.is_error:
                raise Refused(answer)
            rows: list[dict[str, Any]] = answer.json()["items"]
            return rows

        return wait_for(look, f"the booking of loan {self.loan_id}")

    def loan(self) -> dict[str, Any]:
        """The loan and what it owes on the business date."""
        found: dict[str, Any] = self.client.get("repayment", f"/v1/loans/{self.loan_id}", CASHIER)
        return found

    def repay(self, amount: Mapping[str, str], step: str) -> dict[str, Any]:
        """还款: post a receipt of today."""
        body = {"receipt_id": str(self.receipt(step)), "amount": dict(amount)}
        said: dict[str, Any] = self.post(
            "repayment", f"/v1/loans/{self.loan_id}/repayments", body, CASHIER, f"repay-{step}"
        )
        return said

    def pay_off(self) -> dict[str, Any]:
        """提前结清: pay exactly what is owed today."""
        quote = self.client.get("repayment", f"/v1/loans/{self.loan_id}/payoff-quote", CASHIER)
        body = {"receipt_id": str(self.receipt("payoff")), "amount": quote["amount"]}
        said: dict[str, Any] = self.post("repayment", f"/v1/loans/{self.loan_id}/payoff", body, CASHIER, "payoff")
        return said

    def receipt(self, step: str) -> UUID:
        """The payer's own id of a receipt."""
        return uuid5(_RECEIPTS, f"{self.loan_id}/{self._key}/{step}")

    @property
    def _case(self) -> str:
        return f"/v1/cases/{self.loan_id}"

    def contact(self, step: str, result: str = "promised", channel: str = "phone") -> None:
        """催收联系: record that the debtor was reached, within the hours of conduct."""
        body = {"direction": "outbound", "channel": channel, "result": result, "local_time": "10:30"}
        self.post("collection", f"{self._case}/contacts", body, COLLECTOR, f"contact-{step}")

    def promise(self, due_on: date, step: str) -> dict[str, str]:
        """承诺还款: the debtor promises everything that is past due. Returns the amount."""
        amount: dict[str, str] = self.client.get("collection", self._case, COLLECTOR)["overdue"]
        body = {"amount": amount, "due_on": due_on.isoformat()}
        self.post("collection", f"{self._case}/promises", body, COLLECTOR, f"promise-{step}")
        return amount

    def propose_write_off(self, *evidence: Mapping[str, str]) -> str:
        """核销申请: one manager proposes. Returns the proposal's id."""
        body = {"evidence": [dict(paper) for paper in evidence]}
        said = self.post("collection", f"{self._case}/write-off-proposals", body, MANAGERS[0], "propose")
        return str(said["proposal_id"])

    def approve_write_off(self, proposal_id: str) -> None:
        """核销审批: the other manager approves."""
        body = {"decision": "approve", "reason": "已终结执行，无可供执行的财产。"}
        path = f"{self._case}/write-off-proposals/{proposal_id}/decision"
        self.post("collection", path, body, MANAGERS[1], "write-off")
