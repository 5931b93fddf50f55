/// Shows that the pages are text where others chose the words.
@NullMarked
package dev.backlane.gateway.dashboard;

import org.jspecify.annotations.NullMarked;
