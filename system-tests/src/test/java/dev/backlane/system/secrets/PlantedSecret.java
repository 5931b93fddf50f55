package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A secret that the gateway receives, and the encodings in which it could appear. Immutable.
///
/// @param name describes the secret
/// @param forms the encoded texts by encoding
record PlantedSecret(String name, Map<String, String> forms) {
  PlantedSecret {
    forms = Map.copyOf(forms);
  }

  static PlantedSecret of(String name, String secret) {
    var forms = new LinkedHashMap<String, String>();
    byte[] bytes = secret.getBytes(UTF_8);
    forms.put("as it is", secret);
    forms.put("backwards", new StringBuilder(secret).reverse().toString());
    forms.put("URL-encoded", URLEncoder.encode(secret, UTF_8));
    forms.put("hex", HexFormat.of().formatHex(bytes));
    forms.put("upper-case hex", HexFormat.of().withUpperCase().formatHex(bytes));
    for (int before = 0; before < 3; before++) {
      forms.put("base64 behind " + before, base64(Base64.getEncoder(), bytes, before));
      forms.put("base64url behind " + before, base64(Base64.getUrlEncoder(), bytes, before));
    }
    return new PlantedSecret(name, forms);
  }

  /// The part of a base64 text that depends on these bytes only: the characters that also encode
  /// bytes before or after them are cut off.
  private static String base64(Base64.Encoder encoder, byte[] bytes, int before) {
    byte[] shifted = new byte[before + bytes.length];
    System.arraycopy(bytes, 0, shifted, before, bytes.length);
    var text = encoder.withoutPadding().encodeToString(shifted);
    return text.substring(before == 0 ? 0 : before + 1, text.length() - text.length() % 4 - 4);
  }

  /// The encodings in which a text contains the secret.
  List<String> in(String text) {
    return forms.entrySet().stream()
        .filter(form -> text.contains(form.getValue()))
        .map(form -> name + ", " + form.getKey())
        .toList();
  }

  /// The content of all files below a folder, one character per byte.
  static String filesOf(Path folder) throws IOException {
    var all = new StringBuilder();
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(content(file)).append('\n');
      }
    }
    return all.toString();
  }

  private static String content(Path file) throws IOException {
    try {
      return Files.readString(file, ISO_8859_1);
    } catch (NoSuchFileException e) {
      // The store has just deleted the file.
      return "";
    }
  }
}
