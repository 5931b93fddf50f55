/// Tests which tokens are accepted, and which callers they name.
@NullMarked
package dev.backlane.gateway.auth;

import org.jspecify.annotations.NullMarked;
