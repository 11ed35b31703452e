-- The platform's tables in the schema :service, for the role :role.
set local search_path = :service;

-- The log: writers only insert; the sealer alone gives positions and the hash chain.
create table events(
  seq       bigint generated always as identity primary key,  -- insert order, with gaps: never a cursor
  xid       xid8 not null default pg_current_xact_id(),       -- read only by seal()
  stream_id text not null,
  version   int not null check (version > 0),
  event_id  uuid not null unique,
  type      text not null,
  schema_v  smallint not null check (schema_v > 0),
  data      json not null,                                    -- json, not jsonb: the stored bytes are hashed
  meta      json not null,
  at        timestamptz not null default clock_timestamp(),
  unique (stream_id, version));
create index on events (xid);
create table log(pos bigint primary key, seq bigint not null unique references events, hash bytea not null);
create table log_head(one bool primary key default true check (one), pos bigint not null, hash bytea not null,
  snap pg_snapshot not null, floor bigint not null, sysid bigint not null);
insert into log_head select true, 0, sha256(convert_to(':service', 'UTF8')), pg_current_snapshot(), 0, system_identifier
  from pg_control_system();

create function link(prev bytea, pos bigint, e events) returns bytea language sql stable
  set search_path = :service, pg_temp as $$
  select sha256(prev || int8send(pos) || uuid_send(e.event_id) || int4send(e.version)
    || sha256(convert_to(e.stream_id, 'UTF8')) || sha256(convert_to(e.type || '/' || e.schema_v, 'UTF8'))
    || sha256(convert_to(e.data::text, 'UTF8')) || sha256(convert_to(e.meta::text, 'UTF8'))
    || int8send((extract(epoch from e.at) * 1000000)::bigint)) $$;

-- A batch is what the new snapshot shows and the last one did not: nothing is skipped however late it
-- commits, nothing waits for it, and a stream's order holds because k+1 was written by one who saw k.
create function seal() returns int language plpgsql security definer set search_path = :service, pg_temp as $$
declare hd log_head; cur pg_snapshot; ev events; n int := 0;
begin
  if not pg_try_advisory_xact_lock(hashtext('seal::service')) then return 0; end if;
  select * into hd from log_head;
  if hd.sysid <> (select system_identifier from pg_control_system()) then
    raise exception 'restored into another cluster: run rebase()' using errcode = 'LD001';
  end if;
  cur := pg_current_snapshot();
  for ev in select * from events where seq > hd.floor and pg_visible_in_snapshot(xid, cur)
      and ((xid >= pg_snapshot_xmax(hd.snap) and xid < pg_snapshot_xmax(cur))
           or xid = any(array(select pg_snapshot_xip(hd.snap)))) order by seq
  loop
    hd.pos := hd.pos + 1; hd.hash := link(hd.hash, hd.pos, ev); n := n + 1;
    insert into log values (hd.pos, ev.seq, hd.hash);
  end loop;
  if n > 0 then update log_head set pos = hd.pos, hash = hd.hash, snap = cur; end if;
  return n;
end $$;

-- After a logical restore: transaction ids belong to a cluster, so seal what is unsealed in seq order.
create function rebase() returns int language plpgsql set search_path = :service, pg_temp as $$
declare hd log_head; ev events; n int := 0;
begin
  lock table events in share mode;
  select * into hd from log_head for update;
  for ev in select e.* from events e where not exists (select 1 from log l where l.seq = e.seq) order by e.seq loop
    hd.pos := hd.pos + 1; hd.hash := link(hd.hash, hd.pos, ev); n := n + 1;
    insert into log values (hd.pos, ev.seq, hd.hash);
  end loop;
  update log_head set pos = hd.pos, hash = hd.hash, snap = pg_current_snapshot(),
    floor = coalesce((select max(seq) from events), 0),
    sysid = (select system_identifier from pg_control_system());
  return n;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege'; end $$;
create trigger append_only before update or delete on events for each row execute function refuse_change();
create trigger append_only_t before truncate on events for each statement execute function refuse_change();
create trigger append_only before update or delete on log for each row execute function refuse_change();
create trigger append_only_t before truncate on log for each statement execute function refuse_change();

-- What a client was told for a key, committed with the events it tells of.
create table idempotency(
  client text, operation text, key text, request_hash bytea not null, status smallint not null,
  location text, etag text, body bytea not null, at timestamptz not null default clock_timestamp(),
  primary key (client, operation, key));

-- Messages handled, for ever: redrive and replay may bring any of them again.
create table inbox(event_id uuid primary key, producer text not null, type text not null,
  at timestamptz not null default clock_timestamp());
create table inbox_counts(producer text, type text, bucket smallint, n bigint not null, primary key (producer, type, bucket));
create table attempts(handler text, event_id uuid, n int not null, primary key (handler, event_id));
create table parked(
  handler text, event_id uuid, stream_id text not null, version int not null, body json not null, error text not null,
  attempts int not null, at timestamptz not null default clock_timestamp(), primary key (handler, event_id));
create index on parked (handler, stream_id, version);

-- Followers: where each stands. A projection's row also names the live generation of its tables.
create table checkpoints(name text primary key, pos bigint not null default 0, generation int not null default 1);
create table relay_counts(type text primary key, n bigint not null);
create table delayed(effect text, event_id uuid, pos bigint not null, due_at timestamptz not null, attempt int not null,
  reason text not null, primary key (effect, event_id));

create table business_date(one bool primary key default true check (one), opened_on date not null, swept_on date);
create table subject_keys(key_id uuid primary key, subject_id uuid not null unique, wrapped_key bytea not null, kek_id text not null,
  at timestamptz not null default clock_timestamp());

grant usage on schema :service to :role;
grant select on events, log, log_head to :role;
grant insert (stream_id, version, event_id, type, schema_v, data, meta) on events to :role;  -- never seq, xid, at
revoke all on function seal(), rebase() from public;
grant execute on function seal() to :role;
grant select, insert on idempotency, inbox, subject_keys to :role;
grant select, insert, update, delete on inbox_counts, attempts, parked, checkpoints, relay_counts, delayed, business_date
  to :role;
