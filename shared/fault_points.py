"""Named places where a process may be made to die, so that a test can kill it exactly there.

`LIUDAI_FAULT_POINT=relay.after_confirm:2` kills the process the second time it passes that point.
"""

import os

POINTS = (
    "append.before_insert", "append.after_commit", "seal.before", "seal.after", "relay.before_publish",
    "relay.after_confirm", "relay.after_cursor", "consume.before_transaction", "consume.before_commit",
    "consume.after_commit", "consume.after_ack", "effect.before_act", "effect.after_act", "effect.after_reactions",
    "effect.after_checkpoint", "projection.before_commit", "projection.after_commit",
)  # fmt: skip

_name, _, _nth = os.environ.get("LIUDAI_FAULT_POINT", "").partition(":")
_passes_left = int(_nth or 1)
if _name and _name not in POINTS:
    raise SystemExit(f"LIUDAI_FAULT_POINT: {_name} is none of {', '.join(POINTS)}")


def fault_point(name: str) -> None:
    """Die here, as by kill -9, if the environment asks for it; otherwise nothing."""
    global _passes_left  # noqa: PLW0603  (a countdown for the whole process is the point)
    if name != _name:
        return
    _passes_left -= 1
    if _passes_left == 0:
        os._exit(137)
