# ruff: noqa: F401  (pytest collects what is imported)
"""Every branch of a loan's life through the containers: the very journeys of tests/journeys, on compose's bank."""

from tests.journeys.test_arrears import (
    test_a_loan_in_arrears_is_written_off_by_two_people,
    test_a_loan_that_falls_overdue_is_cured_by_a_kept_promise,
)
from tests.journeys.test_credit_decisions import (
    test_an_application_that_risk_refers_is_approved_by_two_people,
    test_an_application_with_an_unpaid_default_is_declined_with_its_reason,
    test_an_offer_that_nobody_takes_expires,
)
from tests.journeys.test_loan_lifecycle import (
    test_a_loan_is_repaid_early_in_full,
    test_a_loan_lives_from_application_to_settlement,
    test_the_two_calls_of_the_first_hour_answer_with_a_decision,
)
from tests.journeys.test_payment_outcomes import (
    test_a_disbursement_that_core_banking_refuses_fails_and_can_be_drawn_anew,
    test_a_payment_of_unknown_outcome_is_asked_about_and_never_sent_again,
)
