/// The listener on Netty 4.2: the only package that uses Netty's types.
@NullMarked
package dev.backlane.gateway.http.netty;

import org.jspecify.annotations.NullMarked;
