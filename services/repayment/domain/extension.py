"""How long a loan may be extended (展期期限) by the table of a rule: extensions together, against the original term."""

from fractions import Fraction
from typing import Literal

ExtensionRule = Literal["2024", "1996"]
"""流动资金贷款管理办法 (2024), from general knowledge of its text; 贷款通则 (1996) article 12."""

SHORT_MONTHS = 12
LONG_MONTHS = 60
LONG_EXTENSION_MONTHS = 36


def extension_months_max(original_months: int, rule: ExtensionRule = "2024") -> int:
    """The months that all extensions of a loan may make together.

    Up to a year: the original term. Above: half of it. By 贷款通则 three years where the term is above five.
    """
    if original_months <= SHORT_MONTHS:
        return original_months
    if rule == "1996" and original_months > LONG_MONTHS:
        return LONG_EXTENSION_MONTHS
    return int(original_months * Fraction(1, 2))
