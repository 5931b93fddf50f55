package dev.backlane.gateway.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Header;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `traceparent` as W3C Trace Context defines it.
final class TraceContextTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String FIELD = "00-" + TRACE + "-" + PARENT + "-01";

  @Test
  void readsAndWritesTheField() {
    var context = TraceContext.of(List.of(new Header("Traceparent", FIELD))).orElseThrow();
    assertThat(context).isEqualTo(new TraceContext(TRACE, PARENT, "01"));
    assertThat(context.sampled()).isTrue();
    assertThat(context.header()).isEqualTo(new Header("traceparent", FIELD));
  }

  @Test
  void readsWhatItKnowsOfALaterVersion() {
    for (var later : List.of("cc" + FIELD.substring(2), "cc" + FIELD.substring(2) + "-more")) {
      assertThat(of(later)).as(later).hasValue(new TraceContext(TRACE, PARENT, "01"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "ff-" + TRACE + "-" + PARENT + "-01",
        FIELD + "-more",
        "00-" + TRACE + "-" + PARENT + "-1",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + PARENT + "-01",
        "00-00000000000000000000000000000000-" + PARENT + "-01",
        "00-" + TRACE + "-0000000000000000-01",
      })
  void ignoresMalformedFields(String malformed) {
    assertThat(of(malformed)).isEmpty();
  }

  @Test
  void ignoresFieldsThatContradictEachOther() {
    var field = new Header("traceparent", FIELD);
    assertThat(TraceContext.of(List.of(field, field))).isEmpty();
  }

  private static Optional<TraceContext> of(String field) {
    return TraceContext.of(List.of(new Header("traceparent", field)));
  }
}
