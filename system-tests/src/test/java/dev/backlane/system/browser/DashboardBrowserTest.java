package dev.backlane.system.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.node.NodeTools;
import dev.backlane.system.support.webhooks.AdminClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
                  + "webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1ms] }\n")
          // A retry needs no credentials of the caller.
          .flags("--upstream.credentials=none")
          .jvmOptions("-XX:TieredStopAtLevel=1");

  private static final int BULK = 12;
  private static final DelayedResponses DELAYS = new DelayedResponses();

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

  @AfterAll
  static void close() {
    DELAYS.close();
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
        "isAccessible",
        "showsTimesOfTheReader",
        "findsWhyACallFailedAndRetriesIt",
        "filtersInTheAddressOfThePage",
        "retriesAllThatMatch",
        "pausesAndResumes",
        "refreshesWhatIsShown"
      })
  void anOperatorCanUseIt(String scenario) {
    var ended =
        NodeTools.runScript(
            "dashboard/scenarios.mjs",
            List.of(scenario),
            Map.of(
                "GATEWAY_URL",
                gateway.url().toString(),
                "ADMIN_TOKEN",
                AdminClient.TOKEN,
                "TENANT",
                TestGateway.TENANT,
                "CALLER_TOKEN",
                gateway.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT),
                "PAGES",
                pages()));

    assertThat(ended.exitCode()).as(String.join("\n", ended.err())).isZero();
  }
}
