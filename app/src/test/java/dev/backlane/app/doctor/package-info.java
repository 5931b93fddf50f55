/// Tests of the checks of `backlane doctor`.
@NullMarked
package dev.backlane.app.doctor;

import org.jspecify.annotations.NullMarked;
