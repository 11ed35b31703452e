"""How facts that were stored in an older shape are read today (upcasting): from one version to the next."""

from typing import Any


def _sealed_under_loan(data: dict[str, Any], prose: str) -> dict[str, str]:
    """Prose of a version that kept it in plain, as a personal field: nobody's key seals it, so the loan's id stands."""
    return {"subject_id": data["loan_id"], "value": prose}


def reason_in_plain(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "reason": _sealed_under_loan(data, data["reason"])}


def without_penalty(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "overdue_penalty": None}


def without_what_is_left(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "outstanding_principal": None, "days_past_due": None}


def evidence_in_plain(data: dict[str, Any]) -> dict[str, Any]:
    evidence = [{**one, "reference": _sealed_under_loan(data, one["reference"])} for one in data["evidence"]]
    return {**data, "evidence": evidence, "amounts_on": None}
