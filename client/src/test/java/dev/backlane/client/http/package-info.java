@NullMarked
package dev.backlane.client.http;

import org.jspecify.annotations.NullMarked;
