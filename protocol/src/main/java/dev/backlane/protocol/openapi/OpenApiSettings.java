package dev.backlane.protocol.openapi;

import java.net.URI;

/// What a document has from the configuration of the gateway. Immutable.
///
/// @param publicUrl the URL of the only server entry
/// @param tokens the tokens of callers
/// @param signatureHeader the header of a notification with the documented signature
public record OpenApiSettings(URI publicUrl, CallerTokens tokens, String signatureHeader) {}
