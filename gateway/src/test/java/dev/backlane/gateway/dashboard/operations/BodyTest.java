package dev.backlane.gateway.dashboard.operations;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.store.content.StoredContent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Previews of bodies by their content type.
final class BodyTest {
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Stored(byte[] bytes) implements StoredContent {
    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public InputStream open(long offset) {
      return new ByteArrayInputStream(Arrays.copyOfRange(bytes, (int) offset, bytes.length));
    }
  }

  private static Body read(byte[] bytes, String... headers) {
    var fields = new Header[headers.length / 2];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = new Header(headers[2 * i], headers[2 * i + 1]);
    }
    return Body.read(new Stored(bytes), List.of(fields));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json", "Application/Problem+JSON; charset=utf-8", "text/json"})
  void indentsJson(String type) {
    var body = read("{\"a\":[1,\"ü\"]}".getBytes(UTF_8), "content-type", type);

    assertThat(body.kind()).isEqualTo(Body.Kind.JSON);
    assertThat(body.text()).contains("\n").contains("\"ü\"");
    assertThat(body.partial()).isFalse();
  }

  @Test
  void showsMalformedAndLongJsonAsItIs() {
    var malformed = read("{\"a\":".getBytes(UTF_8), "Content-Type", "application/json");
    var large =
        read(
            ("[\"" + "x".repeat(Body.SHOWN_BYTES_MAX) + "\"]").getBytes(UTF_8),
            "Content-Type",
            "application/json");

    assertThat(malformed).returns("{\"a\":", Body::text).returns(Body.Kind.TEXT, Body::kind);
    assertThat(large.kind()).isEqualTo(Body.Kind.TEXT);
    assertThat(large.text()).hasSize(Body.SHOWN_BYTES_MAX);
    assertThat(large.partial()).isTrue();
  }

  @Test
  void decodesTextInItsCharset() {
    var latin = read("Skål".getBytes(ISO_8859_1), "Content-Type", "text/plain;charset=iso-8859-1");
    var unknown = read("Skål".getBytes(UTF_8), "Content-Type", "text/plain; charset=klingon");

    assertThat(latin.text()).isEqualTo("Skål");
    assertThat(unknown.text()).isEqualTo("Skål");
  }

  @Test
  void decompressesGzip() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write("a=1&b=2".getBytes(UTF_8));
    }
    var body =
        read(
            out.toByteArray(),
            "Content-Type",
            "application/x-www-form-urlencoded",
            "Content-Encoding",
            "gzip");

    assertThat(body.text()).isEqualTo("a=1&b=2");
  }

  @Test
  void boundsWhatAGzipBombBecomes() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(new byte[8 * 1024 * 1024]);
    }
    var body = read(out.toByteArray(), "Content-Type", "text/plain", "Content-Encoding", "gzip");

    assertThat(body.text()).hasSize(Body.SHOWN_BYTES_MAX);
  }

  @Test
  void showsOtherBytesInHexadecimal() {
    var pdf = read("%PDF-1.7\0\1".getBytes(ISO_8859_1), "Content-Type", "application/pdf");
    var untyped = read(new byte[600]);

    assertThat(pdf.kind()).isEqualTo(Body.Kind.BYTES);
    assertThat(pdf.text())
        .isEqualTo("0000  25 50 44 46 2d 31 2e 37 00 01                    %PDF-1.7..\n");
    assertThat(untyped).returns(512L, Body::shown).returns(true, Body::partial);
  }
}
