/// Requests to issuers of tokens: their metadata and their keys.
@NullMarked
package dev.backlane.gateway.issuer;

import org.jspecify.annotations.NullMarked;
