"""What core banking can do to a payment: refuse it, pay and not say so, not pay and not say so."""

from tests.journeys import lending
from tests.journeys.agreement import check_loan
from tests.journeys.bank import Bank
from tests.journeys.invariants import check_invariants

REFUSED, PAID_IN_SILENCE, UNPAID_IN_SILENCE = "6222020200110001", "6222020200110002", "6222020200110003"
"""Accounts whose payments the stand-in treats so, by their last four digits."""


def test_a_disbursement_that_core_banking_refuses_fails_and_can_be_drawn_anew(bank: Bank) -> None:
    application_id = lending.apply(bank)
    signed = lending.contract(bank, application_id)
    refused = lending.request_drawdown(bank, signed, account=REFUSED)
    lending.release(bank, refused)

    failed = lending.await_drawdown(bank, refused, "failed")

    assert failed["reason"] == "refused_by_core_banking"
    lending.await_application(bank, application_id, "disbursement_failed")
    facility = bank.get("disbursement", f"/v1/facilities/{signed['contract_id']}")
    assert facility["available"] == signed["limit"], "the reserved limit was given back"
    assert bank.call("GET", "repayment", f"/v1/loans/{refused['drawdown_id']}", by="auditor").status_code == 404

    again = lending.request_drawdown(bank, signed)
    lending.release(bank, again)
    lending.await_booked(bank, again["drawdown_id"])
    lending.await_application(bank, application_id, "disbursed")
    check_loan(bank, again["drawdown_id"])
    check_invariants(bank)


def test_a_payment_of_unknown_outcome_is_asked_about_and_never_sent_again(bank: Bank) -> None:
    signed = lending.contract(bank, lending.apply(bank))
    drawdown = lending.request_drawdown(bank, signed, account=PAID_IN_SILENCE)
    lending.release(bank, drawdown)

    resolved = lending.await_drawdown(bank, drawdown, "disbursed")
    facts = bank.get("disbursement", f"/internal/streams/facility-{signed['contract_id']}")["events"]
    told = [fact["type"] for fact in facts]
    assert told.index("PaymentInstructed") < told.index("PaymentOutcomeUnknown") < told.index("LoanDisbursed")

    ours = [one for one in bank.payments() if one["reference"] == drawdown["drawdown_id"]]
    assert len(ours) == 1
    assert ours[0]["core_reference"] == resolved["core_reference"]
    assert [leg["core_reference"] for leg in bank.legs()].count(resolved["core_reference"]) == 1
    lending.await_booked(bank, drawdown["drawdown_id"])
    check_loan(bank, drawdown["drawdown_id"])


def test_a_payment_that_never_arrived_is_voided_before_it_is_given_up(bank: Bank) -> None:
    application_id = lending.apply(bank)
    signed = lending.contract(bank, application_id)
    drawdown = lending.request_drawdown(bank, signed, account=UNPAID_IN_SILENCE)
    lending.release(bank, drawdown)

    lending.await_drawdown(bank, drawdown, "failed", seconds=30)

    [ours] = [one for one in bank.payments() if one["reference"] == drawdown["drawdown_id"]]
    assert ours["status"] == "voided", "a request that still arrives is refused"
    lending.await_application(bank, application_id, "disbursement_failed")
    bank.drained()
    check_invariants(bank)
