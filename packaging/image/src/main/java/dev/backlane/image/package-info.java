/// The OCI image of a release: its layers and its configuration. Not part of the program.
@NullMarked
package dev.backlane.image;

import org.jspecify.annotations.NullMarked;
