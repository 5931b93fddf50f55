/// Encryption at rest: credentials, bodies and secrets are sealed with data keys, which a master
/// key wraps.
@NullMarked
package dev.backlane.gateway.seal;

import org.jspecify.annotations.NullMarked;
