package dev.backlane.gateway.operator;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.EntityTag;
import dev.backlane.gateway.http.Query;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.openapi.OpenApi;
import dev.backlane.protocol.openapi.OpenApiSettings;
import dev.backlane.protocol.openapi.Profile;
import dev.backlane.protocol.openapi.Version;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// `/openapi.json`: the OpenAPI document, by default complete and in OpenAPI 3.1. The query's
/// `profile` and `version` choose another rendering. A rendering is written when it is first
/// requested and kept until the settings change. Thread-safe.
public final class OpenApiDocuments implements CallHandler {
  private static final int NOT_MODIFIED = 304;

  private final Supplier<OpenApiSettings> settings;
  private volatile Renderings renderings;

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Rendering(byte[] json, EntityTag tag) {
    static Rendering of(byte[] json) {
      try {
        var digest = MessageDigest.getInstance("SHA-256").digest(json);
        return new Rendering(json, EntityTag.of(HexFormat.of().formatHex(digest)));
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException("every JDK has SHA-256", impossible);
      }
    }
  }

  private record Key(Profile profile, Version version) {}

  /// The renderings under the same settings: at most one for each key.
  private record Renderings(OpenApiSettings settings, Map<Key, Rendering> byKey) {
    Renderings(OpenApiSettings settings) {
      this(settings, new ConcurrentHashMap<>());
    }

    Rendering get(Profile profile, Version version) {
      return byKey.computeIfAbsent(
          new Key(profile, version),
          key -> Rendering.of(OpenApi.document(key.profile(), key.version(), settings)));
    }
  }

  /// @param settings what the documents have from the configuration; may change
  public OpenApiDocuments(Supplier<OpenApiSettings> settings) {
    this.settings = settings;
    this.renderings = new Renderings(settings.get());
  }

  /// @throws dev.backlane.gateway.http.ProblemException 400 if the query chooses no rendering
  @Override
  public void handle(Call call) {
    var query = Query.of(call);
    var profile = query.parsed("profile", Profile::of, Profile.NAMES).orElse(Profile.COMPLETE);
    var version = query.parsed("version", Version::of, Version.NAMES).orElse(Version.V3_1);
    var rendering = present().get(profile, version);
    var head = call.response();
    head.set("ETag", rendering.tag().toString()).set("Cache-Control", "no-cache");
    if (rendering.tag().matches(call.values("If-None-Match"))) {
      head.status(NOT_MODIFIED);
      call.respond();
      return;
    }
    head.set("Content-Type", Json.MEDIA_TYPE);
    call.respond(rendering.json());
  }

  private Renderings present() {
    var required = settings.get();
    var found = renderings;
    if (!found.settings().equals(required)) {
      found = new Renderings(required);
      renderings = found;
    }
    return found;
  }
}
