/// The real engine in simulated time: everything that happens follows from one seed, so that what went wrong once goes wrong
/// again.
@NullMarked
package dev.backlane.simulator;

import org.jspecify.annotations.NullMarked;
