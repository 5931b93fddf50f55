/// Tests of the fields by which the gateway and the upstream understand each other.
@NullMarked
package dev.backlane.gateway.forwarding;

import org.jspecify.annotations.NullMarked;
