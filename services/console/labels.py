"""What risk's characteristics and rules are called in both languages, from the very policy files it decides by."""

import json
from functools import cache
from importlib.resources import files

from pydantic import BaseModel


class Label(BaseModel):
    zh: str
    en: str


TREE = "decision_tree"
"""A factor that is no characteristic: what the tree adds to the score."""


@cache
def labels() -> dict[str, Label]:
    """By the name of a characteristic or the code of a knock-out rule."""
    found = {TREE: Label(zh="决策树", en="decision tree")}
    for file in sorted((files("services.risk") / "policies").iterdir(), key=lambda one: one.name):
        if not file.name.startswith(("feature_schema", "knock_outs")):
            continue
        policy = json.loads(file.read_text(encoding="utf-8"))
        for named in policy.get("features", policy.get("rules", ())):
            if "zh" in named:
                found[named.get("name", named.get("code"))] = Label(zh=named["zh"], en=named["en"])
    return found
