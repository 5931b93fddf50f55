/// The credentials with which stored calls are sent: the caller's own token, the gateway's, one
/// exchanged for the caller's, or none.
@NullMarked
package dev.backlane.gateway.credentials;

import org.jspecify.annotations.NullMarked;
