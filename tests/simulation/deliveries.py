"""What must hold between services at rest: every announcement heard once by each who listens, one business date."""

from datetime import timedelta

from tests.simulation.bank import History


def check(history: History) -> None:
    """Raises AssertionError naming what does not hold."""
    check_messages(history)
    check_order(history)
    check_dates(history)


def check_order(history: History) -> None:
    """Within a stream everything is heard in order, also what had to be parked and redriven."""
    places = {
        recorded.event_id: (recorded.stream_id, recorded.version)
        for process in history.processes.values()
        for recorded in process.tables.events
    }
    for process in history.processes.values():
        heard: dict[str, int] = {}
        for event_id in process.tables.inbox:
            stream_id, version = places[event_id]
            assert version > heard.get(stream_id, 0), f"{process.name} heard {stream_id} out of order"
            heard[stream_id] = version


def check_dates(history: History) -> None:
    """No day is skipped or closed twice, and every service works on the same one."""
    streams = history.processes["repayment"].tables.streams("business_date-")
    closed = [one.event.closed_on for _, events in streams for one in events if hasattr(one.event, "closed_on")]
    assert closed == [closed[0] + timedelta(days=n) for n in range(len(closed))] if closed else True
    dates = {name: one.tables.opened_on for name, one in history.processes.items()}
    assert len(set(dates.values())) == 1, f"the services work on different days: {dates}"


def check_messages(history: History) -> None:
    """What was announced was heard once by each who listens; nothing waits but rubbish."""
    for process in history.processes.values():
        assert not process.crashed, f"{process.name} died of more than the faults: {process.crashed[0]}"
        announced = {
            recorded.event_id: (type(message).producer, type(message).__name__)
            for other in history.processes.values()
            for recorded in other.tables.events
            if (message := other.service.announce(recorded)) and type(message) in process.hears
        }
        assert set(process.tables.inbox) == set(announced), f"{process.name} heard something else than was said"
        assert sum(process.tables.inbox_counts.values()) == len(announced), "counted once each"
        assert {row["stream_id"] for row in process.tables.parked.values()} <= {"undecodable"}
