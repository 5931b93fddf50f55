package dev.backlane.gateway.dashboard.overview;

import dev.backlane.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// What the overview shows.
///
/// @param lastHour what this process did in the last hour, or since it started
/// @param rates of the last hour, oldest first
/// @param breakdown of the last hour, by route, tenant and upstream
public record Overview(
    Status status,
    List<Alert> alerts,
    History.Reading lastHour,
    List<History.Rate> rates,
    Breakdown breakdown) {
  public Overview {
    alerts = List.copyOf(alerts);
    rates = List.copyOf(rates);
  }

  /// The rates as JSON for the chart: one array for the times, in seconds, and one for each line.
  public String series() {
    return new String(
        Json.bytes(
            Map.of(
                "time", rates.stream().map(each -> each.time().getEpochSecond()).toList(),
                "accepted", rounded(History.Rate::accepted),
                "finished", rounded(History.Rate::finished),
                "failed", rounded(History.Rate::failed),
                "queued", rates.stream().map(History.Rate::queued).toList())),
        StandardCharsets.UTF_8);
  }

  private List<Double> rounded(ToDoubleFunction<History.Rate> value) {
    return rates.stream().map(each -> Math.round(value.applyAsDouble(each) * 10) / 10.0).toList();
  }
}
