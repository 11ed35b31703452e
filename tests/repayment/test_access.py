"""Who may call what: a partner owns no loan here, so nothing here is a partner's to read or to pay."""

import pytest

from shared.identity import access_matrix
from tests.repayment.bank import Bank, disbursed
from tests.repayment.builders import LOAN


@pytest.mark.parametrize("service", ["repayment", "collection", "disbursement"])
def test_no_operation_where_ownership_by_client_is_not_known_is_open_to_a_partner(service: str) -> None:
    assert [operation for operation, roles in access_matrix(service).items() if "partner" in roles] == []


async def test_a_partner_of_the_loans_own_branch_may_neither_read_nor_pay_it(bank: Bank) -> None:
    await bank.hear(disbursed())
    loan = f"/v1/loans/{LOAN}"
    for path in (loan, f"{loan}/schedule", f"{loan}/payoff-quote"):
        assert (await bank.get(path, roles="partner")).status_code == 403
    for path in (f"{loan}/repayments", f"{loan}/payoff"):
        assert (await bank.post(path, {}, roles="partner")).status_code == 403
