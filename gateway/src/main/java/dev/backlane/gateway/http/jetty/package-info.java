/// The adapter of Eclipse Jetty 12.1 core: the only package that sees the web server. It opens the
/// port, turns requests into [dev.backlane.gateway.http.Call]s and frames their responses.
///
/// ```text
/// JettyListener     ─ the server, its limits and settings
/// ClientConnection  ─ one connection: raw targets, exact response heads, lingering close
/// ClientWatch       ─ detects that a client closes while a handler runs
/// ClientSocket      ─ the socket of a connection: counts what has been sent
/// ConnectionShares  ─ the most connections and their memory, and the share of one client
/// HeldMemory        ─ what a connection occupies
/// MinimumRate       ─ the minimum rate of a client within a call; ClientLimits ─ its limits
/// LateHeads         ─ closes connections whose head or TLS handshake takes too long
/// CallDispatcher    ─ runs a handler and ends the exchange
/// JettyCall         ─ one call; RequestBody ─ its content
/// Refusals          ─ problem documents for requests that no handler receives
/// ```
@NullMarked
package dev.backlane.gateway.http.jetty;

import org.jspecify.annotations.NullMarked;
