package dev.backlane.engine.operation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OwnershipTest {
  @ParameterizedTest(name = "of {0}/{1}/{2}, read by {3}/{4}/{5}: {6} {7} {8}")
  @CsvSource({
    // starter, reader, whether it may read with USER, CLIENT, TENANT
    "acme, erp, ann,   acme, erp, ann,    true,  true,  true",
    "acme, erp, ann,   acme, erp, bob,    false, true,  true",
    "acme, erp, ann,   acme, other, ann,  true,  false, true",
    "acme, erp, ann,   acme, other, bob,  false, false, true",
    "acme, erp, ann,   acme, erp, '',     false, true,  true",
    "acme, erp, ann,   acme, erp, erp,    false, true,  true",
    "acme, erp, ann,   acme, '', ann,     true,  false, true",
    "acme, erp, ann,   rival, erp, ann,   false, false, false",
    "acme, erp, ann,   '', erp, ann,      false, false, false",
    "acme, erp, '',    acme, erp, '',     true,  true,  true",
    "acme, erp, '',    acme, erp, ann,    true,  true,  true",
    "acme, erp, '',    acme, erp, erp,    true,  true,  true",
    "acme, erp, erp,   acme, erp, '',     true,  true,  true",
    "acme, erp, erp,   acme, other, erp,  false, false, true",
    "acme, erp, erp,   acme, '', erp,     false, false, true",
    "acme, erp, '',    acme, other, '',   false, false, true",
    "acme, erp, '',    rival, erp, '',    false, false, false",
    "acme, '', ann,    acme, '', ann,     true,  true,  true",
    "acme, '', ann,    acme, '', bob,     false, false, true",
    "acme, '', ann,    acme, erp, ann,    true,  false, true",
    "acme, '', ann,    acme, ann, '',     false, false, true",
    "acme, '', '',     acme, '', '',      false, false, true",
  })
  void decidesWhoMayRead(
      String tenant,
      String client,
      String subject,
      String readerTenant,
      String readerClient,
      String readerSubject,
      boolean user,
      boolean ofClient,
      boolean ofTenant) {
    var starter = new Caller(tenant, client, subject);
    var reader = new Caller(readerTenant, readerClient, readerSubject);
    assertThat(Ownership.USER.mayRead(reader, starter)).isEqualTo(user);
    assertThat(Ownership.CLIENT.mayRead(reader, starter)).isEqualTo(ofClient);
    assertThat(Ownership.TENANT.mayRead(reader, starter)).isEqualTo(ofTenant);
  }
}
