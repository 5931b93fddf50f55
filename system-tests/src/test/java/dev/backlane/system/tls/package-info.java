/// TLS towards clients and towards the upstream: certificates, reload, and errors at start.
@NullMarked
package dev.backlane.system.tls;

import org.jspecify.annotations.NullMarked;
