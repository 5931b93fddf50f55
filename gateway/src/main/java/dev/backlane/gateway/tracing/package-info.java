/// Distributed traces: the context of a call from its accept to its attempts and its notification
/// (W3C Trace Context), and the export of spans over OTLP.
@NullMarked
package dev.backlane.gateway.tracing;

import org.jspecify.annotations.NullMarked;
