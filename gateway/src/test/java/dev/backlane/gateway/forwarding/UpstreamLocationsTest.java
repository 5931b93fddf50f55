package dev.backlane.gateway.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Header;
import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UpstreamLocationsTest {
  private static final String PUBLIC = "https://api.example.com/erp";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Location         | http://10.0.0.5:9000/login?a=1#f      | https://api.example.com/erp/login?a=1#f",
        "location         | HTTPS://10.0.0.5:9000                 | https://api.example.com/erp",
        "Location         | //10.0.0.5:9000/x                     | https://api.example.com/erp/x",
        "Location         | http://u:p@10.0.0.5:9000/x            | https://api.example.com/erp/x",
        "Content-Location | http://10.0.0.5:9000/orders/7         | https://api.example.com/erp/orders/7",
        "Refresh          | 5; url=http://10.0.0.5:9000/next      | 5; url=https://api.example.com/erp/next",
        "Refresh          | 0;URL='http://10.0.0.5:9000/next'     | 0;URL='https://api.example.com/erp/next'",
        "Link | <http://10.0.0.5:9000/p?page=2>; rel=\"next\", <http://10.0.0.5:9000/p>; rel=first"
            + " | <https://api.example.com/erp/p?page=2>; rel=\"next\", <https://api.example.com/erp/p>; rel=first",
        "Location         | /login                                | /login",
        "Location         | http://10.0.0.5:9001/other            | http://10.0.0.5:9001/other",
        "Location         | http://10.0.0.5/default-port          | http://10.0.0.5/default-port",
        "Location         | http://10.0.0.50:9000/x               | http://10.0.0.50:9000/x",
        "Location         | https://login.example/?back=http://10.0.0.5:9000/ | https://login.example/?back=http://10.0.0.5:9000/",
        "Location         | http://10.0.0.5:9000.evil.example/    | http://10.0.0.5:9000.evil.example/",
        "Location         | mailto:a@10.0.0.5:9000                | mailto:a@10.0.0.5:9000",
        "Link             | <https://docs.example/>; rel=help     | <https://docs.example/>; rel=help",
        "X-Other          | http://10.0.0.5:9000/x                | http://10.0.0.5:9000/x",
      })
  void replacesTheUpstreamsAddress(String name, String received, String sent) {
    var locations = UpstreamLocations.replaced(URI.create("http://10.0.0.5:9000"), PUBLIC);
    assertThat(locations.of(new Header(name, received))).isEqualTo(new Header(name, sent));
    assertThat(UpstreamLocations.unchanged().of(new Header(name, received)).value())
        .isEqualTo(received);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://api.internal       | http://API.internal/x      | true",
        "http://api.internal       | http://api.internal:80/x   | true",
        "http://api.internal       | https://api.internal/x     | true",
        "https://api.internal      | https://api.internal/x     | true",
        "https://api.internal:8443 | https://api.internal/x     | false",
        "http://[::1]:9000         | http://[::1]:9000/x        | true",
      })
  void comparesHostAndPort(String upstream, String received, boolean replaced) {
    var locations = UpstreamLocations.replaced(URI.create(upstream), PUBLIC);
    assertThat(locations.of(new Header("Location", received)).value())
        .isEqualTo(replaced ? PUBLIC + "/x" : received);
  }
}
