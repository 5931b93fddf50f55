package dev.backlane.engine.operation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CallerTest {
  @ParameterizedTest(name = "tenant {0}, client {1}, user {2}: {3}")
  @CsvSource({
    "acme, erp,   ann, true",
    "acme, erp,   bob, true",
    "acme, other, ann, true",
    "acme, other, bob, false",
    "rival, erp,  ann, false",
    "'',   erp,   ann, false",
    "acme, '',    '',  false",
  })
  void sharesWithTheSameClientOrUserOfItsTenantOnly(
      String tenant, String client, String subject, boolean shares) {
    var owner = new Caller("acme", "erp", "ann");

    assertThat(owner.sharesWith(new Caller(tenant, client, subject))).isEqualTo(shares);
  }
}
