"""Kill -9 of every container in turn while loans are made: each comes back by itself and the bank stays whole.

Against the whole system as it is deployed: what `liudai` checks afterwards is all that an operator would have.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from services.operations.bank_client import BankClient, Refused
from services.operations.deployment import SERVICES
from services.operations.loan_life import LoanLife, Wish, wait_for
from services.operations.portfolio_people import Borrowers
from services.operations.seed import business_date
from services.operations.terminal import Failure
from tests.compose.conftest import Compose

KILLED = (*SERVICES, "core-banking", "credit-sources", "issuer", "sandbox", "rabbitmq", "postgres")
ACCOUNT = "6222020200112233445"
PAYEE = {"name": "供应商货款专户", "account": "6222020200998877665", "bank": "中国工商银行"}
CLIENTS = 4
LIFE_SECONDS = 240.0


def _liudai(compose: Compose, *arguments: str) -> None:
    """The command as an operator runs it, from outside the containers."""
    done = subprocess.run(
        [sys.executable, "-m", "services.operations", *arguments],
        env=os.environ | compose.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"liudai {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"


@dataclass
class Lending:
    """Clients who each make one loan after the other, and go on with a loan however often they were cut off."""

    compose: Compose
    run: str
    lent: list[LoanLife] = field(default_factory=list)
    not_lent: int = 0
    not_paid: int = 0
    surprises: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def work(self, client_no: int) -> None:
        """One client's day."""
        client = BankClient(environment=os.environ | self.compose.environment)
        loan_no = 0
        while not self.stopping.is_set() and not self.surprises:
            loan_no += 1
            number = 1_000_000 + 1_000 * client_no + loan_no + int(self.run, 16) * 10_000
            borrower = Borrowers(number, 2025).company("small", 200_000)
            wish = Wish(borrower, 200_000, 6, "micro-fast")
            self._live(LoanLife(client, wish, f"kill-{self.run}-{client_no}-{loan_no}"))
        client.close()

    def _live(self, life: LoanLife) -> None:
        deadline = time.monotonic() + LIFE_SECONDS
        while True:
            try:
                life.apply()
                if self._approved(life):
                    life.sign()
                    life.draw(ACCOUNT, PAYEE)
                    life.release()
                    self._end(life)
            except Refused as refused:
                if refused.status < 500:
                    self.surprises.append(str(refused))
                    return
                cut_off = str(refused)
            except Failure as failure:
                cut_off = str(failure)
            else:
                return
            # Every step has its own idempotency key, so the life is lived again from its beginning.
            if time.monotonic() > deadline:
                self.surprises.append(f"loan {life.ids} did not come about in {LIFE_SECONDS:.0f} s: {cut_off}")
                return
            time.sleep(1)

    def _end(self, life: LoanLife) -> None:
        """The money is out and the loan booked; or core banking, killed before it paid, will never pay this one."""
        path = f"/v1/facilities/{life.contract_id}/drawdowns/{life.loan_id}"

        def outcome() -> str | None:
            status = str(life.client.get("disbursement", path, life.officer)["status"])
            return status if status in {"disbursed", "failed"} else None

        if wait_for(outcome, f"the payment of loan {life.loan_id}") == "disbursed":
            life.schedule()
            self.lent.append(life)
        else:
            self.not_paid += 1

    def _approved(self, life: LoanLife) -> bool:
        """Whether the bank lends: a borrower drawn by lot may get less than the product's least amount."""
        try:
            approved = life.approved()
        except Refused as refused:
            if refused.status != 409:
                raise
            approved = False
        self.not_lent += not approved
        return approved


@contextmanager
def _lending(compose: Compose) -> Iterator[Lending]:
    lending = Lending(compose, os.urandom(3).hex())
    clients = [threading.Thread(target=lending.work, args=(no,), daemon=True) for no in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield lending
    finally:
        lending.stopping.set()
        for client in clients:
            client.join(LIFE_SECONDS)


def test_the_bank_stays_whole_when_each_container_is_killed_in_turn(compose: Compose) -> None:
    with _lending(compose) as lending:
        for service in KILLED:
            before = len(lending.lent)
            time.sleep(2)
            compose.kill(service)
            compose.await_restarted(service)
            deadline = time.monotonic() + LIFE_SECONDS
            while len(lending.lent) == before and not lending.surprises:
                assert time.monotonic() < deadline, f"no loan came about after {service} was killed"
                time.sleep(0.5)
            assert not lending.surprises
    restarts = {service: compose.restarts(service) for service in SERVICES}
    assert max(restarts.values()) <= 1, f"a service outlives its database and its broker: {restarts}"
    assert len(lending.lent) > lending.not_lent, "most are good borrowers"
    # A payment may be given up, safely, whenever core banking is away or slow; how often is the machine's affair.
    assert len(lending.lent) > lending.not_paid, "most payments come through"

    client = BankClient(environment=os.environ | compose.environment)
    today = business_date(client)
    for _day in client.stream(f"{client.deployment.sandbox}/clock/advance", {"days": 3}):
        pass
    assert business_date(client) == today + timedelta(days=3)
    for life in lending.lent:
        loan = client.get("repayment", f"/v1/loans/{life.loan_id}")
        assert loan["status"] == "open"
    client.close()
    _liudai(compose, "verify")
    _liudai(compose, "invariants")
