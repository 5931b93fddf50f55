/// Deploys of one gateway: its stop, and the reload of its configuration.
@NullMarked
package dev.backlane.system.deploy;

import org.jspecify.annotations.NullMarked;
