package dev.backlane.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AuthorityTest {
  @ParameterizedTest
  @CsvSource({
    "http://api, api, 80, api, '', false",
    "http://api:80/, api, 80, api, '', false",
    "http://api:8080/base/, api, 8080, api:8080, /base, false",
    "https://api, api, 443, api, '', true",
    "https://api:80, api, 80, api:80, '', true",
    "http://my_host:9000, my_host, 9000, my_host:9000, '', false",
    "http://my_host/x, my_host, 80, my_host, /x, false",
    "http://[::1]:81, ::1, 81, [::1]:81, '', false"
  })
  void readsTheUrlOfAnUpstream(
      String url, String host, int port, String hostHeader, String basePath, boolean secure) {
    assertThat(Authority.of(URI.create(url)))
        .isEqualTo(new Authority(host, port, hostHeader, basePath, secure));
  }

  @Test
  void refusesOtherUrls() {
    assertThatThrownBy(() -> Authority.of(URI.create("ftp://api/")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Authority.of(URI.create("http:/api")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
