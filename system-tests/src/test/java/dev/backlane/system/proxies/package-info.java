/// What passes between clients, proxies and the upstream in header fields: preferences, hops,
/// locations and origins.
@NullMarked
package dev.backlane.system.proxies;

import org.jspecify.annotations.NullMarked;
