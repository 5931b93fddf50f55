package dev.backlane.gateway.dashboard.page;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Methods;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;

/// The static files of the pages, read once from the class path: our own, and those of libraries.
/// The URL of each contains a digest of its content, so that browsers keep it until it changes. The
/// files contain nothing of any operation, and need no sign-in. Immutable.
public final class Assets {
  private static final String ROOT = "/ui/assets/";
  private static final String FOLDER = "/dev/backlane/gateway/dashboard/assets/";

  /// A year, the longest that caches must respect (RFC 9111 has no limit; RFC 2616 had this one).
  private static final String KEPT = "public, max-age=31536000, immutable";

  private static final int DIGEST_CHARS = 16;

  private static final Map<String, String> TYPES =
      Map.of(
          "style.css", "text/css; charset=utf-8",
          "uPlot.min.css", "text/css; charset=utf-8",
          "dashboard.js", "text/javascript; charset=utf-8",
          "chart.js", "text/javascript; charset=utf-8",
          "htmx.min.js", "text/javascript; charset=utf-8",
          "uPlot.iife.min.js", "text/javascript; charset=utf-8",
          "icon.svg", "image/svg+xml");

  private final Map<String, Asset> byName;

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Asset(String url, String type, byte[] bytes, byte[] compressed) {}

  private Assets(Map<String, Asset> byName) {
    this.byName = Map.copyOf(byName);
  }

  /// Reads all files.
  public static Assets load() {
    var byName = new LinkedHashMap<String, Asset>();
    TYPES.forEach((name, type) -> byName.put(name, asset(name, type)));
    return new Assets(byName);
  }

  private static Asset asset(String name, String type) {
    try (InputStream in = Assets.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IOException("no such resource");
      }
      byte[] bytes = in.readAllBytes();
      return new Asset(ROOT + digest(bytes) + "/" + name, type, bytes, compressed(bytes));
    } catch (IOException missing) {
      throw new UncheckedIOException(name + " is missing from this build", missing);
    }
  }

  private static String digest(byte[] bytes) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest).substring(0, DIGEST_CHARS);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  private static byte[] compressed(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /// The path of a file, such as `/ui/assets/0123456789abcdef/style.css`.
  public String url(String name) {
    return Objects.requireNonNull(byName.get(name), name).url();
  }

  /// Whether a path is below that of the files.
  public boolean owns(String path) {
    return path.startsWith(ROOT);
  }

  /// Sends a file.
  ///
  /// @throws dev.backlane.gateway.http.ProblemException 404 if there is none, or its content is
  ///     another
  public void send(Call call) {
    Methods.allow(call, "GET, HEAD");
    var path = call.path();
    var asset = byName.get(path.substring(path.lastIndexOf('/') + 1));
    if (asset == null || !asset.url().equals(path)) {
      throw Visit.unknown();
    }
    boolean compressed = call.values("Accept-Encoding").stream().anyMatch(Assets::acceptsGzip);
    call.response()
        .set("Content-Type", asset.type())
        .set("Cache-Control", KEPT)
        .set("Vary", "Accept-Encoding");
    if (compressed) {
      call.response().set("Content-Encoding", "gzip");
    }
    call.respond(compressed ? asset.compressed() : asset.bytes());
  }

  private static boolean acceptsGzip(String field) {
    for (String coding : field.split(",", -1)) {
      var parts = coding.strip().split("\\s*;\\s*", -1);
      if (parts[0].equalsIgnoreCase("gzip")) {
        return parts.length == 1 || !parts[1].matches("[qQ]=0(\\.0*)?");
      }
    }
    return false;
  }
}
