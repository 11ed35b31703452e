"""The PyPI package `eventsourcing` writing the same facts with its PostgreSQL recorder; `make bench` installs it.

Without arguments it only says by its exit status whether the package is here.
"""

import json
import sys
import threading
import time
from itertools import count
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore


def main(url: str, seconds: float, threads: int, states: list[str]) -> float:
    """Events a second: threads that each insert one event a call and wait for its commit."""
    parts = urlsplit(url)
    store = PostgresDatastore(
        parts.path.lstrip("/"), parts.hostname or "", parts.port or 5432, parts.username or "",
        unquote(parts.password or ""), pool_size=threads, max_overflow=threads,
    )  # fmt: skip
    recorder = PostgresApplicationRecorder(store, events_table_name="public_stored_events")
    recorder.create_table()
    encoded = [state.encode() for state in states]
    recorder.insert_events([StoredEvent(uuid4(), 1, "warm-up", encoded[0])])
    done: list[int] = []
    started = time.perf_counter()

    def write() -> None:
        originator = uuid4()
        for version in count(1):
            recorder.insert_events([StoredEvent(originator, version, "repayment:Fact", encoded[version % 2])])
            if time.perf_counter() >= started + seconds:
                done.append(version)
                return

    writers = [threading.Thread(target=write) for _ in range(threads)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    rate = sum(done) / (time.perf_counter() - started)
    store.close()
    return rate


if __name__ == "__main__" and len(sys.argv) > 1:
    print(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])))
