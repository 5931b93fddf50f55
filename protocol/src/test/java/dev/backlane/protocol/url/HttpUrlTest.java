package dev.backlane.protocol.url;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpUrlTest {
  @ParameterizedTest
  @CsvSource({
    "http://example.com, example.com, 80",
    "HTTPS://Example.COM/a?b, example.com, 443",
    "http://example.com:/, example.com, 80",
    "http://my_host:9000/hook, my_host, 9000",
    "http://_my._host_/, _my._host_, 80",
    "http://host./, host., 80",
    "http://xn--caf-dma.example/, xn--caf-dma.example, 80",
    "http://127.0.0.1:1/, 127.0.0.1, 1",
    "http://[::1]:65535/, ::1, 65535",
    "http://[::FFFF:10.0.0.1]/, ::ffff:10.0.0.1, 80",
    "http://[2001:db8::1]/, 2001:db8::1, 80",
    "http://a.example/%E2%82%AC?q=%20&a=b/c?d, a.example, 80",
    "http://a.example//a/../b;c=d, a.example, 80"
  })
  void readsHostAndPort(String text, String host, int port) throws InvalidUrlException {
    var url = HttpUrl.parse(text);
    assertThat(url).isEqualTo(new HttpUrl(URI.create(text), host, port));
    assertThat(HttpUrl.of(URI.create(text))).isEqualTo(url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "/path",
        "//host/path",
        "ftp://host/",
        "http:",
        "http:host",
        "http:/host",
        "http:///path",
        "http://:80/",
        "http://user@host/",
        "http://user:password@my_host/",
        "http://@host/",
        "http://host/#",
        "http://host/#top",
        "http://host:0/",
        "http://host:00000/",
        "http://host:65536/",
        "http://host:99999999999999999999/",
        "http://host:-1/",
        "http://host:8o/",
        "http://my_host:0/",
        "http://my_host:65536/",
        "http://host:80:90/",
        "http://ho st/",
        "http://host/a b",
        "http://host/a\tb",
        "http://host/a\nb",
        " http://host/",
        "http://host/ ",
        "http://host/\\a",
        "http://host/a|b",
        "http://host/%zz",
        "http://host/%",
        "http://host/caf\u00e9",
        "http://host/?q=\u20ac",
        "http://\u65e5\u672c.example/",
        "http://host%41/",
        "http://a..b/",
        "http://.a/",
        "http://-a/",
        "http://a-/",
        "http://a~b/",
        "http://a!b/",
        "http://1.2.3/",
        "http://127.1/",
        "http://a.1/",
        "http://[::1/",
        "http://[v1.a]/",
        "http://[]/",
        "http://[1.2.3.4]/",
        "https://my_host/",
        "https://a_.example/"
      })
  void refusesOtherTexts(String text) {
    assertThatThrownBy(() -> HttpUrl.parse(text))
        .isInstanceOf(InvalidUrlException.class)
        .hasMessageMatching("(?s)(has|is|does) .*[^.]");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1/, true",
    "http://[::1]/, true",
    "http://[::ffff:127.0.0.1]/, true",
    "http://[fe80::1%25eth0]/, false",
    "http://2130706433/, false",
    "http://0x7f000001/, false",
    "http://017700000001/, false",
    "http://0177.0.0.1/, false",
    "http://0/, false"
  })
  void distinguishesPlainAddresses(String text, boolean plain) throws InvalidUrlException {
    assertThat(HttpUrl.parse(text).hasAddress()).isTrue();
    assertThat(HttpUrl.parse(text).hasPlainAddress()).isEqualTo(plain);
  }

  @Test
  void namesAreNoAddresses() throws InvalidUrlException {
    assertThat(HttpUrl.parse("http://my_host/").hasAddress()).isFalse();
    assertThat(HttpUrl.parse("http://my_host/").hasPlainAddress()).isFalse();
  }

  @Test
  void refusesLongHosts() throws InvalidUrlException {
    var label = "a".repeat(63);
    var host = label + "." + label + "." + label + "." + "a".repeat(61);
    assertThat(HttpUrl.parse("http://" + host + "/").host()).isEqualTo(host);
    assertThatThrownBy(() -> HttpUrl.parse("http://" + host + "a/"))
        .isInstanceOf(InvalidUrlException.class);
    assertThatThrownBy(() -> HttpUrl.parse("http://a" + label + "/"))
        .isInstanceOf(InvalidUrlException.class);
  }

  @Test
  void noMessageQuotesThePassword() {
    assertThatThrownBy(() -> HttpUrl.parse("http://me:pa^ss@host/"))
        .isInstanceOf(InvalidUrlException.class)
        .message()
        .doesNotContain("pa^ss");
  }
}
