/// Tests the contract of the web server's adapter with handlers.
@NullMarked
package dev.backlane.gateway.http;

import org.jspecify.annotations.NullMarked;
