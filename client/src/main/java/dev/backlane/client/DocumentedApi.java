package dev.backlane.client;

import java.net.URI;

/// The addresses and scopes of the documented API.
final class DocumentedApi {
  static final URI BASE = URI.create("https://api.finance.visma.net");
  static final URI TOKEN_ENDPOINT = URI.create("https://connect.visma.com/connect/token");
  static final String SERVICE_SCOPES =
      "vismanet_erp_service_api:read vismanet_erp_service_api:create"
          + " vismanet_erp_service_api:update vismanet_erp_service_api:delete";

  private DocumentedApi() {}
}
