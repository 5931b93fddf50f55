package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 2.3: what Backlane adds to the stored response: result, tag, ranges, restored headers.
@Timeout(60)
sealed class StoredContentContractTest
    permits ThroughNginxTest.StoredContent, ThroughHaproxyTest.StoredContent {
  private static final String BODY = "0123456789";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  private final Http http = gateway.http();

  @Test
  @DisplayName("AsyncResult carries the status code that the endpoint returned")
  void returnsStatusCodeInAsyncResult() throws Exception {
    assertThat(http.contentOf(returned(200)).header("AsyncResult")).isEqualTo("200");
    assertThat(http.contentOf(returned(409)).header("AsyncResult")).isEqualTo("409");
  }

  @Test
  @DisplayName("the content carries an ETag; 304 without a body on If-None-Match")
  void supportsIfNoneMatch() throws Exception {
    var id = returned(200);
    var tag = http.contentOf(id).header("ETag");
    assertThat(tag).matches("\"[^\"]+\"");
    var same = http.contentOf(id, "If-None-Match", tag);
    assertThat(same.status()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(http.contentOf(id, "If-None-Match", "\"other\"").text()).isEqualTo(BODY);
  }

  @Test
  @DisplayName("Range: first and last byte")
  void returnsFirstToLastByte() throws Exception {
    range("bytes=2-5", "2345", "2-5");
  }

  @Test
  @DisplayName("Range: from a byte to the end")
  void returnsByteToEnd() throws Exception {
    range("bytes=7-", "789", "7-9");
  }

  @Test
  @DisplayName("Range: the last bytes")
  void returnsLastBytes() throws Exception {
    range("bytes=-4", "6789", "6-9");
  }

  @Test
  @DisplayName("Range: a last byte past the end is cut to the end")
  void cutsLastByteAtEnd() throws Exception {
    range("bytes=8-99", "89", "8-9");
  }

  @Test
  @DisplayName("Range: a suffix longer than the content returns the whole content")
  void cutsSuffixAtStart() throws Exception {
    range("bytes=-99", BODY, "0-9");
  }

  @Test
  @DisplayName("Range: 416 with the length if no byte is in range")
  void returns416ForMissingBytes() throws Exception {
    for (String range : List.of("bytes=10-", "bytes=-0", "bytes=10-12")) {
      var response = http.contentOf(returned(200), "Range", range);
      response.assertProblem(416, "range-not-satisfiable");
      assertThat(response.header("Content-Range")).isEqualTo("bytes */10");
    }
  }

  @Test
  @DisplayName("Range: a malformed range, another unit and several ranges are ignored")
  void ignoresUnsupportedRanges() throws Exception {
    for (String range : List.of("bytes=5-2", "rows=1-2", "bytes=0-1,4-5", "bytes=-")) {
      var response = http.contentOf(returned(200), "Range", range);
      assertThat(response.status()).as(range).isEqualTo(200);
      assertThat(response.text()).isEqualTo(BODY);
    }
  }

  @Test
  @DisplayName("If-Range: the part if the tag is unchanged, else the whole content")
  void supportsIfRange() throws Exception {
    var id = returned(200);
    var tag = http.contentOf(id).header("ETag");
    assertThat(http.contentOf(id, "Range", "bytes=0-0", "If-Range", tag).text()).isEqualTo("0");
    assertThat(http.contentOf(id, "Range", "bytes=0-0", "If-Range", "\"x\"").text())
        .isEqualTo(BODY);
  }

  @Test
  @DisplayName("the content restores the headers that describe it")
  void restoresDescriptiveHeaders() throws Exception {
    gateway
        .api()
        .on(
            "/described",
            RecordingApi.responding(
                200,
                BODY,
                "Content-Type: application/x-report",
                "Content-Encoding: br",
                "Content-Disposition: attachment; filename=\"r.bin\"",
                "Content-Language: nb",
                "Last-Modified: Mon, 03 Nov 2025 10:00:00 GMT"));
    var response = http.contentOf(ended("/described"));
    assertThat(response.text()).isEqualTo(BODY);
    assertThat(response.header("Content-Type")).isEqualTo("application/x-report");
    assertThat(response.header("Content-Encoding")).isEqualTo("br");
    assertThat(response.header("Content-Disposition")).isEqualTo("attachment; filename=\"r.bin\"");
    assertThat(response.header("Content-Language")).isEqualTo("nb");
    assertThat(response.header("Last-Modified")).isEqualTo("Mon, 03 Nov 2025 10:00:00 GMT");
  }

  @Test
  @DisplayName("the content restores no other header")
  void restoresNoOtherHeader() throws Exception {
    gateway
        .api()
        .on(
            "/undescribed",
            RecordingApi.responding(
                200,
                BODY,
                "X-Rows: 7",
                "Set-Cookie: a=1",
                "ETag: \"theirs\"",
                "Location: /elsewhere",
                "WWW-Authenticate: Basic",
                "Content-Location: /there",
                "Content-Range: bytes 0-9/10",
                "Cache-Control: public"));
    var response = http.contentOf(ended("/undescribed"));
    for (String name :
        List.of(
            "X-Rows",
            "Set-Cookie",
            "Location",
            "WWW-Authenticate",
            "Content-Location",
            "Content-Range",
            "Content-Encoding",
            "Last-Modified")) {
      assertThat(response.headers().allValues(name)).as(name).isEmpty();
    }
    assertThat(response.headers().allValues("ETag")).hasSize(1).doesNotContain("\"theirs\"");
    assertThat(response.headers().allValues("Cache-Control")).doesNotContain("public");
  }

  private void range(String range, String part, String contentRange) throws Exception {
    var response = http.contentOf(returned(200), "Range", range);
    assertThat(response.status()).isEqualTo(206);
    assertThat(response.text()).isEqualTo(part);
    assertThat(response.header("Content-Range")).isEqualTo("bytes " + contentRange + "/10");
    assertThat(response.header("Content-Type")).isEqualTo("text/plain");
  }

  private String returned(int status) throws Exception {
    var path = "/content/" + status;
    gateway.api().on(path, RecordingApi.responding(status, BODY, "Content-Type: text/plain"));
    return ended(path);
  }

  private String ended(String path) throws Exception {
    var id = http.begin(path);
    http.awaitEnd(id);
    return id;
  }
}
