"""Risk's shadow worker beside `make up`: the environment of the whole bank made into that of the one service."""

import os
import sys

from services.operations.allinone import settings_of
from services.operations.deployment import PORT, all_in_one
from services.risk import shadow
from services.risk.main import service


def main() -> int:
    """Run until SIGTERM."""
    home = f"http://127.0.0.1:{os.environ.get('LIUDAI_PORT', PORT)}"
    deployment = all_in_one(home, os.environ["LIUDAI_CORE_BANKING_URL"])
    return shadow.main(settings_of(service, deployment, os.environ))


if __name__ == "__main__":
    sys.exit(main())
