/// Tests how outgoing connections are opened.
@NullMarked
package dev.backlane.gateway.connect;

import org.jspecify.annotations.NullMarked;
