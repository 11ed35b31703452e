"""Which browser the pages are tested in: one of this machine, for nothing is fetched."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """The path of Chromium, or None; the environment's CHROMIUM goes before what is on the path."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *NAMES) if name)
    return next((path for path in found if path), None)
