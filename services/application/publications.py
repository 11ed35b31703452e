"""Our fact → announcement: an application to be assessed, a contract to be drawn on. Who the borrower is stays here."""

from typing import Any

from services.application.domain import events, facts
from shared.contracts.application import (
    AllocationTerms,
    ApplicationDecided,
    ApplicationSubmitted,
    BureauConsent,
    BureauFacts,
    CollateralFacts,
    CompanyFacts,
    ContractSigned,
    EvidenceFacts,
    PersonFacts,
    SmallFirmFacts,
    StatementFacts,
    SupplyChainFacts,
)
from shared.event_store import Recorded
from shared.messages import IntegrationEvent

announces = (ApplicationSubmitted, ApplicationDecided, ContractSigned)


def to_integration_event(recorded: Recorded[Any]) -> IntegrationEvent | None:
    match recorded.event:
        case events.ApplicationSubmitted() as submitted:
            return ApplicationSubmitted(
                application_id=submitted.application_id,
                borrower_id=submitted.borrower_id,
                segment=submitted.segment,
                product_code=submitted.product_code,
                requested_amount=submitted.requested_amount,
                term_months=submitted.term_months,
                repayment_method=submitted.repayment_method,
                purpose=submitted.purpose,
                submitted_on=submitted.submitted_on,
                company=_company(submitted.company) if submitted.company else None,
                person=PersonFacts(**dict(submitted.person)) if submitted.person else None,
                small_firm=_small_firm(submitted.small_firm) if submitted.small_firm else None,
                supply_chain=SupplyChainFacts(**dict(submitted.supply_chain)) if submitted.supply_chain else None,
                bureau=BureauFacts(**dict(submitted.bureau)),
                collateral=tuple(CollateralFacts(**dict(item)) for item in submitted.collateral),
                evidence=tuple(EvidenceFacts(**dict(item)) for item in submitted.evidence),
                other_exposure=submitted.other_exposure,
                group_exposure=submitted.group_exposure,
                bureau_consent=BureauConsent(**dict(submitted.bureau_consent)) if submitted.bureau_consent else None,
            )
        case events.ApplicationApproved() as approved:
            return ApplicationDecided(
                application_id=approved.application_id,
                decision="approve",
                automatic=approved.automatic,
                decided_on=approved.approved_on,
            )
        case events.ApplicationDeclined() as declined:
            return ApplicationDecided(
                application_id=declined.application_id,
                decision="decline",
                automatic=declined.automatic,
                decided_on=declined.declined_on,
            )
        case events.ContractSigned() as signed:
            return ContractSigned(
                contract_id=signed.contract_id,
                application_id=signed.application_id,
                borrower_id=signed.borrower_id,
                segment=signed.segment,
                product_code=signed.product_code,
                limit=signed.limit,
                annual_rate_percent=signed.annual_rate_percent,
                penalty_uplift_percent=signed.penalty_uplift_percent,
                term_months=signed.term_months,
                repayment_method=signed.repayment_method,
                day_count=signed.day_count,
                signed_on=signed.signed_on,
                available_until=signed.available_until,
                new_relation=signed.new_relation,
                average_credit=signed.average_credit,
                approved_by=signed.approved_by,
                allocation=AllocationTerms(**dict(signed.allocation)) if signed.allocation else None,
            )
        case _:
            return None


def _small_firm(firm: facts.SmallFirmFacts) -> SmallFirmFacts:
    return SmallFirmFacts(**(dict(firm) | {"owner": BureauFacts(**dict(firm.owner))}))


def _company(company: facts.CompanyFacts) -> CompanyFacts:
    statements = {
        "previous": StatementFacts(**dict(company.previous)),
        "latest": StatementFacts(**dict(company.latest)),
    }
    return CompanyFacts(**(dict(company) | statements))
