"""The demo portfolio: thirty-eight borrowers and the story of each, told through the public APIs over twelve months.

A story is a generator: it yields the business date on which it wants to go on. Loans begin on the 6th, 16th
and 26th, so all that falls due falls on those days, and the clock has to stop only there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random

from services.operations.bank_client import BankClient
from services.operations.loan_life import CASHIER, CLEAN_RECORD, OFFICERS, LoanLife, Wish
from services.operations.portfolio_people import Borrowers, Drawn

DAYS_OF_MONTH = (6, 16, 26)
LAST = -1
PAYEE_REFUSED, PAYEE_TIMED_OUT = "0001", "0002"
"""Endings of account numbers to which the core-banking stand-in answers in its own way."""

Days = Sequence[date]
Tale = Iterator[date]


class NotLent(Exception):  # noqa: N818  (a turn of the story, not an error)
    """The bank did not lend, so the story ends here."""


@dataclass(frozen=True)
class Plan:
    """One borrower's story: it begins on day number `begins` of the portfolio's days."""

    story: Callable[["Teller"], Tale]
    begins: int
    size: str
    amount_yuan: int
    term_months: int
    product: str
    method: str = "equal_instalments"
    good: bool = True


class Teller:
    """What a story needs: the loan's life, the days on which things happen, accounts to pay to."""

    def __init__(self, client: BankClient, plan: Plan, no: int, seed: int, days: Days) -> None:
        self.client, self.plan, self._days = client, plan, days
        self._position = plan.begins if plan.begins >= 0 else len(days) + plan.begins
        borrowers = Borrowers(1000 * seed + no, days[0].year - 1)
        borrower = self._draw(borrowers)(plan.amount_yuan, good=plan.good)
        self._random = Random(f"{seed}/{no}")  # noqa: S311  (a demo must come out the same again)
        bureau = CLEAN_RECORD if plan.good else {"has_unpaid_default": True, "worst_days_past_due": 120}
        wish = Wish(borrower, plan.amount_yuan, plan.term_months, plan.product, plan.method, bureau=bureau)
        self.life = LoanLife(client, wish, f"seed-{seed}-{no}", OFFICERS[no % len(OFFICERS)])

    def _draw(self, borrowers: Borrowers) -> Callable[..., Drawn]:
        """What draws the borrower that the product is for."""
        if self.plan.size == "person":
            return borrowers.person
        by_product = {"small-firm-fast": borrowers.small_firm, "supply-chain": borrowers.supplier}
        return partial(by_product.get(self.plan.product, borrowers.company), self.plan.size)

    @property
    def begins_on(self) -> date:
        """The day of the application."""
        return self._days[self._position]

    def account(self, ending: str = "8888") -> str:
        """An account number that ends so."""
        return "6222" + "".join(self._random.choice("0123456789") for _ in range(11)) + ending

    def lend(self, ending: str = "8888") -> Tale:
        """From application to payment: companies by entrusted payment, persons to their own account."""
        yield self.begins_on
        self.life.apply()
        if not self.life.approved():
            raise NotLent("declined")
        self.life.sign()
        if self.plan.size == "person":
            self.life.draw(self.account(ending))
        else:
            payee = {"name": "供应商货款专户", "account": self.account(ending), "bank": "中国工商银行"}
            self.life.draw(self.account(), payee)
        self.life.release()

    def repay(self, *, until: int | None = None, after: int = 0) -> Tale:
        """Pay the instalments behind number `after`, up to and with `until`, each on its due date."""
        for row in self.life.schedule():
            if row["no"] > after and (until is None or row["no"] <= until):
                yield date.fromisoformat(row["due_on"])
                self.life.repay(row["total"], f"no-{row['no']}")

    def due_on(self, number: int) -> date:
        """The due date of an instalment."""
        return date.fromisoformat(self.life.schedule()[number - 1]["due_on"])

    def next_day(self, day: date, steps: int = 1) -> date:
        """The portfolio's day, `steps` further on; the last one where there are no more."""
        later = [one for one in self._days if one > day]
        return later[min(steps, len(later)) - 1] if later else day + timedelta(days=3660)


def runs(one: Teller) -> Tale:
    """A loan in good order."""
    yield from one.lend()
    one.life.payment_status()
    yield from one.repay()


def pays_off_early(one: Teller) -> Tale:
    """提前结清 after four instalments."""
    yield from one.lend()
    yield from one.repay(until=4)
    yield one.next_day(one.due_on(4))
    if one.life.loan()["status"] == "open":
        one.life.pay_off()


def is_declined(one: Teller) -> Tale:
    """拒绝: an unpaid default is on record, which policy knocks out; or two people decline."""
    yield one.begins_on
    one.life.apply()
    if one.life.decision()["decision"] == "referred":
        one.life.recommend(approve=False)
        one.life.decide(approve=False)


def lets_the_offer_expire(one: Teller) -> Tale:
    """要约过期: approved, and never signed."""
    yield one.begins_on
    one.life.apply()
    one.life.approved()


def withdraws(one: Teller) -> Tale:
    """撤回: other money was found."""
    yield one.begins_on
    one.life.apply()
    one.life.decision()
    body = {"reason": "found_other_funding"}
    path = f"/v1/applications/{one.life.application_id}/withdraw"
    one.life.post("application", path, body, one.life.officer, "withdraw")


def is_refused_by_core_banking(one: Teller) -> Tale:
    """放款失败: core banking refuses the account."""
    yield from one.lend(PAYEE_REFUSED)
    one.life.payment_status()


def has_an_unknown_outcome(one: Teller) -> Tale:
    """结果未知: core banking pays and does not answer; an enquiry finds out."""
    yield from one.lend(PAYEE_TIMED_OUT)
    yield from one.repay()


def is_cured(one: Teller) -> Tale:
    """逾期 → 催收 → 承诺 → 结清逾期: the third instalment comes a while late, as promised."""
    yield from one.lend()
    yield from one.repay(until=2)
    missed = one.due_on(3)
    yield (called := one.next_day(missed))
    one.life.contact("late")
    promised = one.next_day(called)
    amount = one.life.promise(min(promised, called + timedelta(days=14)), "late")
    yield promised
    past_due = one.life.loan()["past_due"]["total"]
    one.life.repay(past_due if past_due["amount"] != "0.00" else amount, "late")
    yield from one.repay(after=3)


def breaks_its_promise(one: Teller) -> Tale:
    """A promise is not kept; at the end a write-off is proposed and waits for the second manager."""
    yield from one.lend()
    yield from one.repay(until=2)
    yield (called := one.next_day(one.due_on(3)))
    one.life.contact("first")
    one.life.promise(min(one.next_day(called), called + timedelta(days=14)), "first")
    yield one.next_day(called, 3)
    one.life.contact("second", result="refused_to_pay", channel="visit")
    yield one.next_day(called, 6)
    one.life.propose_write_off({"kind": "court_ruling", "reference": f"(2026)执终字第{one.life.loan_id[:4]}号"})


def is_written_off(one: Teller) -> Tale:
    """核销: nothing was ever paid; the loan becomes doubtful, one manager proposes, the other approves."""
    yield from one.lend()
    called = one.next_day(one.due_on(1))
    yield called
    one.life.contact("first", result="no_answer")
    yield one.next_day(called, 6)
    one.life.contact("second", result="refused_to_pay", channel="visit")
    yield one.due_on(1) + timedelta(days=275)
    proposal = one.life.propose_write_off()
    one.life.approve_write_off(proposal)


def is_written_off_and_recovered(one: Teller) -> Tale:
    """凭法院裁定核销, 其后收回一部分: the claim lives on."""
    yield from one.lend()
    yield from one.repay(until=1)
    called = one.next_day(one.due_on(2))
    yield called
    one.life.contact("first", result="refused_to_pay")
    yield (ruled := one.next_day(called, 15))
    ruling = {"kind": "court_ruling", "reference": "(2026)执终字第0815号"}
    one.life.approve_write_off(one.life.propose_write_off(ruling))
    yield one.next_day(ruled, 3)
    body = {"receipt_id": str(one.life.receipt("recovery")), "amount": {"amount": "8000.00", "currency": "CNY"}}
    one.life.post("repayment", f"/v1/loans/{one.life.loan_id}/recoveries", body, CASHIER, "recovery")


def waits_for_review(one: Teller) -> Tale:
    """待审查: the first person has not looked yet."""
    yield one.begins_on
    one.life.apply()
    one.life.decision()


def waits_for_decision(one: Teller) -> Tale:
    """待审批: recommended; the second person has not decided yet."""
    yield one.begins_on
    one.life.apply()
    if one.life.decision()["decision"] == "referred":
        one.life.recommend()


def waits_for_signature(one: Teller) -> Tale:
    """待签约: the offer is open."""
    yield one.begins_on
    one.life.apply()
    one.life.approved()


def waits_for_release(one: Teller) -> Tale:
    """待放款: the drawdown waits for a second person."""
    yield one.begins_on
    one.life.apply()
    if one.life.approved():
        one.life.sign()
        payee = {"name": "供应商货款专户", "account": one.account(), "bank": "中国工商银行"}
        one.life.draw(one.account(), payee)


PLANS = (
    Plan(runs, 0, "medium", 2_000_000, 24, "wc-term", "interest_only"),
    Plan(runs, 1, "small", 1_500_000, 24, "wc-term"),
    Plan(runs, 2, "small", 600_000, 24, "micro-fast"),
    Plan(runs, 4, "micro", 150_000, 18, "micro-fast"),
    Plan(runs, 6, "person", 120_000, 24, "personal-business"),
    Plan(runs, 9, "person", 200_000, 36, "personal-business"),
    Plan(runs, 12, "medium", 1_800_000, 12, "wc-term", "interest_only"),
    Plan(runs, 15, "small", 900_000, 24, "micro-fast"),
    Plan(runs, 20, "person", 80_000, 12, "personal-business"),
    Plan(runs, 26, "micro", 200_000, 12, "micro-fast", "interest_only"),
    Plan(runs, 0, "micro", 100_000, 6, "micro-fast"),
    Plan(runs, 3, "person", 50_000, 3, "personal-business"),
    Plan(pays_off_early, 1, "small", 500_000, 12, "micro-fast"),
    Plan(pays_off_early, 7, "person", 150_000, 24, "personal-business"),
    Plan(is_declined, 5, "micro", 300_000, 12, "micro-fast", good=False),
    Plan(is_declined, 14, "person", 100_000, 12, "personal-business", good=False),
    Plan(is_declined, 11, "small", 300_000, 6, "wc-term"),
    Plan(lets_the_offer_expire, 8, "small", 400_000, 12, "micro-fast"),
    Plan(withdraws, 17, "small", 700_000, 12, "wc-term"),
    Plan(is_refused_by_core_banking, 10, "micro", 120_000, 12, "micro-fast"),
    Plan(has_an_unknown_outcome, 13, "small", 800_000, 18, "micro-fast"),
    Plan(is_cured, 2, "small", 450_000, 18, "micro-fast"),
    Plan(is_cured, 16, "person", 90_000, 12, "personal-business"),
    Plan(breaks_its_promise, 18, "micro", 160_000, 12, "micro-fast"),
    Plan(is_written_off, 0, "micro", 110_000, 12, "micro-fast"),
    Plan(is_written_off_and_recovered, 4, "person", 70_000, 12, "personal-business"),
    Plan(waits_for_review, LAST, "medium", 2_000_000, 12, "wc-term", "interest_only"),
    Plan(waits_for_decision, LAST, "medium", 1_200_000, 24, "wc-term"),
    Plan(waits_for_signature, LAST, "small", 550_000, 12, "micro-fast"),
    Plan(waits_for_release, LAST, "small", 650_000, 12, "micro-fast"),
    Plan(runs, 5, "micro", 200_000, 12, "small-firm-fast"),
    Plan(runs, 11, "small", 400_000, 24, "small-firm-fast", "interest_only"),
    Plan(is_cured, 8, "micro", 150_000, 12, "small-firm-fast"),
    Plan(is_declined, 19, "micro", 100_000, 12, "small-firm-fast", good=False),
    Plan(runs, 3, "small", 800_000, 6, "supply-chain", "interest_only"),
    Plan(runs, 14, "medium", 3_000_000, 12, "supply-chain", "interest_only"),
    Plan(waits_for_decision, LAST, "small", 1_000_000, 6, "supply-chain", "interest_only"),
    Plan(waits_for_review, LAST, "small", 500_000, 24, "small-firm-fast"),
)


def days_between(start: date, end: date) -> list[date]:
    """The portfolio's days after `start`, up to and with `end`."""
    span = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return [day for day in span if day.day in DAYS_OF_MONTH]
