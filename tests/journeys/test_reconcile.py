"""An announcement that the broker lost is found in its producer's log and handled, once."""

import asyncio
from datetime import UTC, datetime, timedelta

import aio_pika

from services.operations.bank_client import BankClient
from services.operations.deployment import SERVICES, Deployment, load_services
from services.operations.migrate import migrate, target
from services.operations.reconcile import Reconciled, reconcile
from services.operations.terminal import Screen
from shared.bus import BUCKETS, topic
from shared.contracts.application import ApplicationSubmitted
from shared.rabbitmq import exchange_name, queue_names
from tests.journeys import lending
from tests.journeys.invariants import check_invariants
from tests.journeys.own_bank import OwnBank

RISK = next(one for one in load_services() if one.name == "risk")
HEARS_APPLICATION = next(one for one in RISK.interests if one.producer == "application")


async def lose_applications(amqp_url: str) -> None:
    """Take the bindings away by which risk hears of applications: a mistake that no error tells of."""
    async with await aio_pika.connect(amqp_url) as connection:
        queue = await (await connection.channel()).get_queue(queue_names(HEARS_APPLICATION, 1)[0])
        for share in range(BUCKETS):
            await queue.unbind(exchange_name("application"), f"{topic(ApplicationSubmitted)}.{share:02d}")


def reconciled(bank: OwnBank) -> Reconciled:
    deployment = Deployment("processes", {name: bank.urls[name] for name in SERVICES}, bank.urls["issuer"], "", "")
    client = BankClient(deployment, bank.environment)
    now = datetime.now(UTC)  # noqa: TID251  (the operator's now)
    [found] = reconcile(Screen(as_json=True), client, [HEARS_APPLICATION], now - timedelta(minutes=10), now)
    client.close()
    return found


def test_what_the_broker_lost_is_handled_from_the_producers_log(bank: OwnBank) -> None:
    bank.drained()
    assert reconciled(bank).missing == 0

    asyncio.run(lose_applications(bank.environment["AMQP_URL"]))
    try:
        application_id = lending.apply(bank)
        found = reconciled(bank)
        while found.missing == 0:  # the relay has not come to it yet
            found = reconciled(bank)
        assert found.missing == 1
        lending.await_application(bank, application_id, "offered")
        bank.drained()  # what was decided is announced too
        after = reconciled(bank)
        assert after == Reconciled("application", "risk", after.compared, 0)
        assert after.compared > found.compared
    finally:
        services = load_services()
        asyncio.run(migrate(target(bank.database_url, services, bank.environment), services, lambda _step: None))
    lending.disbursed(bank)
    bank.drained()
    check_invariants(bank)
