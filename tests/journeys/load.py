"""Clients that drive loans of every kind through a bank that is being broken, and remember what they were told."""

import random
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import httpx

from tests.journeys import applicants, lending
from tests.journeys.applicants import Record, yuan
from tests.journeys.bank import APPROVER, CASHIER, OFFICER, OPERATOR, RELEASER, REVIEWER
from tests.journeys.history import Evidence, History, Operation

Json = Any
T = TypeVar("T")
Steps = Generator[str, None, T]
"""Says how far a life has come after each step."""

WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.15
PAUSE_SECONDS_MAX = 0.3
CLOSE_EVERY_SECONDS = 7.0

RECORDS: tuple[Record, ...] = ("clean", "unknown", "default")
RECORD_WEIGHTS = (75, 15, 10)
ACCOUNTS = (lending.ACCOUNT, "6222020200110001", "6222020200110002", "6222020200110003")
"""Paid; refused; paid in silence; not paid and in silence."""
ACCOUNT_WEIGHTS = (80, 5, 10, 5)

MAY_HAPPEN = frozenset({"payoff-amount-differs"})
"""Refusals that a correct client can meet: the date moved between quote and payment."""


class Over(Exception):  # noqa: N818
    """This loan's life ends here: an outcome stayed unknown, or time is up."""


@dataclass
class Load:
    """What the clients did, and what surprised them. `ends` counts lives by how far they came.

    `impatient_share` of the operations are left unknown at the first silence.
    """

    history: History
    impatient_share: float = 0.1
    stopping: threading.Event = field(default_factory=threading.Event)
    surprises: list[str] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    def note_end(self, how: str) -> None:
        self.ends[how] = self.ends.get(how, 0) + 1


class Client:
    """One at a time, loans from application to their end. Everything it chooses follows from its seed."""

    def __init__(self, load: Load, seed: int, *, pause_seconds_max: float = PAUSE_SECONDS_MAX) -> None:
        self._load, self._bank, self._chance = load, load.history.bank, random.Random(seed)
        self._pause_seconds_max = pause_seconds_max

    def live(self, record: Record | None = None, account: str | None = None) -> None:
        """One loan. Ends early where an outcome stays unknown, or when the load is stopped."""
        self._record = record or self._chance.choices(RECORDS, RECORD_WEIGHTS)[0]
        self._account = account or self._chance.choices(ACCOUNTS, ACCOUNT_WEIGHTS)[0]
        at = "nothing"
        try:
            for at in self._steps():  # noqa: B007  (how far it came is told below)
                time.sleep(self._chance.uniform(0, self._pause_seconds_max))
        except Over:
            self._load.note_end(f"over after {at}")
        else:
            self._load.note_end(at)

    def _steps(self) -> Iterator[str]:
        application_id = yield from self._apply()
        if application_id is None:
            return
        contract_id, limit = yield from self._sign(application_id)
        loan_id = yield from self._draw(contract_id, limit)
        if loan_id is not None:
            yield from self._repay(loan_id)

    def _apply(self) -> Steps[str | None]:
        who = applicants.particulars()
        code = who["unified_social_credit_code"]
        fact = Evidence("application", "BorrowerRegistered", ("company", "unified_social_credit_code"), code)
        borrower_id = self._do("/v1/borrowers", {"company": who}, by=OFFICER, fact=fact)["borrower_id"]
        yield "registered"
        body = applicants.request(self._record) | {"borrower_id": borrower_id}
        fact = Evidence("application", "ApplicationSubmitted", ("borrower_id",), borrower_id)
        application_id: str = self._do("/v1/applications", body, by=OFFICER, fact=fact)["application_id"]
        yield "applied"
        path = f"/v1/applications/{application_id}"
        decided = self._await("application", path, lambda it: it["status"] != "submitted")
        if decided["status"] == "declined":
            self._refused(f"{path}/offer/accept", {}, by=OFFICER, fact=self._of("OfferAccepted", application_id))
            yield "declined"
            return None
        if decided["status"] == "in_review":
            recommended = self._of("ReviewRecommended", application_id)
            self._do(f"{path}/recommendation", lending.recommendation(), by=REVIEWER, fact=recommended)
            yield "recommended"
            approved = self._of("ApplicationApproved", application_id)
            self._do(f"{path}/decision", {"decision": "approve"}, by=APPROVER, fact=approved)
        yield "approved"
        return application_id

    def _sign(self, application_id: str) -> Steps[tuple[str, Json]]:
        path = f"/v1/applications/{application_id}"
        offer = self._await("application", f"{path}/offer", lambda _it: True)
        self._do(f"{path}/offer/accept", {}, by=OFFICER, fact=self._of("OfferAccepted", application_id))
        yield "accepted"
        shown = {"confirmed_annualised_rate_percent": offer["cost_statement"]["annualised_rate_percent"]}
        signed = self._do(f"{path}/contract", shown, by=OFFICER, fact=self._of("ContractSigned", application_id))
        withdrawal = {"reason": "entered_in_error"}
        self._refused(f"{path}/withdraw", withdrawal, by=OFFICER, fact=self._of("ApplicationWithdrawn", application_id))
        yield "signed"
        return signed["contract_id"], signed["limit"]

    def _draw(self, contract_id: str, limit: Json) -> Steps[str | None]:
        path = f"/v1/facilities/{contract_id}"
        self._await("disbursement", path, lambda _it: True)
        paid: Json = {"borrower_account": self._account, "payment_mode": "self"}
        if self._record == "unknown":  # a new relation of average credit: the supplier is paid
            payee = lending.PAYEE | ({} if self._account == lending.ACCOUNT else {"account": self._account})
            paid = {"borrower_account": lending.ACCOUNT, "payment_mode": "entrusted", "payee": payee}
        too_much = paid | {"amount": yuan("120000.01"), "trade_contract": f"{contract_id} too much"}
        self._refused(f"{path}/drawdowns", too_much, by=OFFICER, fact=self._drawn(f"{contract_id} too much"))
        body = paid | {"amount": limit, "trade_contract": contract_id}
        drawn = self._do(f"{path}/drawdowns", body, by=OFFICER, fact=self._drawn(contract_id))
        loan_id: str = drawn["drawdown_id"]
        yield "drawn"
        path = f"{path}/drawdowns/{loan_id}"
        instructed = Evidence("disbursement", "PaymentInstructed", ("drawdown_id",), loan_id)
        self._do(f"{path}/release", {}, by=RELEASER, fact=instructed)
        yield "released"
        ended = self._await("disbursement", path, lambda it: it["status"] in {"disbursed", "failed"})
        yield ended["status"]
        return loan_id if ended["status"] == "disbursed" else None

    def _repay(self, loan_id: str) -> Steps[None]:
        path = f"/v1/loans/{loan_id}"
        self._await("repayment", path, lambda _it: True)
        receipt_id = self._id()
        receipt, once = {"receipt_id": receipt_id, "amount": yuan(1000)}, self._received(receipt_id)
        self._do(f"{path}/repayments", receipt, by=CASHIER, fact=once)
        yield "repaid in part"
        self._do(f"{path}/repayments", receipt, by=CASHIER, fact=once)  # the payer's system sends it twice
        if self._chance.random() < 0.3:
            yield "left open"
            return
        paid = self._pay_off(path)
        while paid.outcome == "fail":
            paid = self._pay_off(path)
        yield "paid off"
        receipt_id = self._id()
        late = {"receipt_id": receipt_id, "amount": yuan(1)}
        refused = self._refused(f"{path}/repayments", late, by=CASHIER, fact=self._received(receipt_id))
        if refused.outcome == "fail" and refused.problem != "loan-settled":
            self._load.surprises.append(str(refused))
        yield "settled"

    def _pay_off(self, path: str) -> Operation:
        quote = self._await("repayment", f"{path}/payoff-quote", lambda _it: True)
        body = {"receipt_id": self._id(), "amount": quote["amount"]}
        fact = self._received(body["receipt_id"])
        return self._perform(f"{path}/payoff", body, by=CASHIER, fact=fact, may=MAY_HAPPEN)

    # --- the grammar of the steps -------------------------------------------------------------------------

    def _do(self, path: str, body: Json, *, by: str, fact: Evidence) -> Json:
        """An operation that must succeed, or stay unknown."""
        return self._perform(path, body, by=by, fact=fact).answer

    def _perform(
        self, path: str, body: Json, *, by: str, fact: Evidence, may: frozenset[str] = frozenset()
    ) -> Operation:
        operation = self._send(path, body, by=by, fact=fact)
        if operation.outcome == "fail" and operation.problem not in may:
            self._load.surprises.append(str(operation))
            raise Over
        return operation

    def _refused(self, path: str, body: Json, *, by: str, fact: Evidence) -> Operation:
        """An operation that the rules refuse."""
        operation = self._send(path, body, by=by, fact=fact)
        if operation.outcome == "ok":
            self._load.surprises.append(f"not refused: {operation}")
        return operation

    def _send(self, path: str, body: Json, *, by: str, fact: Evidence) -> Operation:
        if self._load.stopping.is_set():
            raise Over
        patient = self._chance.random() > self._load.impatient_share
        operation = self._load.history.perform(
            fact.service, path, body, by=by, key=self._id(), evidence=fact, patient=patient
        )
        if operation.outcome == "info":
            raise Over
        return operation

    def _await(self, service: str, path: str, until: Callable[[Json], bool]) -> Json:
        """What a GET answers as soon as it is what is waited for; troubles in between are waited out."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._load.stopping.is_set():
            try:
                answer = self._bank.call("GET", service, path, by=OPERATOR if "offer" not in path else OFFICER)
                if answer.is_success and until(answer.json()):
                    return answer.json()
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                self._load.surprises.append(f"waited {WAIT_SECONDS:.0f} s in vain for {service}{path}")
                raise Over
            time.sleep(LOOK_SECONDS)
        raise Over

    def _of(self, event: str, application_id: str) -> Evidence:
        return Evidence("application", event, ("application_id",), application_id)

    def _drawn(self, trade_contract: str) -> Evidence:
        return Evidence("disbursement", "DrawdownRequested", ("trade_contract",), trade_contract)

    def _received(self, receipt_id: str) -> Evidence:
        return Evidence("repayment", "RepaymentReceived", ("receipt_id",), receipt_id)

    def _id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))


def close_business_dates(load: Load) -> None:
    """Close the open business date every few seconds, as a scheduler that is never sure whether it worked."""
    bank = load.history.bank
    while not load.stopping.wait(CLOSE_EVERY_SECONDS):
        try:
            closed_on = bank.today.isoformat()
        except (httpx.TransportError, AssertionError):
            continue
        fact = Evidence("repayment", "BusinessDateClosed", ("closed_on",), closed_on)
        load.history.perform(
            "repayment",
            "/v1/business-date/close",
            {"closed_on": closed_on},
            by=OPERATOR,
            key=f"close-{closed_on}",
            evidence=fact,
        )


@contextmanager
def running(load: Load, clients: int, seed: int) -> Iterator[Load]:
    """Clients and the closing of dates at work, until left; then each ends with the operation that it is at."""

    def drive(number: int) -> None:
        client = Client(load, seed * 1000 + number)
        while not load.stopping.is_set():
            try:
                client.live()
            except Exception as error:  # noqa: BLE001  (said by the test)
                load.surprises.append(f"{error!r}\n{traceback.format_exc()}")

    threads = [threading.Thread(target=drive, args=(number,), name=f"client-{number}") for number in range(clients)]
    threads.append(threading.Thread(target=close_business_dates, args=(load,), name="closer"))
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stopping.set()
        for thread in threads:
            thread.join()
