/// Compares web servers behind the gateway's [dev.backlane.gateway.http.Call]: how they frame and
/// bound what clients send, and what a request costs.
@NullMarked
package dev.backlane.benchmarks.trial;

import org.jspecify.annotations.NullMarked;
