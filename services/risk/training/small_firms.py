"""The SBA's loans to small firms: what was known when a loan was approved, and nothing that came after.

Left out: `term` (rewritten at charge-off), everything of charge-off, balance and disbursement, and `approval_fy` as a
feature. The file was drawn by class, half and half; in the population 17.56 % were charged off.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from services.risk.domain.features import NEW_FIRM_YEARS
from services.risk.domain.fractions import HUNDRED
from services.risk.training.sources import Labelled, Source, read
from services.risk.training.weight_of_evidence import Column, Floats

SBA = Source(
    "sba_30k_casecontrol.csv.gz",
    "fe48a1f21b9e2fcd8295b1cf956eda1abad46df64647c6752450d24f5f0624c9",
    "mis_status",
    "public domain",
    "SBA 7(a) loans, 15,000 charged off and 15,000 paid in full. Guide: Li, Mickel & Taylor 2018, "
    "J. Statistics Education 26(1) (CC BY 4.0)",
)
POPULATION_RATE = 0.1756

SECTORS: Mapping[str, str] = {
    "11": "agriculture", "21": "mining", "22": "utilities", "23": "construction", "31": "manufacturing",
    "32": "manufacturing", "33": "manufacturing", "42": "wholesale", "44": "retail", "45": "retail", "48": "transport",
    "49": "transport", "51": "information_technology", "52": "finance", "53": "real_estate", "54": "technical_services",
    "55": "business_services", "56": "business_services", "61": "education", "62": "health", "71": "culture_and_sports",
    "721": "accommodation", "722": "catering", "81": "personal_services", "92": "public_facilities",
}  # fmt: skip
"""NAICS → the codes in which applications give an industry; no other has rows here."""


def small_firms() -> Labelled:
    """What an applicant here can supply too: staff, age of the firm, industry, guaranteed part.

    The amount is left out: there, a larger loan was a safer one, and a card that said so would reward asking for more.
    State, bank and programme are another country's.
    """
    table = read(SBA)
    return Labelled(SBA, small_firm_columns(table), bad_of(table))


def small_firm_columns(table: pd.DataFrame) -> dict[str, Column]:
    """The features of raw rows; nobody employed and no industry are gaps of the file."""
    employees = table["no_emp"].to_numpy(dtype=np.float64)
    guaranteed = float(HUNDRED) * table["sba_appv"].to_numpy(dtype=np.float64) / table["gr_appv"].to_numpy(np.float64)
    is_new = table["new_exist"].to_numpy(dtype=np.float64)
    assert NEW_FIRM_YEARS == 2, "the file calls a firm new for two years"  # noqa: PLR2004
    return {
        "employees": np.where(employees > 0, employees, np.nan),
        "is_new_firm": np.where(is_new == 2, 1.0, np.where(is_new == 1, 0.0, np.nan)),  # noqa: PLR2004
        "guaranteed_percent": np.round(guaranteed, 6),
        "industry": np.array([_sector(code) for code in table["naics"]]),
    }


def known_at_approval() -> Labelled:
    """Everything the file knew at approval, for the plain logistic regression that the literature measures."""
    table = read(SBA)
    columns = small_firm_columns(table)
    words = {
        name: np.array([str(value) for value in table[name].fillna("?")])
        for name in ("state", "urban_rural", "rev_line_cr", "low_doc")
    }
    numbers = {
        "log_amount": np.log10(table["gr_appv"].to_numpy(dtype=np.float64)),
        "log_employees": np.log1p(table["no_emp"].to_numpy(dtype=np.float64)),
        "franchise": (table["franchise_code"] > 1).to_numpy(dtype=np.float64),
        "bank_of_same_state": (table["state"] == table["bank_state"]).to_numpy(dtype=np.float64),
    }
    kept = {name: columns[name] for name in ("is_new_firm", "guaranteed_percent", "industry")}
    return Labelled(SBA, {**numbers, **kept, **words}, bad_of(table))


def years() -> Floats:
    """The fiscal year in which each loan was approved, for measuring out of time alone."""
    return np.asarray(read(SBA)["approval_fy"], dtype=np.float64)


def bad_of(table: pd.DataFrame) -> Floats:
    return np.asarray(table["mis_status"] == "CHGOFF", dtype=np.float64)


def _sector(code: object) -> str:
    digits = str(int(float(str(code))))
    return SECTORS.get(digits[:3]) or SECTORS.get(digits[:2], "")
