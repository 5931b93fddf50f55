-- Lists for auth.ownership: of a user, of a client without a user, of a client, of a tenant.
--
-- The indexes are created for the partitions of the future only. A partition that exists already has
-- none: its lists are found by the indexes of V1, or by a scan, until it is dropped at the end of its
-- retention. Building indexes for it would lock out the nodes that are running.

-- Null in rows of nodes of the previous version.
ALTER TABLE call ADD COLUMN tenant_digest uuid;

-- The operations that a client started on behalf of no user.
CREATE INDEX call_by_client_alone ON ONLY call (client_digest, id)
  WHERE client_digest IS NOT NULL AND subject_digest IS NULL;
CREATE INDEX call_by_tenant ON ONLY call (tenant_digest, id) WHERE tenant_digest IS NOT NULL;
CREATE INDEX call_without_tenant ON ONLY call (id) WHERE tenant_digest IS NULL;
