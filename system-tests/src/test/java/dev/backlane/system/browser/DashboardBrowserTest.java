package dev.backlane.system.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.node.DashboardBrowser;
import dev.backlane.system.support.webhooks.AdminClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The dashboard in Chromium. The scenarios are in
/// `system-tests/src/test/node/dashboard/scenarios.mjs`; each fails on an error in the console of
/// the browser too, such as a violation of the pages' own Content-Security-Policy.
@Timeout(90)
@EnabledIf(
    value = "dev.backlane.system.support.node.NodeTools#npmIsAvailable",
    disabledReason = "npm is not installed")
final class DashboardBrowserTest {
  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
              AdminClient.SETTINGS
                  + """
                  webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1ms] }
                  # A job waits when this many of its retries are queued.
                  limits: { queue-max-per-tenant: 60 }
                  """)
          // A retry needs no credentials of the caller.
          .flags("--upstream.credentials=none")
          .jvmOptions("-XX:TieredStopAtLevel=1");

  private static final int BULK = 12;
  private static final int HUNDREDS = 500;
  private static final String INVOICES = "/invoices/release";

  @AutoClose private static final DashboardBrowser BROWSER = new DashboardBrowser();
  @AutoClose private static final DelayedResponses DELAYS = new DelayedResponses();

  private static final Semaphore GATE = new Semaphore(0);

  private static String subscription = "";
  private static String delivery = "";
  private static String failed = "";

  @BeforeAll
  static void fill() throws Exception {
    var admin = AdminClient.of(gateway);
    gateway.api().on("/receiver", RecordingApi.responding(500, "the receiver failed"));
    subscription = admin.subscribe(TestGateway.CLIENT, gateway.api().url() + "/receiver").id();
    var call = gateway.http();
    delivery = call.post("/reports", "{}", "erp-api-background", "subscription").acceptedId();
    call.awaitEnd(delivery);
    var _ = admin.awaitDelivery(delivery, "failed");
    failed = failedPayment(1);
    var _ = failedPayment(2);
    gateway.api().on("/bulk", RecordingApi.breaking());
    for (int i = 0; i < BULK; i++) {
      var _ = failed("/bulk", "bulk");
    }
    gateway
        .api()
        .on(
            "/journal",
            RecordingApi.responding(
                400,
                "{\"message\":\"Period 13 does not exist\"}",
                "Content-Type: application/json"));
    call.awaitEnd(call.beginWith("POST", "/journal", "{}"));
    gateway.api().on("/bulk", RecordingApi.responding(200, "done"));
    receivers(gateway.api());
  }

  private static void receivers(RecordingApi api) {
    api.on("/hooks/accepting", RecordingApi.responding(200, "thank you"));
    api.on("/hooks/failing", RecordingApi.responding(503, "closed for maintenance"));
    api.on(
        "/hooks/repair",
        (_, client) -> {
          api.on("/hooks/failing", RecordingApi.responding(200, "open again"));
          RecordingApi.send(client, 204, new byte[0]);
        });
  }

  /// Makes calls that fail, each with its number as the body; when they are made again, the API
  /// holds them until the scenario opens the gate.
  private static void failHundreds() throws Exception {
    var api = gateway.api();
    api.on(INVOICES, RecordingApi.breaking());
    var call = gateway.http();
    var ids = new ArrayList<String>();
    for (int number = 1; number <= HUNDREDS; number++) {
      ids.add(
          call.post(
                  INVOICES,
                  Integer.toString(number),
                  "erp-api-background",
                  "none",
                  "Backlane-Reference",
                  "hundreds")
              .acceptedId());
    }
    for (var id : ids) {
      assertThat(call.awaitEnd(id).errorCode()).isEqualTo("outcome-unknown");
    }
    api.on(
        INVOICES,
        (_, client) -> {
          GATE.acquire();
          RecordingApi.send(client, 200, "released".getBytes(UTF_8));
        });
    api.on(
        "/gate",
        (request, client) -> {
          var calls = request.target().replaceAll(".*[?]calls=", "");
          GATE.release(calls.equals("/gate") ? HUNDREDS : Integer.parseInt(calls));
          RecordingApi.send(client, 204, new byte[0]);
        });
  }

  /// The id of a call whose connection breaks, and which succeeds slowly when it is made again.
  private static String failedPayment(int number) throws Exception {
    var path = "/payments/" + number + "/send";
    gateway
        .api()
        .on(path, RecordingApi.inTurn(RecordingApi.breaking(), DELAYS.of(Duration.ofSeconds(1))));
    return failed(path, "payment");
  }

  private static String failed(String path, String reference) throws Exception {
    var call = gateway.http();
    var id =
        call.post(path, "{}", "erp-api-background", "none", "Backlane-Reference", reference)
            .acceptedId();
    call.awaitEnd(id);
    return id;
  }

  private static String pages() {
    return Stream.of(
            "/ui",
            "/ui/operations",
            "/ui/operations/" + failed,
            "/ui/operations/" + delivery,
            "/ui/operations/" + delivery + "/request",
            "/ui/failed",
            "/ui/jobs",
            "/ui/pauses",
            "/ui/deliveries",
            "/ui/deliveries/" + delivery,
            "/ui/subscriptions",
            "/ui/subscriptions/" + subscription,
            "/ui/nodes",
            "/ui/configuration",
            "/ui/audit")
        .reduce((one, other) -> one + " " + other)
        .orElseThrow();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "signsInByToken",
        "worksByKeyboardAlone",
        "isReadableWithoutScripts",
        "isAccessibleInLight",
        "isAccessibleInDark",
        "showsTimesOfTheReader",
        "findsWhyACallFailedAndRetriesIt",
        "showsWhereTheTimeGoes",
        "filtersInTheAddressOfThePage",
        "retriesAllThatMatch",
        "subscribesAndSendsATestEvent",
        "showsWhyAReceiverFails",
        "pausesAndResumes",
        "refreshesWhatIsShown"
      })
  void anOperatorCanUseIt(String scenario) throws Exception {
    run(scenario);
  }

  @Test
  @DisplayName("a job on 500 operations is stopped and begun again; none is retried twice")
  void retriesHundreds() throws Exception {
    failHundreds();
    run("stopsAJobAndBeginsAgain");

    var received =
        gateway.api().received(INVOICES).stream()
            .collect(groupingBy(each -> new String(each.body(), UTF_8), counting()));
    // Once when it failed, and once when it was retried.
    assertThat(received).hasSize(HUNDREDS).allSatisfy((_, times) -> assertThat(times).isEqualTo(2));
    assertThat(AdminClient.auditLog(gateway))
        .filteredOn(entry -> String.valueOf(entry.get("target")).contains("reference=hundreds"))
        .hasSize(2)
        .allSatisfy(entry ->
            assertThat(entry)
                .containsEntry("action", "operations.retry-matching")
                .containsEntry("operator", "admin.token"));
  }

  private static void run(String scenario) throws Exception {
    BROWSER.run(
        scenario,
        gateway,
        Map.of(
            "ADMIN_TOKEN",
            AdminClient.TOKEN,
            "TENANT",
            TestGateway.TENANT,
            "CALLER_TOKEN",
            gateway.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT),
            "PAGES",
            pages()));
  }
}
