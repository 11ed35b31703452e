"""The contact log (催收记录) of one debtor: when and how often a person may be contacted.

One stream per borrower, not per loan: the limit protects a person, who may owe several loans, and one
stream makes two collectors who call at the same minute count each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.collection.domain.commands import RecordContact
from services.collection.domain.events import ContactLogEvent, ContactRecorded
from services.collection.domain.strategy import Strategy, strategy_on
from shared.decider import Decider
from shared.messages import Personal, Rejected


@dataclass(frozen=True)
class ContactLog:
    """How often the bank contacted the debtor, by day."""

    outbound: Mapping[date, int] = field(default_factory=dict)


def decide(command: RecordContact, log: ContactLog) -> Sequence[ContactLogEvent]:
    """Record the contact, if the rules of conduct allow it. They bind the bank, not a debtor who calls.

    Ask with a dry run before dialling. Raises Rejected.
    """
    if command.contacted_on > command.recorded_on:
        raise Rejected("contact_in_the_future", f"the bank's date is {command.recorded_on}", field="contacted_on")
    if command.direction == "outbound":
        require_fair_conduct(command, log, strategy_on(command.contacted_on))
    return [
        ContactRecorded(
            contact_id=command.contact_id,
            borrower_id=command.borrower_id,
            loan_id=command.loan_id,
            direction=command.direction,
            channel=command.channel,
            result=command.result,
            contacted_on=command.contacted_on,
            local_time=command.local_time,
            note=None if command.note is None else Personal[str](subject_id=command.borrower_id, value=command.note),
        )
    ]


def require_fair_conduct(command: RecordContact, log: ContactLog, strategy: Strategy) -> None:
    """Within the hours, not too often, only about a loan that is being collected. Every channel counts."""
    if not command.being_collected:
        raise Rejected("case_not_open", "nothing of this loan is being collected")
    if not strategy.contact_from <= command.local_time < strategy.contact_until:
        raise Rejected(
            "contact_outside_hours",
            f"a debtor is contacted from {strategy.contact_from:%H:%M}, and before "
            f"{strategy.contact_until:%H:%M}, in the debtor's local time",
            field="local_time",
        )
    if log.outbound.get(command.contacted_on, 0) >= strategy.contacts_per_day_max:
        raise Rejected(
            "contacts_per_day_reached",
            f"a debtor is contacted at most {strategy.contacts_per_day_max} times a day, all loans together",
            field="contacted_on",
        )


def evolve(log: ContactLog, event: ContactLogEvent) -> ContactLog:
    if event.direction == "inbound":
        return log
    return ContactLog({**log.outbound, event.contacted_on: log.outbound.get(event.contacted_on, 0) + 1})


contact_log = Decider[ContactLog, RecordContact, ContactLogEvent](
    category="contact_log",
    stream_id=lambda command: command.borrower_id,
    initial=ContactLog(),
    decide=decide,
    evolve=evolve,
    events=(ContactRecorded,),
    of_bank=True,
)
