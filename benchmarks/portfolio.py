"""A portfolio of working-capital loans as a night finds it: thirty days' shares, two in a hundred overdue.

The rows of the read model are written straight into its tables, by SQL: a million loans lived through the product's own
rules would take days. Only loans that a night asks by command have a stream, made by the rules from what their rows
say. Nothing here was announced, and the journal is empty: neither is what the night is measured on.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from benchmarks.repayment_log import META, sealed
from services.repayment.domain.commands import AgeLoan, ReceiveRepayment
from services.repayment.domain.events import LoanBooked, LoanOrigin
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.loan_memory import loan_memory
from services.repayment.projections.accruals import _OPEN, PART_SIZE
from services.repayment.queries.chunk_lines import NightDays, chunk_lines
from shared.engine import Engine
from shared.event_store import NewEvent
from shared.money import Money

FIRST_NIGHT = date(2026, 7, 14)
ONE_DAY = timedelta(days=1)
BRANCHES = 20
_FACTS = UUID("d1f0a7b6-0a3c-5d5e-9c63-1b6f0f7f1c11")

_LOANS = f"""
insert into loans (loan_id, contract_id, application_id, borrower_id, legal_entity, branch, currency, principal,
  outstanding, credit, claim, annual_rate_percent, rate_percent, penalty_rate_percent, repayment_method,
  day_count, disbursed_on, maturity_on, status, classification, provision, days_past_due, last_event_on,
  penalty_settled, compound_settled, settled_on)
select id, id, id, id, 'LD01', 'SH' || lpad((n % {BRANCHES})::text, 3, '0'), 'CNY', principal, principal, 0, 0, rate,
  rate, rate * 1.5, method, case method when 'one_payment' then '30/360' else 'ACT/360' end, drawn,
  (drawn + interval '12 months')::date, 'open', 'normal', 0, 0, drawn, 0, 0, drawn
from (select n, gen_random_uuid() id, (10 + n % 490) * 1000000::bigint principal, 3.45 + (n % 40) * 0.05 rate,
  case n % 10 when 0 then 'one_payment' when 1 then 'equal_principal' else 'interest_only' end as method,
  $1::date - 1 - (n * 7919 % 360)::int drawn from generate_series(1, $2::int) n) as given"""

_PARTS = """
with numbered as (
  select loan_id, branch, (row_number() over (partition by branch order by disbursed_on, loan_id) - 1) / $1::int no
  from loans), parts as (
  insert into loan_parts select row_number() over (order by branch, no), 'LD01', branch, 'CNY', 0
  from numbered group by branch, no returning part, branch),
placed as (select loan_id, dense_rank() over (order by branch, no) part from numbered)
update loans l set part = p.part from placed p where p.loan_id = l.loan_id"""

_INSTALLMENTS = """
insert into installments (loan_id, no, starts_on, due_on, balance, principal, interest, principal_paid, interest_paid,
  billed, fell_overdue, adjustment)
select loan_id, no, starts_on, due_on, balance, part,
  round(balance * rate * case day_count when '30/360' then 360 else due_on - starts_on end / 36000)::bigint,
  0, 0, false, false, 0
from (select loan_id, k no, annual_rate_percent rate, day_count,
    (disbursed_on + make_interval(months => months - every))::date starts_on,
    (disbursed_on + make_interval(months => months))::date due_on,
    case repayment_method when 'equal_principal' then principal - (k - 1) * (principal / 12) else principal end balance,
    case when repayment_method = 'equal_principal' and k < 12 then principal / 12
      when repayment_method = 'equal_principal' then principal - 11 * (principal / 12)
      when months = 12 then principal else 0 end part
  from loans cross join lateral (select case repayment_method when 'one_payment' then 12 else 1 end every) e
  cross join lateral generate_series(1, 12 / every) k cross join lateral (select k * every months) m) as row"""

_PAID = """
update installments i set principal_paid = i.principal, interest_paid = i.interest, billed = true
from loans l where l.loan_id = i.loan_id and i.due_on < $1 and not (
  -- two in a hundred have not paid for one to three months
  hashtext(l.loan_id::text) % 50 = 0 and i.due_on > $1 - 30 * (1 + abs(hashtext(l.loan_id::text) / 50 % 3)))"""

_OVERDUE = """
update installments set billed = true, fell_overdue = true where due_on < $1 and not paid"""

_AGED = """
update loans l set days_past_due = $1 - late.since
from (select loan_id, min(due_on) since from installments where due_on < $1 and not paid group by loan_id) late
where late.loan_id = l.loan_id"""

_NIGHT_BEFORE = """
insert into accruals (loan_id, accrued_on, interest, penalty, interest_total, penalty_total, part)
select loan_id, $1, 0, 0, interest_before + case when due_on is null or begins_on >= $2 then 0
  else least(interest, (balance * rate * ($2 - runs_from) + 180000000) / 360000000) end, penalty_before, part
from accruing order by part"""

_PAY_DAY = """
with paid as (
  update installments i set principal_paid = principal, interest_paid = interest
  where due_on = $1 and not paid and hashtext(loan_id::text) % 50 <> 0 returning loan_id)
update accruing a set unpaid_since = next.due_on, unmarked_since = next.due_on
from paid, lateral (select min(due_on) due_on from installments i where i.loan_id = paid.loan_id and due_on > $1) next
where a.loan_id = paid.loan_id"""


async def fill(owner: Any, loans: int, night: date = FIRST_NIGHT) -> None:
    """So many open loans as they stand before the end of day of `night`, what they accrued until then included.

    `owner` is a superuser's connection that looks at the live tables of the read model.
    """
    await owner.execute("set synchronous_commit = off; set jit = off")
    await owner.execute(_LOANS, night, loans)
    await owner.execute(_PARTS, PART_SIZE)
    await owner.execute(_INSTALLMENTS)
    await owner.execute("analyze loans; analyze installments")
    for statement in (_PAID, _OVERDUE, _AGED):
        await owner.execute(statement, night)
    await owner.execute("vacuum analyze installments")
    await owner.execute("vacuum analyze loans")
    await owner.execute(_OPEN.replace("l.loan_id = any($1)", "$1::uuid[] is null"), None, night)
    await owner.execute("vacuum analyze accruing")
    await _accrue_before(owner, night)
    await owner.execute("reset all")


async def _accrue_before(owner: Any, night: date) -> None:
    """The rows of the night before, in the order in which chunks are written. Penalty falls to this night."""
    before = night - ONE_DAY
    await owner.execute("select add_night($1)", before)
    await owner.execute("insert into accrual_nights values ($1)", before)
    await owner.execute(_NIGHT_BEFORE, before, night)
    await owner.execute("analyze accruals")


async def pay_day(owner: Any, on: date) -> None:
    """Those who pay on the due date pay what is due on `on`: not by command, which is not what a night is."""
    await owner.execute(_PAY_DAY, on)


async def give_streams(engine: Engine, owner: Any, night: date) -> int:
    """Streams for the loans that the night will ask by command and that have none yet; how many it will ask."""
    days = await NightDays.read(owner, night)
    asked: list[UUID] = []
    for [part] in await owner.fetch("select part from loan_parts"):
        asked += (await chunk_lines(owner, part, days)).to_age
    known = {row[0] for row in await owner.fetch("select distinct stream_id from repayment.events")}
    new = [loan_id for loan_id in asked if loan_account.stream(loan_id) not in known]
    loans = await owner.fetch("select * from loans where loan_id = any($1)", new)
    rows = await owner.fetch("select * from installments where loan_id = any($1) order by loan_id, no", new)
    by_loan: dict[UUID, list[Any]] = {}
    for row in rows:
        by_loan.setdefault(row["loan_id"], []).append(row)
    for loan in loans:
        await _live(engine, loan, by_loan[loan["loan_id"]], night)
    await sealed(engine.pool)
    await owner.execute("update repayment.checkpoints set pos = (select pos from repayment.log_head)")
    return len(asked)


async def _live(engine: Engine, loan: Any, rows: Sequence[Any], night: date) -> None:
    """The facts that the rules make of a loan whose rows these are, and what they came to, kept beside them."""
    booked = LoanBooked(
        loan_id=loan["loan_id"],
        origin=LoanOrigin(contract_id=uuid4(), application_id=uuid4(), borrower_id=uuid4()),
        principal=Money(loan["principal"]),
        annual_rate_percent=loan["annual_rate_percent"],
        penalty_rate_percent=loan["penalty_rate_percent"],
        term_months=12,
        repayment_method=loan["repayment_method"],
        day_count=loan["day_count"],
        disbursed_on=loan["disbursed_on"],
        maturity_on=loan["maturity_on"],
        installments=tuple(_installment(row) for row in rows),
        core_reference="CBBENCH",
        payment_mode="self",
    )
    facts: list[Any] = [booked]
    state = loan_account.fold(facts)
    asked: list[Any] = [
        ReceiveRepayment(
            loan_id=loan["loan_id"],
            receipt_id=uuid5(_FACTS, f"{loan['loan_id']}/{row['no']}"),
            amount=Money(row["principal"] + row["interest"]),
            received_on=row["due_on"],
            today=row["due_on"],
        )
        for row in rows
        if row["paid"]
    ]
    for command in (*asked, AgeLoan(loan_id=loan["loan_id"], as_of=night)):
        happened = loan_account.decide(command, state)
        state = loan_account.fold(happened, state)
        facts += happened
    stream = loan_account.stream(loan["loan_id"])
    new = [NewEvent(stream, n, uuid5(_FACTS, f"{stream}/{n}"), fact, META) for n, fact in enumerate(facts, start=1)]
    await engine.store.append(new)
    await engine.store.remember(new[-1], loan_memory, state)


def _installment(row: Any) -> Installment:
    return Installment(
        no=row["no"],
        starts_on=row["starts_on"],
        due_on=row["due_on"],
        balance=Money(row["balance"]),
        principal=Money(row["principal"]),
        interest=Money(row["interest"]),
    )
