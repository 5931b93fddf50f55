/// Tests the requests to issuers, and what is read from their responses.
@NullMarked
package dev.backlane.gateway.issuer;

import org.jspecify.annotations.NullMarked;
