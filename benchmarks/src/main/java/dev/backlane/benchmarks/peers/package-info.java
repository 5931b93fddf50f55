/// Compares the gateway with other servers, each in processes of its own.
@NullMarked
package dev.backlane.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
