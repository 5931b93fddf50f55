package dev.backlane.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NotificationHeadersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Visma-Signature",
        "x-visma-signature",
        "X_VISMA_SIGNATURE",
        "x.visma~signature"
      })
  void comparesNamesAsReceiversDo(String name) {
    assertThat(NotificationHeaders.same(name, "X-Visma-Signature")).isTrue();
    assertThat(NotificationHeaders.same(name, "X-VismaSignature")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Proxy",
        "proxy",
        "Proxy_Connection",
        "HOST",
        "Transfer_Encoding",
        "Content-Length",
        "content_type",
        "Webhook_Id",
        "Set_Cookie",
        "Authorization",
        "TE",
        "Keep_Alive",
        "Expect"
      })
  void refusesFieldsOfConnectionBodyAndSignature(String name) {
    assertThat(NotificationHeaders.objection(name)).isPresent();
    assertThat(NotificationHeaders.objectionToSignature(name)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-signature", "X_Signature"})
  void aPairIsNotTheSignatureButTheSignatureCanBe(String name) {
    assertThat(NotificationHeaders.objection(name)).isPresent();
    assertThat(NotificationHeaders.objectionToSignature(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Job", "reference", "Hosts", "x-proxy", "X-Content-Type", "Accept"})
  void permitsOtherNames(String name) {
    assertThat(NotificationHeaders.objection(name)).isEmpty();
  }
}
