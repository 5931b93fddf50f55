package dev.backlane.system.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Repository;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The metrics of a gateway that has served calls of every kind, and the files that use them.
@Timeout(120)
final class MetricsTest {
  private static final Pattern FAMILY = Pattern.compile("# TYPE (\\S+) (\\S+)");
  private static final Pattern NAME =
      Pattern.compile("\\b(?:backlane|http|process|jvm)_[a-z_]+\\b");
  private static final Pattern LABEL = Pattern.compile("[{,]([a-z_]+)=\"");
  private static final Pattern EXPRESSION = Pattern.compile("\"expr\": \"(.*)\",");
  private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

  @RegisterExtension static final TestGateway gateway = TestGateway.with(BusyGateway.SETTINGS);

  private static String text = "";

  @BeforeAll
  static void call() throws Exception {
    text = BusyGateway.metrics(gateway);
  }

  @Test
  @DisplayName("http.server.request.duration has the labels of OpenTelemetry's conventions")
  void measuresRequestsOfClients() {
    assertThat(value("http_server_request_duration_seconds_count", "POST", "202", "background"))
        .isEqualTo(5);
    assertThat(value("http_server_request_duration_seconds_count", "GET", "200", "proxy"))
        .isEqualTo(1);
    assertThat(value("http_server_request_duration_seconds_count", "POST", "400", "background"))
        .isEqualTo(1);
    assertThat(value("http_server_request_duration_seconds_count", "GET", "401", "operator"))
        .isEqualTo(1);
    assertThat(value("http_server_request_duration_seconds_count", "GET", "200", "api"))
        .isGreaterThanOrEqualTo(5);
    assertThat(value("http_server_request_duration_seconds_bucket", "POST", "202", "le=\"+Inf\""))
        .isEqualTo(5);
  }

  @Test
  @DisplayName("http.client.request.duration counts attempts and proxied calls by status")
  void measuresRequestsToTheUpstream() {
    var upstream = "server_port=\"" + gateway.api().url().getPort() + "\"";
    assertThat(value("http_client_request_duration_seconds_count", "POST", "\"429\"", upstream))
        .isEqualTo(1);
    assertThat(value("http_client_request_duration_seconds_count", "POST", "\"200\"", upstream))
        .isEqualTo(4);
    assertThat(value("http_client_request_duration_seconds_count", "GET", "\"200\"", upstream))
        .isEqualTo(1);
    assertThat(value("http_client_request_duration_seconds_count", "no_response")).isEqualTo(1);
  }

  @Test
  void measuresOperationsByRoute() {
    assertThat(value("backlane_operation_queue_duration_seconds_count", "/orders")).isEqualTo(1);
    assertThat(value("backlane_attempt_duration_seconds_count", "/orders", "answered"))
        .isEqualTo(2);
    assertThat(value("backlane_attempt_duration_seconds_count", "route=\"\"", "unknown"))
        .isEqualTo(1);
    assertThat(value("backlane_operation_duration_seconds_count", "/orders", "finished"))
        .isEqualTo(1);
    assertThat(value("backlane_operation_duration_seconds_count", "route=\"\"", "failed"))
        .isEqualTo(1);
    assertThat(value("backlane_operation_retries_total", "/orders")).isEqualTo(1);
    assertThat(value("backlane_delivery_attempt_duration_seconds_count", "succeeded")).isEqualTo(1);
    assertThat(value("backlane_store_commit_duration_seconds_count", "accept")).isEqualTo(5);
    assertThat(value("backlane_store_commit_duration_seconds_count", "settle"))
        .isGreaterThanOrEqualTo(6);
  }

  @Test
  @DisplayName("tenants beyond telemetry.tenants-max share one label")
  void boundsTheLabelsOfTenants() {
    assertThat(value("backlane_tenant_operations_total", TestGateway.TENANT, "accepted"))
        .isEqualTo(2);
    assertThat(value("backlane_tenant_operations_total", "\"second\"", "finished")).isEqualTo(1);
    assertThat(value("backlane_tenant_operations_total", "\"_other\"", "finished")).isEqualTo(2);
    assertThat(text).doesNotContain("\"third\"").doesNotContain("\"fourth\"");
  }

  @Test
  void countsRefusalsByReason() {
    assertThat(value("backlane_calls_refused_total", "invalid-background-header")).isEqualTo(1);
    assertThat(value("backlane_calls_refused_total", "unauthorized")).isEqualTo(2);
    assertThat(value("backlane_authentication_failures_total", "caller")).isEqualTo(1);
    assertThat(value("backlane_authentication_failures_total", "operator")).isEqualTo(1);
  }

  @Test
  void showsStateAndBudgets() {
    assertThat(value("backlane_ready")).isEqualTo(1);
    assertThat(value("backlane_store_up")).isEqualTo(1);
    assertThat(value("backlane_operations_queued_age_seconds")).isZero();
    assertThat(value("backlane_disk_free_bytes", "store")).isPositive();
    assertThat(value("backlane_disk_free_min_bytes", "store")).isPositive();
    assertThat(value("backlane_connections_open", "server")).isPositive();
    assertThat(value("backlane_connections_memory_bytes", "server")).isPositive();
    assertThat(value("backlane_connections_max", "server")).isPositive();
    assertThat(value("backlane_build_info", "version=", "java_version=")).isEqualTo(1);
  }

  @Test
  @DisplayName("the metrics of the process have the names that Prometheus expects")
  void describesTheProcess() {
    for (var name :
        List.of(
            "process_cpu_seconds_total",
            "process_start_time_seconds",
            "process_open_fds",
            "process_max_fds",
            "process_resident_memory_bytes",
            "process_virtual_memory_bytes")) {
      assertThat(value(name)).as(name).isPositive();
    }
  }

  @Test
  @DisplayName("no label has a path, and none has an id")
  void hasNoLabelThatClientsCanInvent() {
    assertThat(text)
        .doesNotContain("/proxied")
        .doesNotContain("/broken")
        .doesNotContain("/refused");
  }

  @Test
  @DisplayName("every metric and label of the alert rules and the dashboard exists")
  void hasEveryMetricOfAlertsAndDashboard() throws Exception {
    var known = new TreeSet<String>();
    for (var family : families().entrySet()) {
      known.add(family.getKey());
      if (family.getValue().equals("histogram")) {
        List.of("_bucket", "_count", "_sum").forEach(end -> known.add(family.getKey() + end));
      }
    }
    LABEL.matcher(text).results().forEach(label -> known.add(label.group(1)));
    var missing = new TreeSet<String>();
    for (var expression : expressions()) {
      for (var name : NAME.matcher(expression).results().toList()) {
        if (!known.contains(name.group())) {
          missing.add(name.group());
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  @DisplayName("docs/operating.md says what to do for every alert, and describes every metric")
  void documentsAlertsAndMetrics() throws Exception {
    var page = Files.readString(Repository.root().resolve("docs/operating.md"));
    var rules = Files.readString(Repository.root().resolve("packaging/prometheus/alerts.yaml"));
    var alerts = ALERT.matcher(rules).results().map(found -> found.group(1)).toList();
    assertThat(alerts).isNotEmpty();
    for (var alert : alerts) {
      assertThat(page).contains("| `" + alert + "` |");
    }
    for (var name : families().keySet()) {
      if (name.startsWith("backlane_") && !name.endsWith("_max")) {
        assertThat(page).contains("`" + name);
      }
    }
  }

  private static List<String> expressions() throws Exception {
    var expressions = new ArrayList<String>();
    expressions.add(
        Files.readString(Repository.root().resolve("packaging/prometheus/alerts.yaml")));
    var dashboard = Files.readString(Repository.root().resolve("packaging/grafana/backlane.json"));
    EXPRESSION.matcher(dashboard).results().forEach(found -> expressions.add(found.group(1)));
    assertThat(expressions).hasSizeGreaterThan(20);
    return expressions;
  }

  /// The types of the metrics, by name.
  private static Map<String, String> families() {
    var families = new TreeMap<String, String>();
    FAMILY.matcher(text).results().forEach(type -> families.put(type.group(1), type.group(2)));
    return families;
  }

  /// The sum of the series of a metric whose labels contain all texts.
  private static double value(String name, String... labels) {
    var series =
        text.lines()
            .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
            .filter(line -> List.of(labels).stream().allMatch(line::contains))
            .toList();
    assertThat(series).as("%s %s in %s", name, List.of(labels), text).isNotEmpty();
    return series.stream()
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
