/// Tests the requests to issuers of tokens.
@NullMarked
package dev.backlane.gateway.auth;

import org.jspecify.annotations.NullMarked;
