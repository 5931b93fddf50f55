/// What all pages of the dashboard use: the frame around them, templates, static files, and what a
/// page receives and returns.
@NullMarked
package dev.backlane.gateway.dashboard.page;

import org.jspecify.annotations.NullMarked;
