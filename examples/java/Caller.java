import dev.backlane.client.Backlane;
import dev.backlane.client.OperationException;
import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.documented.ApiException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/// Makes a background call and prints the API's response:
///
/// ```sh
/// java --class-path 'lib/*' Caller.java KEY METHOD PATH [BODY]
/// ```
///
/// KEY names the job: after a crash, the same command continues with the same operation. Variables:
/// API_URL, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, TENANT. Exit codes: 0, 4 or 5 by the class of the
/// API's status; 1 no response; 3 the outcome is unknown.
final class Caller {
  private Caller() {}

  public static void main(String[] arguments) throws Exception {
    var tokens =
        ClientCredentials.at(URI.create(System.getenv("TOKEN_URL")))
            .client(System.getenv("CLIENT_ID"), System.getenv("CLIENT_SECRET"))
            .parameter("tenant_id", System.getenv("TENANT"))
            .build();
    var api = Backlane.at(URI.create(System.getenv("API_URL"))).credentials(tokens).build();
    var call =
        api.request(arguments[2])
            .header("Idempotency-Key", arguments[0])
            .header("Content-Type", "application/json")
            .method(
                arguments[1],
                arguments.length > 3
                    ? BodyPublishers.ofString(arguments[3])
                    : BodyPublishers.noBody())
            .build();
    try {
      var response = api.send(call, BodyHandlers.ofByteArray());
      System.err.println("status: " + response.statusCode());
      System.out.writeBytes(response.body());
      System.out.flush();
      System.exit(response.statusCode() >= 400 ? response.statusCode() / 100 : 0);
    } catch (OperationException failed) {
      System.err.println(failed.getMessage());
      System.exit(failed.reason() == OperationException.Reason.OUTCOME_UNKNOWN ? 3 : 1);
    } catch (ApiException refused) {
      System.err.println(refused.getMessage());
      System.exit(1);
    }
  }
}
