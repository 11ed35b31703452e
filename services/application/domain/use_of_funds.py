"""What a working-capital loan may be spent on (用途)."""

from typing import Literal, get_args

LawfulUse = Literal["purchase_of_goods", "wages", "rent", "utilities", "taxes", "services", "operating_costs"]
ForbiddenUse = Literal["dividends", "financial_assets", "fixed_assets", "equity", "real_estate"]
Purpose = Literal[LawfulUse, ForbiddenUse]
"""Codes, not prose: a purpose is announced to other services and must not name anybody."""


def is_forbidden(use: str) -> bool:
    """Whether a working-capital loan may not pay for `use`.

    Source: 流动资金贷款管理办法 (2024), use of funds: not for dividends to shareholders, financial assets,
    fixed assets, equity and the like. Real estate is our reading of fixed assets, said aloud.
    """
    return use in get_args(ForbiddenUse)
