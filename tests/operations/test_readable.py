"""Facts and states as people read them."""

from services.operations.readable import block, plain, sentence

FEN = {"currency": "CNY", "minor": 30_000_000}
PAID = {"amount": {"minor": 100_00, "currency": "CNY"}, "received_on": "2026-03-31"}


def test_money_is_read_with_its_currency_and_thousands() -> None:
    assert plain(FEN) == "CNY 300,000.00"
    assert plain({"minor": -5, "currency": "CNY"}) == "CNY -0.05"
    assert plain({"minor": 1234, "currency": "JPY"}) == "JPY 1,234"


def test_a_sentence_has_amounts_and_plain_values_and_no_ids() -> None:
    fact = {
        "loan_id": "x",
        "principal": FEN,
        "penalty": {"currency": "CNY", "minor": 0},
        "early": False,
        "left": None,
        "phone": {"subject_id": "x", "value": "•••"},
        "origin": {"no": 7, "contract_id": "y"},
    }
    assert sentence(fact) == "principal CNY 300,000.00 · early no · no 7"


def test_a_sentence_leaves_out_what_was_told_before_and_says_who_answered() -> None:
    fact = {
        "answers": [{"source": "bureau", "status": "answered", "bureau": {}}, {"source": "tax", "status": "timed_out"}],
        "facts": {"requested_amount": FEN},
        "company": {"size": "small", "latest": {"revenue": FEN}},
        "asked_on": "2026-03-31",
    }
    assert sentence(fact) == "bureau answered · tax timed_out · asked on 2026-03-31 · size small"


def test_a_personal_value_is_what_the_service_shows_of_it() -> None:
    assert plain({"name": {"subject_id": "x", "value": "•••"}}) == {"name": "•••"}


def test_a_state_is_a_block_of_fields_with_their_own_below() -> None:
    state = {
        "terms": {"principal": FEN, "term_months": 2},
        "delinquent": True,
        "proposals_refused": [],
        "marks": [1, 2],
    }
    assert list(block(plain(state))) == [
        "  terms",
        "    principal    CNY 300,000.00",
        "    term months  2",
        "  delinquent         yes",
        "  proposals refused  none",
        "  marks              1, 2",
    ]


def test_what_is_alike_is_a_table_where_there_is_room_for_it() -> None:
    state = {"receipts": {"a1": PAID, "b2": PAID}}
    assert list(block(plain(state), room=40)) == [
        "  receipts",
        "    id  amount      received on",
        "    a1  CNY 100.00  2026-03-31",
        "    b2  CNY 100.00  2026-03-31",
    ]
    assert list(block(plain(state), room=20))[:4] == [
        "  receipts", "    a1", "      amount       CNY 100.00", "      received on  2026-03-31",
    ]  # fmt: skip


def test_the_parts_of_a_row_stand_beside_its_fields() -> None:
    rows = [{"row": {"no": 1, "due_on": "2026-03-31"}, "billed": True}]
    assert list(block(rows)) == ["  no  due on      billed", "  1   2026-03-31  yes"]
    ambiguous = [{"row": {"no": 1}, "no": 2}]
    assert list(block(ambiguous)) == ["  1", "    row", "      no  1", "    no  2"]
