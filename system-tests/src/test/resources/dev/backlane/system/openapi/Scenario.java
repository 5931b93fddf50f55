import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.api.BackgroundApi;
import org.openapitools.client.model.BackgroundApiAcceptedDto;
import org.openapitools.client.model.BackgroundRequestStateDto;

/// The generated client against a running gateway. Prints one line for each observation; fails at
/// the first that is missing. Its declarations have the documented types.
public final class Scenario {
  private static final int POLLS_MAX = 300;
  private static final long POLL_MILLIS = 50;
  private static final String UNKNOWN = "00000000-0000-4000-8000-000000000000";
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final ObjectMapper JSON = new ObjectMapper();

  private interface Call {
    Object send() throws ApiException;
  }

  private static BackgroundApi api(String url, String token) {
    var client = new ApiClient();
    client.updateBaseUri(url);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    return new BackgroundApi(client);
  }

  private static void show(String name, Object value) {
    System.out.println(name + ": " + value);
  }

  private static String time(OffsetDateTime time) {
    return time == null ? "none" : MILLISECONDS.format(time);
  }

  private static void show(BackgroundRequestStateDto state) {
    String id = state.getId();
    String status = state.getStatus();
    Integer statusCode = state.getStatusCode();
    show("state", status + " " + statusCode + " " + id);
    show("receivedUtc", time(state.getReceivedUtc()));
    show("startedUtc", time(state.getStartedUtc()));
    show("finishedUtc", time(state.getFinishedUtc()));
  }

  private static void refused(String name, Call call) throws Exception {
    try {
      call.send();
    } catch (ApiException refusal) {
      var type = JSON.readTree(refusal.getResponseBody()).get("type").asText();
      show(name, refusal.getCode() + " " + type);
      return;
    }
    throw new AssertionError(name + ": returned without an ApiException");
  }

  private static BackgroundRequestStateDto await(
      BackgroundApi api, String id, Predicate<BackgroundRequestStateDto> wanted) throws Exception {
    for (int poll = 0; poll < POLLS_MAX; poll++) {
      BackgroundRequestStateDto state = api.backgroundGetBackgroundApiOperationByrequestId(id);
      if (wanted.test(state)) {
        return state;
      }
      Thread.sleep(POLL_MILLIS);
    }
    throw new AssertionError("not reached after " + POLLS_MAX + " polls");
  }

  public static void main(String[] arguments) throws Exception {
    String token = arguments[0];
    String foreignToken = arguments[1];
    String otherUrl = arguments[2];
    String otherToken = arguments[3];
    String removed = arguments[4];
    String url = new ApiClient().getBaseUri();
    show("host", url);
    var http = HttpClient.newHttpClient();
    var api = api(url, token);

    var response =
        http.send(
            HttpRequest.newBuilder(URI.create(url + "/reports"))
                .header("Authorization", "Bearer " + token)
                .header("erp-api-background", "none")
                .POST(BodyPublishers.ofString("{\"year\":2026}"))
                .build(),
            BodyHandlers.ofString());
    BackgroundApiAcceptedDto accepted =
        new ApiClient()
            .getObjectMapper()
            .readValue(response.body(), BackgroundApiAcceptedDto.class);
    String id = accepted.getId();
    show("accepted", response.statusCode() + " " + id + " " + accepted.getStateLocation());

    show(await(api, id, state -> state.getStartedUtc() != null));
    refused(
        "content before the end",
        () -> api.backgroundGetBackgroundApiOperationContentByrequestId(id));
    http.send(
        HttpRequest.newBuilder(URI.create(url + "/release"))
            .POST(BodyPublishers.noBody())
            .build(),
        BodyHandlers.discarding());

    BackgroundRequestStateDto ended =
        await(api, id, state -> !state.getStatus().equals("Started"));
    show(ended);
    String originalUri = ended.getOriginalUri();
    show("originalUri", originalUri);
    Boolean hasRequestContent = ended.getHasRequestContent();
    Boolean hasResponseContent = ended.getHasResponseContent();
    show("has content", hasRequestContent + " " + hasResponseContent);
    Map<String, String> headers = ended.getResponseHeaders();
    show("response header", headers.get("Content-Type"));
    Object content = api.backgroundGetBackgroundApiOperationContentByrequestId(id);
    show("content", JSON.writeValueAsString(content));

    refused("unknown id", () -> api.backgroundGetBackgroundApiOperationByrequestId(UNKNOWN));
    var foreign = api(url, foreignToken);
    refused(
        "token of another company",
        () -> foreign.backgroundGetBackgroundApiOperationByrequestId(id));
    refused(
        "content for another company",
        () -> foreign.backgroundGetBackgroundApiOperationContentByrequestId(id));
    refused(
        "bad token", () -> api(url, "bad").backgroundGetBackgroundApiOperationByrequestId(id));
    var other = api(otherUrl, otherToken);
    refused(
        "state after the retention",
        () -> other.backgroundGetBackgroundApiOperationByrequestId(removed));
    refused(
        "content after the retention",
        () -> {
          ApiResponse<Object> kept =
              other.backgroundGetBackgroundApiOperationContentByrequestIdWithHttpInfo(removed);
          return kept;
        });
  }
}
