/// Background calls with Spring's RestClient, and a receiver of notifications.
@NullMarked
package dev.backlane.examples.spring;

import org.jspecify.annotations.NullMarked;
