-- What nodes that know only V1 cannot work with.
ALTER TABLE turn DROP COLUMN progress;
UPDATE layout SET usable_since = 3;
