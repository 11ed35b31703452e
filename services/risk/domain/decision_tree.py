"""决策树: a small monotone tree as a second opinion, in plain Python, with the path that led to its leaf."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from struct import Struct

from pydantic import model_validator

from shared.messages import Value

_SINGLE = Struct("f")


class TreeNode(Value):
    """A question or, where `feature` is None, a leaf.

    `value` <= `threshold` goes to node `left`, else to `right`. `default_rate` of a leaf is the
    smoothed share of bad loans of the training data.
    """

    feature: str | None = None
    threshold: float = 0.0
    left: int = 0
    right: int = 0
    default_rate: float = 0.0


@dataclass(frozen=True)
class TreeVerdict:
    """The leaf's default rate under the training prior, its node, and the answers on the way there."""

    default_rate: float
    leaf: int
    path: tuple[str, ...]


class DecisionTree(Value):
    """Nodes in depth-first order, the root first. Categories enter as their rank in `ranks`."""

    nodes: tuple[TreeNode, ...]
    ranks: dict[str, dict[str, int]]
    missing: dict[str, float]
    """The value taken for a feature that is missing: the one at the riskiest end of its range."""

    @model_validator(mode="after")
    def _children_follow_their_parent(self) -> "DecisionTree":
        for index, node in enumerate(self.nodes):
            inside = index < node.left < len(self.nodes) and index < node.right < len(self.nodes)
            if node.feature is not None and not inside:
                raise ValueError(f"node {index} must come before its children")
        return self

    def judge(self, features: Mapping[str, float | str | None]) -> TreeVerdict:
        index, path, questions = 0, [], self._questions
        while (asked := questions[index]) is not None:
            feature, threshold, left, right, below, above = asked
            if self.value_of(feature, features.get(feature)) <= threshold:
                path.append(below)
                index = left
            else:
                path.append(above)
                index = right
        return TreeVerdict(self.nodes[index].default_rate, index, tuple(path))

    @cached_property
    def _questions(self) -> tuple[tuple[str, float, int, int, str, str] | None, ...]:
        """By node, its question with both answers in words; None for a leaf."""
        return tuple(
            None
            if one.feature is None
            else (one.feature, one.threshold, one.left, one.right,
                  f"{one.feature} <= {one.threshold:g}", f"{one.feature} > {one.threshold:g}")
            for one in self.nodes
        )  # fmt: skip

    def value_of(self, feature: str, value: float | str | None) -> float:
        """The number the tree compares: in single precision, as the training library does."""
        if isinstance(value, str):
            value = self.ranks.get(feature, {}).get(value)
        return single_precision(self.missing[feature] if value is None else float(value))

    @cached_property
    def lowest_default_rate(self) -> float:
        return min(node.default_rate for node in self.nodes if node.feature is None)


def single_precision(value: float) -> float:
    """The IEEE 754 single nearest to `value`."""
    found: float = _SINGLE.unpack(_SINGLE.pack(value))[0]
    return found
