/// Tokens of callers and tokens for the upstream, against real OAuth 2.0 servers (Keycloak and
/// mock-oauth2-server).
@NullMarked
package dev.backlane.system.auth;

import org.jspecify.annotations.NullMarked;
