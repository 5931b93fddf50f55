-- What nodes that know only V1 cannot work with.
ALTER TABLE active_operation DROP COLUMN progress;
UPDATE layout SET oldest_usable_version = 3;
