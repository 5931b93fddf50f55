-- The layout of the shared store. docs/adr/0010 says why it is so.
--
-- Hot tables hold what has not ended; their rows come and go, so they stay as small as the work at hand. History is only ever
-- inserted into, in partitions by time that are dropped as a whole. Backlane names the partitions itself in its statements:
-- no statement plans, locks or searches more than the one partition that an id belongs to. Later migrations only add, so that
-- nodes of the version before go on working beside them.
--
-- Times are microseconds since 1970 in UTC (exact, and the same in every session's time zone): to_timestamp(due_micros / 1e6).

-- An unfinished operation: it waits for a worker (holder is null), or runs under a lease.
CREATE TABLE turn (
  id           uuid   NOT NULL PRIMARY KEY,
  tenant       text   COLLATE "C" NOT NULL,
  route        text   COLLATE "C" NOT NULL,
  version      bigint NOT NULL,
  due_micros   bigint NOT NULL,
  holder       text   COLLATE "C",
  token        bigint,
  -- When a claim started it; then `progress` is of the version before.
  begun_micros bigint,
  progress     bytea  NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
        autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX turn_waiting ON turn (tenant, route, due_micros, id) WHERE holder IS NULL;
CREATE INDEX turn_held ON turn (holder) WHERE holder IS NOT NULL;

-- What never changes of an operation, with its request body or the name of the chunks that hold it.
CREATE TABLE call (
  id           uuid  NOT NULL PRIMARY KEY,
  by_client    uuid,
  by_subject   uuid,
  record       bytea NOT NULL,
  body         bytea,
  spool        uuid,
  spool_length bigint
) PARTITION BY RANGE (id);
CREATE INDEX call_by_client ON call (by_client, id) WHERE by_client IS NOT NULL;
CREATE INDEX call_by_subject ON call (by_subject, id) WHERE by_subject IS NOT NULL;

-- How an operation ended, with its response body or the name of the chunks that hold it.
CREATE TABLE outcome (
  id           uuid  NOT NULL PRIMARY KEY,
  progress     bytea NOT NULL,
  body         bytea,
  spool        uuid,
  spool_length bigint
) PARTITION BY RANGE (id);

-- Large bodies. What no call and no outcome refers to was never committed; it goes with its partition.
CREATE TABLE chunk (
  operation uuid    NOT NULL,
  spool     uuid    NOT NULL,
  number    integer NOT NULL,
  bytes     bytea   NOT NULL,
  PRIMARY KEY (operation, spool, number)
) PARTITION BY RANGE (operation);
ALTER TABLE chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- A delivery that waits for an attempt, or is under way until held_micros.
CREATE TABLE delivery_due (
  id          uuid   NOT NULL PRIMARY KEY,
  receiver    text   COLLATE "C" NOT NULL,
  tenant      text   COLLATE "C" NOT NULL,
  version     bigint NOT NULL,
  due_micros  bigint NOT NULL,
  held_micros bigint,
  record      bytea  NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
        autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX delivery_due_waiting ON delivery_due (receiver, tenant, due_micros, id) WHERE held_micros IS NULL;
CREATE INDEX delivery_due_held ON delivery_due (held_micros) WHERE held_micros IS NOT NULL;

CREATE TABLE delivery_ended (
  id      uuid   NOT NULL PRIMARY KEY,
  version bigint NOT NULL,
  record  bytea  NOT NULL
) PARTITION BY RANGE (id);

-- Which operation an idempotency key stands for, by the day on which it was used.
CREATE TABLE idempotency_key (
  day         integer NOT NULL,
  digest      bytea   NOT NULL,
  first       uuid    NOT NULL,
  fingerprint bytea   NOT NULL,
  PRIMARY KEY (day, digest)
) PARTITION BY RANGE (day);

-- The partitions there are, of each family of tables that come and go together.
CREATE TABLE partition_span (
  family      text   COLLATE "C" NOT NULL,
  from_millis bigint NOT NULL,
  to_millis   bigint NOT NULL,
  suffix      text   NOT NULL,
  PRIMARY KEY (family, from_millis)
);

-- What has ended and is older is forgotten, whether its partition is still there or not. The row is also the lock of whoever
-- makes or drops partitions of the family.
CREATE TABLE horizon (
  family        text   COLLATE "C" NOT NULL PRIMARY KEY,
  cutoff_millis bigint NOT NULL
);
INSERT INTO horizon (family, cutoff_millis) VALUES ('operation', 0), ('delivery', 0), ('key', 0);

-- The gateway's own small records, such as wrapped keys and subscriptions.
CREATE TABLE record (
  kind    text   COLLATE "C" NOT NULL,
  name    text   COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  value   bytea  NOT NULL,
  PRIMARY KEY (kind, name)
);

-- Who is alive, and until when unless renewed.
CREATE TABLE node (
  holder       text   COLLATE "C" NOT NULL PRIMARY KEY,
  alive_micros bigint NOT NULL
);

-- Shows that the database takes writes: a row for each open store.
CREATE TABLE probe (
  store     uuid        NOT NULL PRIMARY KEY,
  probed_at timestamptz NOT NULL
);

-- The first migration whose nodes can still work with these tables. A later one that takes away what they use raises it; a node
-- that knows only older ones is then refused when it starts.
CREATE TABLE layout (
  usable_since integer NOT NULL
);
INSERT INTO layout (usable_since) VALUES (1);
