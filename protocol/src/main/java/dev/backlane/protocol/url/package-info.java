/// URLs of receivers and servers, checked alike wherever they are given.
@NullMarked
package dev.backlane.protocol.url;

import org.jspecify.annotations.NullMarked;
