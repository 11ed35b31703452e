"""Published and derived figures that concern collection, read from the folder that LIUDAI_VECTORS names."""

import pytest

from services.collection.domain.delinquency import ageing_bucket
from tests.shared.vectors import Row, holds, published

pytestmark = pytest.mark.vectors

ADAPTERS = {"ageing_bucket": lambda given: {"bucket": ageing_bucket(given["days_past_due"])}}


@pytest.mark.parametrize("row", published(("decisions_cn",), concerns=lambda row: row["category"] in ADAPTERS))
def test_ageing(row: Row) -> None:
    holds(row, ADAPTERS)
