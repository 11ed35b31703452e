"""What must hold over the whole bank whatever happened to it: each check returns the violations that it finds.

The numbers are those of the design: I1 no money made or lost, I2 paid out once, I3 a repayment applied once,
I5 whole streams and chains, I8 no message lost or handled twice, I11 a night accrued once. They are asked of
the facts and of core banking's own ledger, and the read models are held against them.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from services.operations.deployment import SERVICES
from tests.journeys.bank import Bank

Violations = list[str]


def money_is_neither_made_nor_lost(bank: Bank) -> Violations:
    """I1: every entry balances, and the loans in the ledger are what was lent, less repaid, less written off."""
    found = [
        f"entry {row['event_id']} is out of balance by {row['difference']}"
        for row in bank.rows(
            "select event_id, currency, sum(debit - credit)::bigint difference from repayment.journal_entries"
            " group by event_id, currency having sum(debit) <> sum(credit)"
        )
    ]
    [row] = bank.rows(
        "select (select coalesce(sum((data->'principal'->>'minor')::bigint), 0)::bigint from disbursement.events"
        "   where type = 'LoanDisbursed') lent,"
        " (select coalesce(sum((data->'allocation'->'principal'->>'minor')::bigint), 0)::bigint from repayment.events"
        "   where type in ('RepaymentReceived', 'CreditApplied')) repaid,"
        " (select coalesce(sum((data->'principal'->>'minor')::bigint), 0)::bigint from repayment.events"
        "   where type = 'LoanWrittenOff') written_off,"
        " (select coalesce(sum(debit - credit), 0)::bigint from repayment.journal_entries"
        "   where account = '1303.01') in_ledger,"
        " (select coalesce(sum(outstanding), 0)::bigint from repayment.loans where status = 'open') outstanding"
    )
    expected = row["lent"] - row["repaid"] - row["written_off"]
    if not expected == row["in_ledger"] == row["outstanding"]:
        found.append(f"claims should be {expected}: {row}")
    return found


def money_is_paid_out_once(bank: Bank) -> Violations:
    """I2: for each loan exactly one payment in core banking of its amount, and no payment without a loan."""
    paid: dict[str, list[Any]] = {}
    for payment in bank.payments():
        if payment["status"] == "paid":
            paid.setdefault(payment["reference"], []).append(payment)
    lent = {
        str(row["drawdown_id"]): row
        for row in bank.rows(
            "select data->>'drawdown_id' drawdown_id, count(*) times, max(data->>'core_reference') core_reference,"
            " max((data->'principal'->>'minor')::bigint) minor from disbursement.events where type = 'LoanDisbursed'"
            " group by 1"
        )
    }
    found = [f"core banking paid {reference}, which is no loan" for reference in paid if reference not in lent]
    for loan_id, row in lent.items():
        payments = paid.get(loan_id, [])
        if row["times"] != 1:
            found.append(f"loan {loan_id} was disbursed {row['times']} times")
        if [one["core_reference"] for one in payments] != [row["core_reference"]]:
            found.append(f"loan {loan_id}: core banking paid {payments}")
        elif round(float(payments[0]["amount"]["amount"]) * 100) != row["minor"]:
            found.append(f"loan {loan_id} of {row['minor']}: core banking paid {payments[0]['amount']}")
    legs = Counter(leg["core_reference"] for leg in bank.legs())
    known = {row["core_reference"] for row in lent.values()}
    return found + [f"core banking's ledger has legs of {one}, which is no loan" for one in legs if one not in known]


def repayments_are_applied_once(bank: Bank) -> Violations:
    """I3: a receipt counts once, its parts are its amount, and nothing falls below nil."""
    repeated = bank.rows(
        "select data->>'receipt_id' receipt, count(*) times from repayment.events"
        " where type in ('RepaymentReceived', 'WrittenOffLoanRecovered') group by data->>'loan_id', 1"
        " having count(*) > 1"
    )
    split = bank.rows(
        "select event_id from repayment.events where type = 'RepaymentReceived'"
        " and (data->'amount'->>'minor')::bigint <> (data->'unallocated'->>'minor')::bigint"
        "   + (data->'allocation'->'principal'->>'minor')::bigint + (data->'allocation'->'interest'->>'minor')::bigint"
        "   + (data->'allocation'->'penalty'->>'minor')::bigint + (data->'allocation'->'compound'->>'minor')::bigint"
    )
    below = bank.rows(
        "select loan_id from repayment.loans l where least(outstanding, credit, claim) < 0"
        " or exists (select from repayment.installments i where i.loan_id = l.loan_id"
        "   and (principal_paid > principal or interest_paid > interest))"
    )
    listed = bank.rows(
        "select e.event_id from repayment.events e full join repayment.receipts r"
        " on r.loan_id = (e.data->>'loan_id')::uuid and r.receipt_id = (e.data->>'receipt_id')::uuid"
        " where e.type = 'RepaymentReceived' and r.amount is distinct from (e.data->'amount'->>'minor')::bigint"
    )
    return [
        *(f"receipt {row['receipt']} was applied {row['times']} times" for row in repeated),
        *(f"the parts of receipt {row['event_id']} are not its amount" for row in split),
        *(f"loan {row['loan_id']} has something below nil" for row in below),
        *(f"receipt {row['event_id']} stands otherwise in the list" for row in listed),
    ]


def streams_and_chains_are_whole(bank: Bank) -> Violations:
    """I5: versions from 1 without a gap, every fact sealed once in order of its stream, every hash right."""
    found: Violations = []
    for name in SERVICES:
        gaps = bank.rows(
            f"select stream_id from {name}.events group by stream_id"
            " having min(version) <> 1 or max(version) <> count(*)"
        )
        disorder = bank.rows(
            f"select stream_id from (select stream_id, version,"
            f" lag(version, 1, 0) over (partition by stream_id order by pos) before"
            f" from {name}.log join {name}.events using (seq)) sealed where version <> before + 1"
        )
        [sealed] = bank.rows(
            f"select (select count(*) from {name}.events) facts, (select count(*) from {name}.log) sealed,"
            f" (select coalesce(max(pos), 0) from {name}.log) head"
        )
        found += [f"{name}: {row['stream_id']} has gaps" for row in gaps]
        found += [f"{name}: {row['stream_id']} was sealed out of order" for row in disorder]
        if len(set(sealed.values())) != 1:
            found.append(f"{name}: {sealed}")
        found += _broken_chain(bank, name, sealed["head"])
    return found


def _broken_chain(bank: Bank, name: str, head: int) -> Violations:
    after = 0
    while after < head:
        stretch = bank.get(name, "/internal/verify", after=after, limit=20_000)
        if stretch["bad_pos"] or stretch["tail_cut"]:
            return [f"{name}: the chain breaks: {stretch}"]
        after = stretch["last"]
    return []


def messages_are_conserved(bank: Bank) -> Violations:
    """I8: what was announced has been handled once by each who hears it, and nothing waits or was given up."""
    statuses = bank.statuses()
    found = [f"{name}: parked {status['parked']}" for name, status in statuses.items() if status["parked"]]
    found += [f"{name}: failing {status['failing']}" for name, status in statuses.items() if status["failing"]]
    for subscriber, status in statuses.items():
        for producer, topics in status["interests"].items():
            announced = _announced(bank, producer, topics)
            handled = {
                str(row["event_id"])
                for row in bank.rows(f"select event_id from {subscriber}.inbox where producer = %s", producer)
            }
            if announced != handled:
                lost, strange = len(announced - handled), len(handled - announced)
                found.append(f"{subscriber} of {producer}: {lost} not handled, {strange} never announced")
            counted = sum(status["heard"].get(f"{producer}.{topic}", 0) for topic in topics)
            if counted != len(announced):
                found.append(f"{subscriber} of {producer}: counted {counted} of {len(announced)}")
    return found + _left_in_queues(bank)


def _announced(bank: Bank, producer: str, topics: list[str]) -> set[str]:
    """The ids of everything that a producer's facts announce on `topics`."""
    found, after, more = set(), 0, True
    while more:
        page = bank.get(producer, "/internal/log", after=after, types=",".join(topics))
        found |= {item["event"]["id"] for item in page["items"]}
        after, more = page["next"], page["more"]
    return found


def _left_in_queues(bank: Bank) -> Violations:
    """Messages that the broker still holds. `unrouted` keeps what nobody hears, to be looked at."""
    vhost = bank.environment["AMQP_URL"].rpartition("/")[2]
    listed = bank.rabbitmq.ctl("list_queues", "--no-table-headers", "-p", vhost, "name", "messages")
    held = {name: int(messages) for name, messages in (line.split() for line in listed.splitlines() if line.strip())}
    return [f"queue {name} holds {n}" for name, n in held.items() if n and name != "unrouted"]


def nights_are_accrued_once(bank: Bank) -> Violations:
    """I11: one accrual for each loan and night, and their sum is what the loan has accrued."""
    twice = bank.rows(
        "select line->>'loan_id' loan_id, data->>'accrued_on' night from repayment.events,"
        " json_array_elements(data->'lines') line where type = 'InterestAccrued' group by 1, 2 having count(*) > 1"
    )
    sums = bank.rows(
        "select loan_id from repayment.loans left join (select loan_id, sum(interest) interest, sum(penalty) penalty"
        "   from repayment.accruals group by loan_id) nights using (loan_id)"
        " where interest_accrued <> coalesce(interest, 0) or penalty_accrued <> coalesce(penalty, 0)"
    )
    return [
        *(f"loan {row['loan_id']} accrued {row['night']} twice" for row in twice),
        *(f"loan {row['loan_id']} has not accrued the sum of its nights" for row in sums),
    ]


INVARIANTS: Mapping[str, Callable[[Bank], Violations]] = {
    "I1": money_is_neither_made_nor_lost,
    "I2": money_is_paid_out_once,
    "I3": repayments_are_applied_once,
    "I5": streams_and_chains_are_whole,
    "I8": messages_are_conserved,
    "I11": nights_are_accrued_once,
}


def check_invariants(bank: Bank) -> None:
    """From rest: all of them, or AssertionError with every violation."""
    found = {name: violations for name, holds in INVARIANTS.items() if (violations := holds(bank))}
    assert not found, "\n".join(f"{name}: {one}" for name, violations in found.items() for one in violations[:20])
