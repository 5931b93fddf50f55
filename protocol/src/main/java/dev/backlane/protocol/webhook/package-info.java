/// The signatures of notifications: secrets, signing and verifying.
@NullMarked
package dev.backlane.protocol.webhook;

import org.jspecify.annotations.NullMarked;
