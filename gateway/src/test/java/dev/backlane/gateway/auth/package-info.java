/// Tests the callers of tokens, and the requests to their issuers.
@NullMarked
package dev.backlane.gateway.auth;

import org.jspecify.annotations.NullMarked;
