"""The naive variants of the store, the relay, the consumer and the effects, and the tests that must see each.

A mutant is a patch of a real component, or SQL run in each migrated schema. `killed_by` are tests of the normal
suites; with the mutant in place each of them must fail.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.mutants import naive_consumer, naive_effect, naive_relay, naive_store

Patch = Callable[[pytest.MonkeyPatch], None]

STORM, STORES = "tests/shared/test_hostile_writers.py", "tests/shared/test_event_stores.py"
SNAPSHOTS, CRASHES = "tests/shared/test_old_snapshots.py", "tests/shared/test_crash_points.py"
RELAY, RABBIT = "tests/shared/test_relay.py", "tests/shared/test_rabbitmq_order.py"
INBOX, BUSES = "tests/shared/test_inbox.py", "tests/shared/test_buses.py"
PAYMENTS = "tests/disbursement/test_effects.py"

SEEN_ONCE = f"{STORM}::test_each_stored_event_was_seen_exactly_once_by_each_follower"
SEEN_IN_ORDER = f"{STORM}::test_each_follower_saw_each_stream_in_its_order"
TAMPERED = f"{STORES}::test_verify_names_the_first_bad_position"
PAID_ONCE = f"{PAYMENTS}::test_whatever_core_banking_does_each_drawdown_is_paid_once_or_not_at_all[True]"


@dataclass(frozen=True)
class Mutant:
    """`harm` is what goes wrong in production."""

    name: str
    harm: str
    killed_by: tuple[str, ...]
    patch: Patch = lambda _: None
    sql: str = ""


def _patch(patch: Patch, harm: str, *killed_by: str, sql: str = "") -> Mutant:
    return Mutant(patch.__name__.replace("_", " "), harm, killed_by, patch, sql)


STORE = (
    _patch(naive_store.follower_by_sequence, "skips what commits late", SEEN_ONCE),
    _patch(naive_store.follower_by_time, "skips what commits late", SEEN_ONCE),
    _patch(
        naive_store.follower_by_sequence_below_the_oldest_transaction,
        "skips what was written after something else in its transaction",
        SEEN_ONCE,
    ),
    _patch(
        naive_store.follower_by_transaction_and_sequence,
        "version 3 of a stream before version 2",
        SEEN_IN_ORDER,
    ),
    _patch(naive_store.follower_that_waits_for_gaps, "skips what commits later than it waits", SEEN_ONCE),
    _patch(
        naive_store.append_that_ignores_conflicts,
        "the loser of a race is told that his event is stored",
        f"{STORES}::TestPostgresEventStore::test_of_twenty_parallel_appends_of_one_version_exactly_one_wins",
        f"{STORES}::TestPostgresEventStore::test_an_event_id_is_written_once",
    ),
    _patch(
        naive_store.append_that_notifies,
        "all commits of the cluster wait for each other",
        f"{STORES}::test_nothing_is_said_to_the_whole_cluster_at_a_commit",
    ),
    Mutant(
        "sealer without a lock",
        "two sealers give one position to two events; the second fails for ever",
        (f"{SNAPSHOTS}::test_a_sealer_waits_for_nobody",),
        sql=naive_store.SEALER_WITHOUT_A_LOCK,
    ),
    Mutant(
        "sealer that looks before it locks",
        "a stale head; and every sealer waits for the slowest",
        (f"{SNAPSHOTS}::test_a_sealer_waits_for_nobody",),
        sql=naive_store.SEALER_THAT_LOOKS_BEFORE_IT_LOCKS,
    ),
    Mutant(
        "sealer below the oldest transaction",
        "skips what was written after something else in its transaction",
        (f"{STORM}::test_positions_count_from_one_without_a_gap",),
        sql=naive_store.SEALER_BELOW_THE_OLDEST_TRANSACTION,
    ),
    Mutant(
        "identity with a cache",
        "sessions draw numbers in advance: version 2 before version 1",
        (SEEN_IN_ORDER, f"{STORES}::test_nothing_is_said_to_the_whole_cluster_at_a_commit"),
        sql=naive_store.IDENTITY_WITH_A_CACHE,
    ),
    Mutant(
        "chain of concatenated fields",
        "a letter moved from one field to the next is not seen",
        (f"{TAMPERED}[a letter moved]",),
        sql=naive_store.CHAIN_OF_CONCATENATED_FIELDS,
    ),
    Mutant(
        "chain over jsonb",
        "other bytes of the same meaning are not seen, and another release may print them otherwise",
        (f"{TAMPERED}[other bytes]",),
        sql=naive_store.CHAIN_OVER_JSONB,
    ),
    Mutant(
        "chain without metadata",
        "who did it can be changed",
        (f"{TAMPERED}[who did it]",),
        sql=naive_store.CHAIN_WITHOUT_META,
    ),
)  # fmt: skip

RELAYS = (
    _patch(
        naive_relay.cursor_before_publish,
        "what was not confirmed is never sent",
        f"{RELAY}::test_what_was_not_confirmed_is_sent_again",
        f"{CRASHES}::test_a_relay_that_dies_anywhere_leaves_nothing_out_and_counts_once",
    ),
    _patch(
        naive_relay.counts_apart_from_the_cursor,
        "what was announced and what was heard no longer add up",
        f"{RELAY}::test_a_relay_that_lost_its_lead_counts_nothing_twice",
        f"{CRASHES}::test_a_relay_that_dies_anywhere_leaves_nothing_out_and_counts_once",
    ),
    _patch(
        naive_relay.rows_claimed_and_deleted,
        "two relays overtake each other within a stream",
        f"{RELAY}::test_two_relays_at_once_keep_the_order_of_each_stream",
        sql=naive_relay.OUTBOX_TABLE,
    ),
    _patch(
        naive_relay.one_task_per_announcement,
        "no order within a stream",
        f"{RELAY}::test_two_relays_at_once_keep_the_order_of_each_stream",
    ),
    _patch(
        naive_relay.every_replica_leads,
        "effects act in every replica",
        f"{RELAY}::test_only_one_of_two_replicas_leads",
    ),
    _patch(
        naive_relay.not_mandatory,
        "what no queue takes counts as published",
        f"{RABBIT}::test_what_no_queue_takes_is_an_error",
    ),
    _patch(
        naive_relay.no_confirms,
        "likewise, and a dying broker loses it",
        f"{RABBIT}::test_what_no_queue_takes_is_an_error",
    ),
    _patch(
        naive_relay.returned_messages_are_no_error,
        "likewise: the default channel answers with an object",
        f"{RABBIT}::test_what_no_queue_takes_is_an_error",
    ),
    _patch(
        naive_relay.not_persistent,
        "a restart of the broker empties every queue that is not a quorum queue",
        f"{RABBIT}::test_an_announcement_is_for_the_disk_and_carries_its_id",
    ),
)  # fmt: skip

AGAIN_BEFORE_THE_REST = f"{RABBIT}::test_what_a_handler_did_not_finish_comes_again_before_the_rest"
CONSUMERS = (
    _patch(
        naive_consumer.acknowledged_before_it_is_handled, "a process that dies loses it", f"{AGAIN_BEFORE_THE_REST}[7]"
    ),
    _patch(naive_consumer.rejected_when_it_fails, "the first exception loses it", f"{AGAIN_BEFORE_THE_REST}[7]"),
    _patch(
        naive_consumer.tried_again_from_the_end_of_the_queue,
        "version 6 is handled before version 5",
        f"{AGAIN_BEFORE_THE_REST}[7]",
    ),
    _patch(
        naive_consumer.handler_as_callback,
        "a task for each delivery, in any order",
        f"{RABBIT}::test_the_order_holds_however_long_each_takes",
    ),
    _patch(
        naive_consumer.leaves_by_cancel,
        "the next consumer gets what comes after, before what was fetched is back",
        f"{RABBIT}::test_a_consumer_that_leaves_hands_over_in_order",
    ),
    _patch(
        naive_consumer.several_active_consumers,
        "two replicas share a stream",
        f"{RABBIT}::test_a_consumer_that_leaves_hands_over_in_order",
    ),
    _patch(
        naive_consumer.looks_before_it_inserts,
        "two consumers at once handle it twice",
        f"{INBOX}::test_what_two_consumers_hold_at_once_is_handled_once",
    ),
    _patch(
        naive_consumer.remembers_apart_from_the_effect,
        "a failure in between loses the effect",
        f"{INBOX}::test_what_fails_once_is_handled_in_its_place",
        f"{CRASHES}::test_an_inbox_that_dies_anywhere_handles_each_message_once",
    ),
    _patch(
        naive_consumer.asks_for_membership_in_the_batch,
        "what stands twice in a batch is handled twice",
        f"{INBOX}::test_what_stands_twice_in_one_batch_is_handled_once",
    ),
    _patch(
        naive_consumer.remembers_the_last_version,
        "what was lost and is announced again is dropped",
        f"{INBOX}::test_what_comes_late_is_handled_all_the_same",
    ),
    _patch(
        naive_consumer.parks_only_what_failed,
        "later events meet a state that never was",
        f"{BUSES}::TestLocalBus::test_a_poisoned_message_is_parked_with_its_stream_while_others_flow",
    ),
    _patch(
        naive_consumer.parks_whoever_came_often,
        "one message that kills the process takes its neighbours along",
        f"{INBOX}::test_who_was_there_when_the_process_died_is_not_condemned_for_it",
    ),
)  # fmt: skip

EFFECTS = (
    _patch(naive_effect.payment_sent_again_after_a_timeout, "paid twice", PAID_ONCE),
    _patch(naive_effect.payment_given_up_after_a_timeout, "paid, and called failed", PAID_ONCE),
    _patch(
        naive_effect.attempts_counted_after_the_act,
        "a second attempt does not know of the first",
        f"{CRASHES}::test_an_effect_that_dies_anywhere_acts_on_each_fact_and_counts_its_attempts",
    ),
    _patch(
        naive_effect.effect_checkpoint_before_the_act,
        "a process that dies never acts",
        f"{CRASHES}::test_an_effect_that_dies_anywhere_acts_on_each_fact_and_counts_its_attempts",
    ),
    _patch(
        naive_effect.projection_checkpoint_in_another_transaction,
        "a process that dies shows it twice",
        f"{CRASHES}::test_a_projection_that_dies_anywhere_has_each_fact_once",
    ),
    _patch(
        naive_effect.projection_checkpoint_first,
        "a process that dies never shows it",
        f"{CRASHES}::test_a_projection_that_dies_anywhere_has_each_fact_once",
    ),
)

MUTANTS = (*STORE, *RELAYS, *CONSUMERS, *EFFECTS)
