-- The schema of the shared store. ADR 0010 gives the reasons for it.
--
-- Hot tables hold what has not ended. Rows are deleted at the end, so the tables stay as small as the
-- work in progress. History tables are only inserted into, in partitions by time that are dropped as a
-- whole. Statements name their partitions: none plans, locks or searches more than the one partition
-- that an id belongs to. Later migrations only add, so that nodes of the previous version keep working.
--
-- Times are microseconds since 1970 in UTC, exact and independent of the session's time zone:
-- to_timestamp(due_micros / 1e6).

-- An operation that has not ended: it is queued (holder is null), or runs under a lease.
CREATE TABLE active_operation (
  id           uuid   NOT NULL PRIMARY KEY,
  tenant       text   COLLATE "C" NOT NULL,
  route        text   COLLATE "C" NOT NULL,
  version      bigint NOT NULL,
  due_micros   bigint NOT NULL,
  holder       text   COLLATE "C",
  token        bigint,
  -- When it was claimed; `progress` is then that of the previous version.
  claimed_micros bigint,
  progress     bytea  NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
        autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX active_operation_waiting ON active_operation (tenant, route, due_micros, id) WHERE holder IS NULL;
CREATE INDEX active_operation_leased ON active_operation (holder) WHERE holder IS NOT NULL;

-- The part of an operation that never changes, with its request body or the name of its chunks.
CREATE TABLE call (
  id           uuid  NOT NULL PRIMARY KEY,
  client_digest    uuid,
  subject_digest   uuid,
  record       bytea NOT NULL,
  body         bytea,
  spool        uuid,
  spool_length bigint
) PARTITION BY RANGE (id);
CREATE INDEX call_by_client ON call (client_digest, id) WHERE client_digest IS NOT NULL;
CREATE INDEX call_by_subject ON call (subject_digest, id) WHERE subject_digest IS NOT NULL;

-- How an operation ended, with its response body or the name of its chunks.
CREATE TABLE outcome (
  id           uuid  NOT NULL PRIMARY KEY,
  progress     bytea NOT NULL,
  body         bytea,
  spool        uuid,
  spool_length bigint
) PARTITION BY RANGE (id);

-- Large bodies. Chunks that no call and no outcome refers to were never committed; they are dropped
-- with their partition.
CREATE TABLE chunk (
  operation uuid    NOT NULL,
  spool     uuid    NOT NULL,
  number    integer NOT NULL,
  bytes     bytea   NOT NULL,
  PRIMARY KEY (operation, spool, number)
) PARTITION BY RANGE (operation);
ALTER TABLE chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- A delivery that waits for an attempt, or is in flight until in_flight_until (microseconds).
CREATE TABLE delivery_due (
  id          uuid   NOT NULL PRIMARY KEY,
  receiver    text   COLLATE "C" NOT NULL,
  tenant      text   COLLATE "C" NOT NULL,
  version     bigint NOT NULL,
  due_micros  bigint NOT NULL,
  in_flight_until bigint,
  record      bytea  NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
        autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX delivery_due_waiting ON delivery_due (receiver, tenant, due_micros, id) WHERE in_flight_until IS NULL;
CREATE INDEX delivery_due_in_flight ON delivery_due (in_flight_until) WHERE in_flight_until IS NOT NULL;

CREATE TABLE delivery_ended (
  id      uuid   NOT NULL PRIMARY KEY,
  version bigint NOT NULL,
  record  bytea  NOT NULL
) PARTITION BY RANGE (id);

-- The operation of an idempotency key, by the day on which the key was used.
CREATE TABLE idempotency_key (
  day         integer NOT NULL,
  digest      bytea   NOT NULL,
  first       uuid    NOT NULL,
  fingerprint bytea   NOT NULL,
  PRIMARY KEY (day, digest)
) PARTITION BY RANGE (day);

-- The existing partitions of each group of tables whose partitions are created and dropped together.
CREATE TABLE partition_range (
  table_group      text   COLLATE "C" NOT NULL,
  from_millis bigint NOT NULL,
  to_millis   bigint NOT NULL,
  suffix      text   NOT NULL,
  -- The observed time at which a row of the partition last ended, recorded at most once per interval of pruning.
  last_end_millis bigint NOT NULL,
  PRIMARY KEY (table_group, from_millis)
);

-- The time that nodes have observed, by which what has ended expires, and the time of the last step. A jump of a
-- clock adds no more to it than the node that makes a step has run since its last one. The row is also the lock for
-- creating and dropping partitions of the group.
CREATE TABLE expiry (
  table_group        text   COLLATE "C" NOT NULL PRIMARY KEY,
  observed_millis bigint NOT NULL,
  stepped_millis  bigint NOT NULL
);
INSERT INTO expiry (table_group, observed_millis, stepped_millis)
  VALUES ('operation', 0, 0), ('delivery', 0, 0), ('key', 0, 0);

-- The latest time of any node (microseconds): one row. A node starts at this time if the database's clock differs.
CREATE TABLE node_clock (
  latest_micros bigint NOT NULL
);
INSERT INTO node_clock (latest_micros) VALUES (0);

-- Small records of the gateway, such as wrapped keys and subscriptions.
CREATE TABLE record (
  kind    text   COLLATE "C" NOT NULL,
  name    text   COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  value   bytea  NOT NULL,
  PRIMARY KEY (kind, name)
);

-- The holders of leases. `beat` changes with each renewal: a node regards another as dead when it has
-- seen no change for the lifetime of the lease, by its own monotonic clock. The arrays are what the node
-- has seen of others: for how long a holder has not renewed after a beat. `renewed_micros` is the time of
-- the database, for reports only.
CREATE TABLE node (
  holder          text     COLLATE "C" NOT NULL PRIMARY KEY,
  beat            bigint   NOT NULL,
  lifetime_micros bigint   NOT NULL,
  renewed_micros  bigint   NOT NULL,
  seen_holders    text[]   NOT NULL,
  seen_beats      bigint[] NOT NULL,
  seen_micros     bigint[] NOT NULL
) WITH (fillfactor = 50);

-- Which database this is: the server's system identifier, the timeline of its log, which changes when a
-- standby is promoted, and the database's number. Where a hosted server does not show one of them, it is
-- omitted. The timeline of the last checkpoint would not do: it changes only some time after a promotion.
CREATE FUNCTION backlane_identity() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  server   text := '-';
  timeline text := '-';
BEGIN
  BEGIN
    SELECT system_identifier::text INTO server FROM pg_control_system();
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  BEGIN
    timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  RETURN server || ' ' || timeline || ' ' || (SELECT oid FROM pg_database WHERE datname = current_database());
END $$;

-- The database in which the operations were stored: another one is a copy.
CREATE TABLE store_origin (
  single   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (single),
  identity text    NOT NULL
);

-- Written to check that the database accepts writes: a row for each open store.
CREATE TABLE probe (
  store     uuid        NOT NULL PRIMARY KEY,
  probed_at timestamptz NOT NULL
);

-- The oldest schema version whose nodes can use these tables. A migration that removes something they
-- use raises it; nodes that know only older versions then refuse to start.
CREATE TABLE layout (
  oldest_usable_version integer NOT NULL
);
INSERT INTO layout (oldest_usable_version) VALUES (1);
