"""What knock-out rules may ask of the sources' answers; None where the source was not asked or said nothing."""

from decimal import Decimal

from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.features import FeatureValue, FeatureValues
from services.risk.domain.fractions import NIL, six_places
from services.risk.domain.source_answers import months_since

TIMES_HIGH = Decimal(50)
"""Where next to nothing was taxed: the ratio says no more than that."""


def source_features(facts: ApplicationFacts) -> FeatureValues:
    """By feature; a rule on one whose source is silent is `unknown`, and that silence refers by itself."""
    features: FeatureValues = dict.fromkeys(
        ("registration", "months_established", "is_dishonest", "tax_in_arrears", "declared_to_taxed_revenue")
    )
    for one in facts.sources:
        if one.registry is not None:
            features["registration"] = one.registry.registration
            months = months_since(one.registry.established_on, facts.submitted_on)
            features["months_established"] = six_places(Decimal(months))
        if one.courts is not None:
            features["is_dishonest"] = six_places(Decimal(one.courts.is_dishonest))
        if one.tax is not None:
            features["tax_in_arrears"] = six_places(Decimal(one.tax.in_arrears))
            if one.tax.taxed_revenue is not None:
                features["declared_to_taxed_revenue"] = _times(facts, one.tax.taxed_revenue.amount)
    return features


def _times(facts: ApplicationFacts, taxed: Decimal) -> FeatureValue:
    """Declared revenue over the taxed one, for who declares statements."""
    if facts.company is None:
        return None
    declared = facts.company.latest.revenue.amount
    if taxed <= NIL:
        return six_places(TIMES_HIGH if declared > NIL else NIL)
    return six_places(min(declared / taxed, TIMES_HIGH))
