/// The OpenAPI documents of the Background API, each in two profiles and two versions of OpenAPI.
@NullMarked
package dev.backlane.protocol.openapi;

import org.jspecify.annotations.NullMarked;
