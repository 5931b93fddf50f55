-- Changes that a later version may make while nodes of this version use the tables.
ALTER TABLE active_operation ADD COLUMN priority integer NOT NULL DEFAULT 0;
ALTER TABLE active_operation ADD COLUMN label text;
ALTER TABLE call ADD COLUMN origin text;
ALTER TABLE outcome ADD COLUMN checked boolean NOT NULL DEFAULT false;
ALTER TABLE chunk ADD COLUMN digest bytea;
ALTER TABLE delivery_due ADD COLUMN urgent boolean NOT NULL DEFAULT false;
ALTER TABLE delivery_ended ADD COLUMN archive text;
ALTER TABLE idempotency_key ADD COLUMN seen_micros bigint;
ALTER TABLE node ADD COLUMN version text;
ALTER TABLE record ADD COLUMN changed_by text;
CREATE INDEX active_operation_by_priority ON active_operation (priority) WHERE holder IS NULL;
CREATE TABLE pause (
  tenant text COLLATE "C" NOT NULL PRIMARY KEY,
  until_micros bigint NOT NULL
);
