/// The types that all handlers share: [dev.backlane.gateway.http.Call], raw targets, header fields,
/// problem documents and public addresses. Independent of the web server, whose adapter is in a
/// package below this one.
@NullMarked
package dev.backlane.gateway.http;

import org.jspecify.annotations.NullMarked;
