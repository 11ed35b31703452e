"""Borrowers (借款人): who they are, registered once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from hmac import digest
from uuid import UUID, uuid5

from services.application.domain.commands import BorrowerCommand
from services.application.domain.events import BorrowerEvent, BorrowerRegistered
from shared.decider import Decider
from shared.messages import Rejected

_REGISTER = UUID("0b6f6a53-6f0e-5c0b-9b6d-3c1d8a2f9e47")


@dataclass(frozen=True)
class NoBorrower:
    pass


@dataclass(frozen=True)
class KnownBorrower:
    facts: BorrowerRegistered


Borrower = NoBorrower | KnownBorrower


def company_borrower_id(legal_entity: str, unified_social_credit_code: str) -> UUID:
    """The id of a company with the bank: one for one register number, so it cannot be registered twice."""
    return uuid5(_REGISTER, f"{legal_entity}/{unified_social_credit_code}")


def person_borrower_id(master_key: bytes, legal_entity: str, resident_id: str) -> UUID:
    """The id of a person with the bank: one for one resident identity number, so a cap per borrower holds for him.

    Keyed (HMAC-SHA256, under a key of its own from `master_key`), so nobody without the key can tell from an id whose
    it is by trying numbers. It stays as long as the master key does.
    """
    key = digest(master_key, b"liudai/person-borrower-id", sha256)
    return UUID(bytes=digest(key, f"{legal_entity}/{resident_id}".encode(), sha256)[:16], version=5)


def require_own_id(given: UUID | None, own: UUID) -> None:
    """Refuse a borrower's id that is not of whom the particulars name: his exposure would count for another."""
    if given not in (None, own):
        raise Rejected(
            "borrower_id_of_another",
            "the particulars name somebody else; leave borrower_id out, or give that of the same borrower",
            field="borrower_id",
        )


def legal_representative_id(borrower_id: UUID) -> UUID:
    """The data subject who is a company's legal representative: erased without erasing the company."""
    return uuid5(borrower_id, "legal_representative")


def born_on(resident_id: str) -> date:
    """The date of birth in an 18-digit resident identity number (GB 11643: digits 7 to 14)."""
    return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))


def age_on(resident_id: str, day: date) -> int:
    """Whole years of age on `day`; the birthday itself counts."""
    birth = born_on(resident_id)
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def decide(command: BorrowerCommand, borrower: Borrower) -> Sequence[BorrowerEvent]:
    match borrower:
        case NoBorrower():
            return [_register(command)]
        case KnownBorrower(facts):
            if (facts.company, facts.person) == (command.company, command.person):
                return []
            raise Rejected(
                "borrower_registered_otherwise",
                f"registered as {facts.borrower_id} with other particulars;"
                " to use the record as it is, apply with that borrower_id",
            )


def _register(command: BorrowerCommand) -> BorrowerRegistered:
    given = {"company": command.company, "person": command.person}
    if [name for name, identity in given.items() if identity] != [command.segment]:
        raise Rejected(
            "identity_of_segment",
            f"give the particulars of the {command.segment}, and only those",
            field="segment",
        )
    return BorrowerRegistered(
        borrower_id=command.borrower_id,
        segment=command.segment,
        company=command.company,
        person=command.person,
        registered_by=command.registered_by,
        registered_on=command.registered_on,
    )


def evolve(borrower: Borrower, event: BorrowerEvent) -> Borrower:
    assert isinstance(borrower, NoBorrower), "a borrower is registered once"
    return KnownBorrower(event)


borrower = Decider[Borrower, BorrowerCommand, BorrowerEvent](
    category="borrower",
    stream_id=lambda command: command.borrower_id,
    initial=NoBorrower(),
    decide=decide,
    evolve=evolve,
    events=(BorrowerRegistered,),
    of_bank=True,
)
