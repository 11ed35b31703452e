-- What long streams have come to, so that an old one is read as fast as a new one. Nothing here is a fact: a row counts
-- only where its last event is the stream's, and the table may be emptied at any time.
set local search_path = :service;
create table snapshots(stream_id text primary key, version int not null, event_id uuid not null, state_v smallint not null,
  state json not null);
grant select, insert, update on snapshots to :role;
