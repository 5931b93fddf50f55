/// The dashboard in a real browser: what an operator does with it by mouse, by keyboard, without
/// scripts, on a phone, and what an accessibility checker finds.
@NullMarked
package dev.backlane.system.browser;

import org.jspecify.annotations.NullMarked;
