"""What becomes of an application that the policy does not simply approve."""

from datetime import timedelta

from tests.journeys import lending
from tests.journeys.agreement import check_loan
from tests.journeys.bank import APPROVER, OFFICER, OTHER_OFFICER, REVIEWER, SENIOR_APPROVER, Bank
from tests.journeys.invariants import check_invariants
from tests.journeys.own_bank import OwnBank


def test_an_application_with_an_unpaid_default_is_declined_with_its_reason(bank: Bank) -> None:
    application_id = lending.apply(bank, "default")

    declined = lending.await_application(bank, application_id, "declined")

    assert "K01_UNPAID_DEFAULT" in [reason["code"] for reason in declined["decline_reasons"]]
    assert declined["assessment"]["limit"]["amount"] == "0.00"
    assert declined["offer"] is None
    path = f"/v1/applications/{application_id}"
    assert bank.refusal("application", f"{path}/offer/accept", by=OFFICER) == "wrong-status"
    bank.drained()
    [row] = bank.items("application", "/v1/applications", borrower_id=declined["borrower_id"])
    assert row["status"] == "declined"
    assert bank.items("disbursement", "/v1/facilities", borrower_id=declined["borrower_id"]) == []


def test_an_application_that_risk_refers_is_approved_by_two_people(bank: Bank) -> None:
    application_id = lending.apply(bank, "unknown")
    path = f"/v1/applications/{application_id}"

    referred = lending.await_application(bank, application_id, "in_review")
    assert "referred_by_risk" in referred["review"]["causes"]
    assert bank.refusal("application", f"{path}/decision", {"decision": "approve"}, by=APPROVER) == "wrong-status"
    recommendation = lending.recommendation()
    assert bank.refusal("application", f"{path}/recommendation", recommendation, by=APPROVER) == "forbidden"
    bank.post("application", f"{path}/recommendation", recommendation, by=REVIEWER)
    assert bank.refusal("application", f"{path}/decision", {"decision": "approve"}, by=REVIEWER) == "forbidden"
    bank.post("application", f"{path}/decision", {"decision": "approve"}, by=SENIOR_APPROVER)

    approved = lending.await_application(bank, application_id, "offered")["approval"]
    assert (approved["recommended_by"], approved["approved_by"]) == (REVIEWER, SENIOR_APPROVER)
    assert not approved["automatic"]
    signed = lending.contract(bank, application_id)
    drawdown = lending.request_drawdown(bank, signed, entrusted=True)
    lending.release(bank, drawdown)
    lending.await_booked(bank, drawdown["drawdown_id"])
    check_loan(bank, drawdown["drawdown_id"])


def test_one_person_with_both_roles_may_not_do_both(bank: OwnBank) -> None:
    """Four eyes are two people, whatever roles they have; so are the one who submits and the one who recommends."""
    both = bank.person("duo", roles=["officer", "reviewer", "approver"])
    application_id = lending.apply(bank, "unknown")
    path = f"/v1/applications/{application_id}"
    lending.await_application(bank, application_id, "in_review")

    bank.post("application", f"{path}/recommendation", lending.recommendation(), by=both)
    assert bank.refusal("application", f"{path}/decision", {"decision": "approve"}, by=both) == "four-eyes"

    own = lending.apply(bank, "unknown", by=both)
    lending.await_application(bank, own, "in_review")
    refused = bank.refusal("application", f"/v1/applications/{own}/recommendation", lending.recommendation(), by=both)
    assert refused == "four-eyes"
    history = bank.get("application", f"{path}/history")["items"]
    assert [entry["what"] for entry in history][-1] == "ReviewRecommended", "the refused decision left nothing behind"


def test_an_offer_that_nobody_takes_expires(bank: Bank) -> None:
    application_id = lending.apply(bank)
    offered = lending.await_application(bank, application_id, "offered")["offer"]
    path = f"/v1/applications/{application_id}"
    other = lending.apply(bank)
    lending.await_application(bank, other, "offered")
    bank.post("application", f"/v1/applications/{other}/offer/accept", by=OFFICER)

    last_day = bank.today.fromisoformat(offered["valid_until"])
    bank.advance_to(last_day)
    assert lending.application(bank, application_id)["status"] == "offered", "the last day is included"
    bank.advance_to(last_day + timedelta(days=1))

    for one in (application_id, other):
        assert lending.application(bank, one)["status"] == "offer_expired", "accepted or not, it was not signed in time"
    assert bank.refusal("application", f"{path}/offer/accept", by=OFFICER) == "offer-expired"
    shown = {"confirmed_annualised_rate_percent": offered["cost_statement"]["annualised_rate_percent"]}
    assert bank.refusal("application", f"/v1/applications/{other}/contract", shown, by=OFFICER) == "offer-expired"
    check_invariants(bank)


def test_a_branch_does_not_see_the_applications_of_another(bank: Bank) -> None:
    application_id = lending.apply(bank)
    answer = bank.call("GET", "application", f"/v1/applications/{application_id}", by=OTHER_OFFICER)
    assert answer.status_code == 404
