-- A change that is incompatible with nodes that know only V3.
ALTER TABLE active_operation DROP COLUMN progress;
UPDATE layout SET oldest_usable_version = 5;
