"""`liudai demo`: one loan from application to settlement through the public APIs, each fact printed as it happens."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from secrets import randbelow
from typing import Any

from rich.text import Text

from services.operations.bank_client import BankClient
from services.operations.loan_life import APPROVER, CASHIER, OFFICERS, RELEASER, REVIEWER, LoanLife, Wish
from services.operations.looking import statuses_of
from services.operations.portfolio_people import Borrowers
from services.operations.readable import sentence
from services.operations.seed import business_date
from services.operations.settled import PAUSE_SECONDS, unsettled
from services.operations.standing_orders import advance_with_standing_orders
from services.operations.terminal import Exit, Failure, Screen

AMOUNT_YUAN, PRODUCT = 300_000, "micro-fast"
SUPPLIER = {"name": "华东原料供应有限公司", "account": "6222600112345678", "bank": "交通银行"}
REST_SECONDS = 30.0
ROOM_FOR_ACTOR = 100
"""In a narrower window what a fact says is worth more than who recorded it: the line above names the person."""
QUIET = frozenset({"InterestAccrued", "BusinessDateClosed"})
"""Facts of every night: counted, not told."""


@dataclass
class Story:
    """Tells what happens to one loan: a line for what somebody does, and below it the facts that follow."""

    screen: Screen
    client: BankClient
    life: LoanLife
    positions: dict[str, int]
    nights: Counter[str] = field(default_factory=Counter)
    told: list[dict[str, Any]] = field(default_factory=list)

    def step(self, who: str, what: str) -> None:
        """Somebody is about to do something."""
        self.screen.say(f"\n[bold]{what}[/bold]  [dim]{who}[/dim]")

    def listen(self) -> None:
        """Wait until everything rests, telling each fact of this loan as it comes."""
        deadline = time.monotonic() + REST_SECONDS
        while True:
            statuses = statuses_of(self.client)
            fresh = [fact for service in statuses for fact in self._new(service)]
            for fact in sorted(fresh, key=lambda fact: str(fact["at"])):
                self._hear(fact)
            if not fresh and not unsettled(statuses):
                return
            if time.monotonic() > deadline:
                raise Failure(Exit.WRONG, f"the bank does not come to rest: {'; '.join(unsettled(statuses))}")
            time.sleep(PAUSE_SECONDS)

    def _new(self, service: str) -> list[dict[str, Any]]:
        page = self.client.get(service, "/internal/events", after=self.positions[service], limit=1000)
        self.positions[service] = page[-1]["pos"] if page else self.positions[service]
        return [{"service": service, **fact} for fact in page]

    def _hear(self, fact: dict[str, Any]) -> None:
        if fact["type"] in QUIET:
            self.nights[fact["type"]] += 1
        elif any(one in fact["stream_id"] or one in str(fact["data"]) for one in self.life.ids):
            self.told.append(fact)
            self._tell(fact)

    def _tell(self, fact: dict[str, Any]) -> None:
        if self.screen.as_json:
            self.screen.line(fact)
            return
        line = Text.assemble((f"  {fact['service']:<13}", "cyan"), (f"{fact['type']:<27}", "bold"))
        if self.screen.room is None or self.screen.room >= ROOM_FOR_ACTOR:
            line.append(f"{fact['actor']:<20}", "dim")
        line.append(sentence(fact["data"]), "dim")
        self.screen.one_line(line)


def run(screen: Screen, client: BankClient, months: int) -> Exit:
    """The whole life of a loan of that many months; the numbers of its end are compared with its schedule."""
    number = randbelow(10**9)
    today = business_date(client)
    borrower = Borrowers(number, today.year - 1).company("small", AMOUNT_YUAN)
    life = LoanLife(client, Wish(borrower, AMOUNT_YUAN, months, PRODUCT), f"demo-{number}")
    story = Story(screen, client, life, {name: one["head"] for name, one in statuses_of(client).items()})
    screen.say(f"[bold]{borrower.name}[/bold] asks for {AMOUNT_YUAN:,} yuan, {months} months; it is {today}.")
    if not _lend(story):
        return Exit.WRONG
    _repay(story)
    loan = life.loan()
    screen.say(
        f"\nThe loan is [bold]{loan['status']}[/bold] on {business_date(client)}:"
        f" {len(story.told)} facts, {story.nights['BusinessDateClosed']} nights between them.\n"
        f"Look at it again: [bold]liudai show {life.loan_id}[/bold], or as it was: [bold]--as-of {today}[/bold]"
    )
    return Exit.OK if loan["status"] == "settled" else Exit.WRONG


def _lend(story: Story) -> bool:
    """From application to payment; whether the bank lent."""
    life, officer = story.life, OFFICERS[0]
    story.step(f"客户经理 {officer}", "申请 · The officer hands the application in")
    life.apply()
    story.listen()
    decision = life.decision()
    story.screen.say(
        f"  score {decision['score']}, grade {decision['grade']}, limit {brief_money(decision['limit'])},"
        f" {decision['annual_rate_percent']} % a year: [bold]{decision['decision']}[/bold]"
    )
    if decision["decision"] == "referred":
        story.step(f"审查 {REVIEWER}", "审查 · A first person recommends")
        life.recommend()
        story.listen()
        story.step(f"审批 {APPROVER}", "审批 · A second person decides")
        life.decide()
        story.listen()
    elif decision["decision"] != "approved":
        story.screen.say(f"The bank does not lend: {'; '.join(reason['en'] for reason in decision['reasons'])}")
        return False
    offer = life.offer()
    shown = offer["cost_statement"]["annualised_rate_percent"]
    story.step(f"客户经理 {officer}", f"签约 · The borrower accepts, confirms a cost of {shown} % a year, and signs")
    life.sign()
    story.listen()
    story.step(f"客户经理 {officer}", "提款 · The money is asked for, to be paid to a supplier")
    life.draw(
        "6222021001087654321", {"name": "华东原料供应有限公司", "account": "6222600112345678", "bank": "交通银行"}
    )
    story.listen()
    story.step(f"放款 {RELEASER}", "放款 · Another person releases it; core banking pays")
    life.release()
    story.listen()
    return life.payment_status() == "disbursed"


def _repay(story: Story) -> None:
    """Every instalment on its due date, time moving on in between."""
    life, client = story.life, story.client
    for row in life.schedule():
        due = date.fromisoformat(row["due_on"])
        story.step("沙盒时钟 operator", f"日终 · The bank's date moves on to {due}")
        for day, paid in advance_with_standing_orders(client, due, except_for=life.loan_id):
            story.screen.say(f"  [dim]{day}: {paid} other borrowers pay what falls due[/dim]")
        story.listen()
        story.step(f"会计 {CASHIER}", f"还款 · Instalment {row['no']}, {brief_money(row['total'])}, is paid")
        life.repay(row["total"], f"no-{row['no']}")
        story.listen()


def brief_money(amount: Mapping[str, str] | None) -> str:
    """An API's amount on one line."""
    return "nothing" if amount is None else f"{amount['currency']} {Decimal(amount['amount']):,}"
