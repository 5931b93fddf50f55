-- Searches of operators: what was not successful, and what waits for another reason than its place in the queue.
-- Successful ends and new operations write no index entry.
--
-- As in V2, the indexes are created for the partitions of the future only; the others are searched by their ids.

-- How the operation ended: 0 if it was successful. Null in rows of nodes of the previous version, which are read.
ALTER TABLE outcome ADD COLUMN unsuccessful smallint;
CREATE INDEX outcome_unsuccessful ON ONLY outcome (id) WHERE unsuccessful IS DISTINCT FROM 0;

-- 1 if the operation waits for another attempt or is held; kept while it runs. Null for a new operation.
ALTER TABLE active_operation ADD COLUMN attention smallint;
CREATE INDEX active_operation_attention ON active_operation (id) WHERE attention IS NOT NULL;
UPDATE active_operation SET attention = 1 WHERE version > 0;

-- The progress of an operation contains its attempts, which earlier versions cannot read.
UPDATE layout SET oldest_usable_version = 3;
