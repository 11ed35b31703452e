"""The labelled data, pinned by hash, as columns of the features that an application can supply too."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from services.risk.domain.features import person_ratios
from services.risk.domain.fractions import NIL
from services.risk.domain.score_model import TrainingData
from services.risk.training.weight_of_evidence import Column, Floats

SHIPPED = Path(__file__).parents[1] / "data"
FOLDER_VARIABLE = "LIUDAI_RISK_DATA"


class DataMissingError(LookupError):
    """A data set that does not ship with the project was asked for and its folder is not set."""


@dataclass(frozen=True)
class Source:
    """A file, the hash it must have, and whose it is."""

    file: str
    sha256: str
    label: str
    licence: str
    origin: str


POLISH = Source(
    "polish5_core.csv.gz",
    "2e9b4be23c48df7f9bd14c5fb5b22db31fec90b86ce472bf7f65610121301725",
    "default_1y",
    "CC BY 4.0",
    "Polish companies bankruptcy, 5th year, artefact-free columns. Zieba, Tomczak & Tomczak 2016, "
    "Expert Systems with Applications 58:93-101 (UCI 365)",
)
KAZAKH = Source(
    "kz_common.csv",
    "eb4fa97baa421d00f280ac0224338c6ed9a705623835100214fdd5bf95457621",
    "default",
    "BSD-3-Clause",
    "Corporate borrowers of 16 Kazakh banks, published by the regulator (package ares-afr, factorsKZ)",
)
CREDIT = Source(
    "credit_data.csv.gz",
    "c37d67c6674ee7fcecf9b2ebd6c96d3a2ace635a947e115e76eb6c2f65fe40b0",
    "Status",
    "MIT",
    "Consumer credit, credit_data of the R package modeldata",
)


@dataclass(frozen=True)
class Labelled:
    """Rows of one source: columns by feature name and 1.0 for bad."""

    source: Source
    columns: Mapping[str, Column]
    bad: Floats

    def described(self) -> TrainingData:
        return TrainingData(
            file=self.source.file,
            sha256=self.source.sha256,
            rows=len(self.bad),
            bad=int(self.bad.sum()),
            licence=self.source.licence,
            source=self.source.origin,
        )


def read(source: Source) -> pd.DataFrame:
    """The file as a table; DataMissingError without it, ValueError when its bytes are others."""
    folder = os.environ.get(FOLDER_VARIABLE)
    path = SHIPPED / source.file
    if not path.exists():
        if not folder:
            raise DataMissingError(f"{source.file} does not ship: set {FOLDER_VARIABLE} to its folder")
        path = Path(folder) / source.file
    if sha256(path.read_bytes()).hexdigest() != source.sha256:
        raise ValueError(f"{path.name} is not the file that the model card names")
    return pd.read_csv(path)


def companies(source: Source, features: tuple[str, ...]) -> Labelled:
    """Ratios as published, six places."""
    table = read(source)
    columns = {name: np.round(table[name].to_numpy(dtype=np.float64), 6) for name in features}
    return Labelled(source, columns, table[source.label].to_numpy(dtype=np.float64))


def persons() -> Labelled:
    """Complete rows only: who left a question open was bad far more often, and an applicant who does is referred.

    Marital status and age are not used.
    """
    table = read(CREDIT).dropna(subset=["Income", "Assets", "Debt", "Job", "Home"])
    return Labelled(CREDIT, person_columns(table), (table["Status"] == "bad").to_numpy(dtype=np.float64))


def person_columns(table: pd.DataFrame) -> dict[str, Column]:
    """The features of raw rows of the consumer credit file; what a row leaves open is a gap."""
    rows = [_person_row(row) for row in table.to_dict("records")]
    return {
        name: np.array([row[name] for row in rows], dtype=None if name in ("job", "home") else np.float64)
        for name in rows[0]
    }


def _person_row(row: Mapping[Any, Any]) -> dict[str, float | str]:
    told = {name: row[name] for name in ("Income", "Expenses", "Assets", "Debt", "Amount")}
    known = {name: Decimal(str(value)) if pd.notna(value) else NIL for name, value in told.items()}
    ratios = person_ratios(
        income=known["Income"],
        expenses=known["Expenses"],
        assets=known["Assets"],
        debts=known["Debt"],
        requested=known["Amount"],
        term_months=int(row["Time"]),
    )
    open_questions = {name for name, value in told.items() if pd.isna(value)}
    return {
        **{
            name: float("nan") if value is None or open_questions & STANDS_ON[name] else float(value)
            for name, value in ratios.items()
        },
        "seniority_years": float(row["Seniority"]),
        "term_months": float(row["Time"]),
        "default_record": 1.0 if row["Records"] == "yes" else 0.0,
        "job": str(row["Job"]) if pd.notna(row["Job"]) else "",
        "home": ("private" if row["Home"] == "priv" else str(row["Home"])) if pd.notna(row["Home"]) else "",
    }


STANDS_ON = {
    "expense_to_income": {"Expenses", "Income"},
    "amount_to_income": {"Amount", "Income"},
    "debt_to_income": {"Debt", "Income"},
    "assets_to_amount": {"Assets", "Amount"},
    "payment_burden": {"Amount", "Income", "Expenses"},
}
"""Which questions a ratio needs an answer to."""
