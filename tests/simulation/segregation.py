"""审贷分离: who asked, who recommended, who approved and who let the money go are different persons."""

from typing import Any

Facts = dict[str, list[Any]]


def check(facts: dict[str, Facts]) -> None:
    """Raises AssertionError naming whose duties were not separated."""
    submitted = {one.application_id: one.submitted_by for one in facts["application"]["ApplicationSubmitted"]}
    for one in facts["application"]["ReviewRecommended"]:
        assert one.recommended_by != submitted[one.application_id], "whoever submitted does not recommend"
    approved = {}
    for one in facts["application"]["ApplicationApproved"]:
        people = {submitted[one.application_id], one.recommended_by, one.approved_by} - {None}
        assert len(people) == (1 if one.automatic else 3), "three persons, or none but the applicant's officer"
        approved[one.application_id] = people
    drawn = {one.drawdown_id: one for one in facts["disbursement"]["DrawdownRequested"]}
    contract = {one.contract_id: one.terms.application_id for one in facts["disbursement"]["FacilityOpened"]}
    for one in facts["disbursement"]["PaymentInstructed"]:
        assert one.released_by != drawn[one.drawdown_id].requested_by, "a second person releases"
        assert one.released_by not in approved[contract[one.contract_id]], "not who approved"
    proposals = {one.proposal_id: one.proposed_by for one in facts["disbursement"]["ResolutionProposed"]}
    for one in facts["disbursement"]["ResolutionConfirmed"]:
        assert one.confirmed_by != proposals[one.proposal_id], "a second person confirms"
    proposed = {one.proposal_id: one.proposed_by for one in facts["collection"]["WriteOffProposed"]}
    for one in facts["collection"]["WriteOffProposalApproved"]:
        assert one.approved_by != proposed[one.proposal_id], "a second person writes off"
