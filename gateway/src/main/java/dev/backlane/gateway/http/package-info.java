/// What all handlers share: the call as they see it, raw targets, header fields, problem documents,
/// public addresses. Knows no web server; the packages below it are the adapters.
@NullMarked
package dev.backlane.gateway.http;

import org.jspecify.annotations.NullMarked;
