"""The store as it is often written: cursors that skip, appends that swallow, chains that prove nothing."""

import pytest

from shared import postgres_event_store

_COLUMNS = postgres_event_store._COLUMNS


def _follow(patch: pytest.MonkeyPatch, cursor: str, where: str = "true", source: str = "events") -> None:
    """Followers read the events themselves, behind the greatest `cursor` they saw."""
    patch.setattr(
        postgres_event_store,
        "_LOG",
        f"select * from (select {cursor} pos, {_COLUMNS} from {source} e where {where}) e"
        " where pos > $1 order by pos limit $2",
    )


def follower_by_sequence(patch: pytest.MonkeyPatch) -> None:
    _follow(patch, "e.seq")


def follower_by_time(patch: pytest.MonkeyPatch) -> None:
    _follow(patch, "(extract(epoch from e.at) * 1000000)::bigint")


def follower_by_sequence_below_the_oldest_transaction(patch: pytest.MonkeyPatch) -> None:
    _follow(patch, "e.seq", "e.xid < pg_snapshot_xmin(pg_current_snapshot())")


def follower_by_transaction_and_sequence(patch: pytest.MonkeyPatch) -> None:
    _follow(patch, "e.xid::text::bigint * 1000000 + e.seq", "e.xid < pg_snapshot_xmin(pg_current_snapshot())")


def follower_that_waits_for_gaps(patch: pytest.MonkeyPatch) -> None:
    """A missing number is waited for, but ten milliseconds at most: it may have been rolled back."""
    tail = "(select *, seq - lag(seq, 1, $1::bigint) over (order by seq) - 1 missing from events where seq > $1)"
    fresh = "missing > 0 and at > clock_timestamp() - interval '10 milliseconds'"
    _follow(patch, "e.seq", f"not exists (select from {tail} g where g.seq <= e.seq and {fresh})")


def append_that_ignores_conflicts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(postgres_event_store, "_INSERT", postgres_event_store._INSERT + " on conflict do nothing")


def append_that_notifies(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        postgres_event_store,
        "_INSERT",
        postgres_event_store._INSERT.replace(
            "with answers as", "with told as (select pg_notify('log', '')), answers as"
        ),
    )


SEALER_WITHOUT_A_LOCK = """
do $$ begin execute replace(pg_get_functiondef('{schema}.seal()'::regprocedure),
  'if not pg_try_advisory_xact_lock', 'if false and not pg_try_advisory_xact_lock'); end $$"""

SEALER_THAT_LOOKS_BEFORE_IT_LOCKS = """
do $$ begin execute replace(replace(pg_get_functiondef('{schema}.seal()'::regprocedure),
  'if not pg_try_advisory_xact_lock(hashtext(''seal:{schema}'')) then return 0; end if;',
  'select * into hd from log_head; perform pg_advisory_xact_lock(hashtext(''seal:{schema}''));'),
  E'  select * into hd from log_head;\\n  if hd.sysid', '  if hd.sysid'); end $$"""

SEALER_BELOW_THE_OLDEST_TRANSACTION = """
do $$ begin execute regexp_replace(pg_get_functiondef('{schema}.seal()'::regprocedure),
  'and pg_visible_in_snapshot.*order by seq',
  'and xid < pg_snapshot_xmin(cur) and seq > coalesce((select max(seq) from log), 0) order by seq'); end $$"""

IDENTITY_WITH_A_CACHE = "alter table {schema}.events alter column seq set cache 50"

CHAIN_OF_CONCATENATED_FIELDS = """
create or replace function {schema}.link(prev bytea, pos bigint, e {schema}.events) returns bytea language sql stable
  set search_path = {schema}, pg_temp as $$
  select sha256(convert_to(prev::text || pos || e.event_id || e.version || e.stream_id || e.type || e.schema_v
    || e.data::text || e.meta::text || e.at, 'UTF8')) $$"""

CHAIN_OVER_JSONB = """
do $$ begin execute replace(replace(pg_get_functiondef('{schema}.link(bytea,bigint,{schema}.events)'::regprocedure),
  'e.data::text', 'e.data::jsonb::text'), 'e.meta::text', 'e.meta::jsonb::text'); end $$"""

CHAIN_WITHOUT_META = """
do $$ begin execute replace(pg_get_functiondef('{schema}.link(bytea,bigint,{schema}.events)'::regprocedure),
  'e.meta::text', ''''''); end $$"""
