package dev.backlane.examples.spring;

import dev.backlane.client.Backlane;
import dev.backlane.client.OperationException;
import dev.backlane.client.auth.ClientCredentials;
import java.net.URI;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

/// Makes a background call and prints the API's response. Arguments: KEY METHOD PATH [BODY].
///
/// KEY names the job: after a crash, the same command continues with the same operation. Variables:
/// API_URL, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, TENANT. Exit codes: 0, 4 or 5 by the class of the
/// API's status; 1 no response; 3 the outcome is unknown.
public final class Caller {
  private Caller() {}

  public static void main(String[] arguments) {
    var tokens =
        ClientCredentials.at(URI.create(System.getenv("TOKEN_URL")))
            .client(System.getenv("CLIENT_ID"), System.getenv("CLIENT_SECRET"))
            .parameter("tenant_id", System.getenv("TENANT"))
            .build();
    var url = System.getenv("API_URL");
    var backlane = Backlane.at(URI.create(url)).credentials(tokens).build();
    var api =
        RestClient.builder()
            .baseUrl(url)
            .requestInterceptor(new BackgroundCalls(backlane))
            .defaultStatusHandler(status -> true, (request, response) -> {})
            .build();
    var call =
        api.method(HttpMethod.valueOf(arguments[1]))
            .uri(arguments[2])
            .header("Idempotency-Key", arguments[0]);
    if (arguments.length > 3) {
      call.contentType(MediaType.APPLICATION_JSON).body(arguments[3]);
    }
    try {
      var response = call.retrieve().toEntity(String.class);
      int status = response.getStatusCode().value();
      System.err.println("status: " + status);
      System.out.print(response.hasBody() ? response.getBody() : "");
      System.out.flush();
      System.exit(status >= 400 ? status / 100 : 0);
    } catch (ResourceAccessException failed) {
      System.err.println(failed.getMessage());
      boolean unknown =
          failed.getCause() instanceof OperationException ended
              && ended.reason() == OperationException.Reason.OUTCOME_UNKNOWN;
      System.exit(unknown ? 3 : 1);
    }
  }
}
