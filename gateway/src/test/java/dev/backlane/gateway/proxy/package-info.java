/// Tests the proxy between real sockets.
@NullMarked
package dev.backlane.gateway.proxy;

import org.jspecify.annotations.NullMarked;
