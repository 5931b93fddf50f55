/// Identifies callers: bearer tokens, their keys and their scopes.
@NullMarked
package dev.backlane.gateway.auth;

import org.jspecify.annotations.NullMarked;
