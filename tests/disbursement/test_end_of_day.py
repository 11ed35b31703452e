"""The sweep of lapsed facilities on a real database: what one stream holds keeps no other waiting."""

from datetime import date
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from services.disbursement.domain.facility import facility
from tests.disbursement.bank import Bank, contract_signed
from tests.servers import PostgresServer
from tests.shared.damage import make_unreadable
from tests.shared.issuer import Issuer

BAD, GOOD = UUID(int=1), UUID(int=2)


async def test_a_facility_that_cannot_be_read_is_told_of_and_the_next_one_is_closed(
    postgres_server: PostgresServer, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIUDAI_CORE_BANKING_URL", "http://127.0.0.1:9")  # no money moves here
    async with Bank.open(postgres_server, issuer) as bank:
        for contract_id in (BAD, GOOD):
            await bank.hear(contract_signed(contract_id))
        await bank.caught_up()
        await make_unreadable(bank, facility.stream(BAD))
        with capture_logs() as logs:
            await bank.new_day(date(2026, 6, 1))
        assert [one["contract_id"] for one in logs if one["event"] == "facility_not_swept"] == [str(BAD)]
        assert (await bank.get(f"/v1/facilities/{GOOD}")).json()["closed_on"] == "2026-06-01"
