"""What must hold over the whole bank whatever happened to it: the invariants of `liudai invariants`, and more.

What is added holds only at rest after a test: that nothing waits for anybody, in a service or in the broker, and
that every service knows of the same loans.
"""

from collections import Counter

import psycopg
from psycopg.rows import dict_row

from services.operations import invariants
from services.operations.bank_client import BankClient
from services.operations.deployment import SERVICES, Deployment
from tests.journeys.bank import Bank
from tests.journeys.keeping import eventually

BROKER_SECONDS = 20.0
"""RabbitMQ tells of its queues as they were up to five seconds ago."""

_LOANS_KNOWN = """
select coalesce(l.loan_id, d.drawdown_id, c.loan_id) loan_id, l.status in_repayment, d.status in_disbursement,
  a.status in_application, c.left_on is null in_risk
from repayment.loans l
full join (select * from disbursement.drawdowns where status in ('disbursed', 'settled', 'written_off')) d
  on d.drawdown_id = l.loan_id
full join risk.classifications c on c.loan_id = coalesce(l.loan_id, d.drawdown_id)
left join application.contracts a on a.contract_id = l.contract_id
where not coalesce(l.principal = d.amount_minor and l.principal = c.principal_minor
  and d.status = case l.status when 'open' then 'disbursed' else l.status end
  and a.status = case l.status when 'open' then 'disbursed' else l.status end
  and (l.status = 'open') = (c.left_on is null), false)"""

_WAITING = """
select 'application ' || application_id || ' is ' || status says from application.applications
  where status = 'submitted'
union all
select 'assessment of ' || application_id || ' is missing' from risk.assessments where assessed_on is null
union all
select 'drawdown ' || drawdown_id || ' is ' || status from disbursement.drawdowns
  where status in ('instructed', 'unknown') or contradicted"""


def check_invariants(bank: Bank) -> None:
    """From rest: all of them, or AssertionError with what was found."""
    found = [
        *_of_operations(bank),
        *_core_banking_books(bank),
        *_left_over(bank),
        *(f"loan {row}" for row in bank.rows(_LOANS_KNOWN)),
        *(row["says"] for row in bank.rows(_WAITING)),
    ]
    assert not found, "\n".join(found[:60])


def _of_operations(bank: Bank) -> list[str]:
    """What `liudai invariants` finds."""
    urls = bank.urls
    services = {name: urls[name] for name in SERVICES}
    deployment = Deployment("test", services, urls["issuer"], "http://127.0.0.1:0/none", urls["core-banking"])
    client = BankClient(deployment, {})
    try:
        with psycopg.connect(bank.database_url, autocommit=True, row_factory=dict_row) as connection:
            results = list(invariants.check(invariants.Books(connection, client), ()))
    finally:
        client.close()
    assert {"I1", "I2", "I3", "I4", "I5", "I8", "I10", "I11", "I12"} <= {result.id for result in results}
    return [
        f"{result.id} {result.verdict} ({result.offences}): {says}"
        for result in results
        if result.verdict != "ok"
        for says in result.offenders or [result.reason or ""]
    ]


def _core_banking_books(bank: Bank) -> list[str]:
    """I2 to the last leg: core banking's ledger moved no money but that of our loans, and of each once."""
    legs = Counter(leg["core_reference"] for leg in bank.legs() if leg["debit_account"] == "loans")
    known = bank.rows("select data->>'core_reference' reference from disbursement.events where type = 'LoanDisbursed'")
    lent = Counter(row["reference"] for row in known)
    return [f"core banking's ledger has {legs[one]} legs of {one}, lent were {lent[one]}" for one in legs - lent]


def _left_over(bank: Bank) -> list[str]:
    """Parked, failing, counted otherwise than announced, or still in a queue: none of it is left at rest."""
    statuses = bank.statuses()
    found = [f"{name}: parked {status['parked']}" for name, status in statuses.items() if status["parked"]]
    found += [f"{name}: failing {status['failing']}" for name, status in statuses.items() if status["failing"]]
    for subscriber, status in statuses.items():
        for producer, topics in status["interests"].items():
            for topic in topics:
                announced = statuses[producer]["announced"].get(topic, 0)
                heard = status["heard"].get(f"{producer}.{topic}", 0)
                if announced != heard:
                    found.append(f"{subscriber} has heard {heard} of {announced} {topic} of {producer}")
    eventually(lambda: not _held(bank), seconds=BROKER_SECONDS, saying=lambda: f"the broker holds {_held(bank)}")
    return found


def _held(bank: Bank) -> dict[str, int]:
    """Messages that the broker still has. `unrouted` keeps what nobody hears, to be looked at."""
    listed = bank.list_queues().splitlines()
    held = {name: int(messages) for name, messages in (line.split() for line in listed if line.strip())}
    return {name: n for name, n in held.items() if n and name != "unrouted"}
