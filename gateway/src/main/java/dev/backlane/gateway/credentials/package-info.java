/// What stored calls show the upstream: the caller's own token, one of the gateway's, one exchanged for the caller's, or none.
@NullMarked
package dev.backlane.gateway.credentials;

import org.jspecify.annotations.NullMarked;
