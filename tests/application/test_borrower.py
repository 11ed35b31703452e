"""Borrowers: registered once, told apart by their register number, aged by their identity number."""

from datetime import date
from uuid import UUID

import pytest

from services.application.domain.borrower import (
    age_on,
    borrower,
    company_borrower_id,
    legal_representative_id,
    person_borrower_id,
    require_own_id,
)
from services.application.domain.masking import masked_name, masked_number
from shared.messages import Rejected
from tests.application.asked import register
from tests.application.builders import BORROWER, COMPANY, PERSON, personal, registered
from tests.given import given


def test_a_company_is_registered() -> None:
    given(borrower).when(register()).then(registered())


def test_a_person_is_registered() -> None:
    given(borrower).when(register(segment="person", company=None, person=PERSON)).then(
        registered(segment="person", company=None, person=PERSON)
    )


def test_the_same_particulars_again_change_nothing() -> None:
    given(borrower, registered()).when(register(registered_by="zhao")).then_nothing()


def test_other_particulars_of_a_registered_company_are_refused() -> None:
    other = COMPANY.model_copy(update={"legal_representative": personal("赵六")})
    given(borrower, registered()).when(register(company=other)).then_rejected("borrower_registered_otherwise")


@pytest.mark.parametrize(
    "particulars",
    [
        {"company": None},
        {"company": None, "person": PERSON},
        {"person": PERSON},
        {"segment": "person"},
    ],
)
def test_the_particulars_are_those_of_the_segment_and_no_others(particulars: dict[str, object]) -> None:
    given(borrower).when(register(**particulars)).then_rejected("identity_of_segment")


def test_a_register_number_is_one_borrower_within_a_legal_entity() -> None:
    assert company_borrower_id("LD01", "91110000600037341L") == company_borrower_id("LD01", "91110000600037341L")
    assert company_borrower_id("LD01", "91110000600037341L") != company_borrower_id("LD02", "91110000600037341L")


def test_a_resident_number_is_one_borrower_within_a_legal_entity_and_only_the_key_tells_whose() -> None:
    key, number = bytes(32), "11010519491231002X"
    assert person_borrower_id(key, "LD01", number) == person_borrower_id(key, "LD01", number)
    others = {
        person_borrower_id(key, "LD02", number),
        person_borrower_id(b"k" * 32, "LD01", number),
        person_borrower_id(key, "LD01", "110105194912310038"),
    }
    assert len(others - {person_borrower_id(key, "LD01", number)}) == 3


def test_an_id_of_another_than_the_particulars_name_is_refused() -> None:
    require_own_id(None, BORROWER)
    require_own_id(BORROWER, BORROWER)
    with pytest.raises(Rejected, match="somebody else"):
        require_own_id(UUID(int=1), BORROWER)


def test_the_legal_representative_is_a_data_subject_of_his_own() -> None:
    subject = legal_representative_id(BORROWER)
    assert isinstance(subject, UUID)
    assert subject != BORROWER


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2026, 12, 30), 76),  # the day before the birthday
        (date(2026, 12, 31), 77),  # the birthday itself counts
        (date(1949, 12, 31), 0),
    ],
)
def test_age_is_in_whole_years(day: date, age: int) -> None:
    assert age_on("11010519491231002X", day) == age


def test_a_mask_leaves_a_surname_and_four_digits() -> None:
    assert masked_name(personal("欧阳锋")) == "欧**"
    assert masked_number(personal("13800138000")) == "*******8000"
    assert masked_number(personal("1234")) == "****"
    assert masked_name(personal(None)) == masked_number(personal(None)) == "[erased]"
