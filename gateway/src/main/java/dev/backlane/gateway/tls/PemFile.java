package dev.backlane.gateway.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A file in the text encoding of RFC 7468. Text between its blocks is ignored. Immutable.
final class PemFile {
  private static final Pattern CERTIFICATE = block("(?:X509 |TRUSTED )?CERTIFICATE");
  private static final Pattern CERTIFICATE_BEGIN =
      Pattern.compile("-----BEGIN [A-Z0-9 ]*CERTIFICATE-----");
  private static final Pattern PKCS8_KEY = block("PRIVATE KEY");
  private static final Pattern PKCS1_KEY = block("RSA PRIVATE KEY");
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC");

  // Version 0 and the algorithm rsaEncryption, which precede a PKCS#1 key in PKCS#8 (RFC 5208).
  private static final byte[] RSA_HEADER =
      HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

  private static final int DER_SEQUENCE = 0x30;
  private static final int DER_OCTET_STRING = 0x04;
  private static final int DER_SHORT_LENGTH_MAX = 0x7f;
  private static final int DER_LENGTH_OF_TWO_BYTES = 0x82;

  private final String text;

  private PemFile(String text) {
    this.text = text;
  }

  /// @throws TlsException if the file cannot be read, or is longer than 1 MiB
  static PemFile of(Path file) {
    return new PemFile(new String(TlsReader.bytes(file), StandardCharsets.ISO_8859_1));
  }

  private static Pattern block(String label) {
    return Pattern.compile(
        "-----BEGIN " + label + "-----([A-Za-z0-9+/=\\s]+)-----END " + label + "-----");
  }

  /// Its certificates, in order; empty if there are none, or if one is incomplete, as in a file
  /// that is being written.
  ///
  /// @throws CertificateException if one is malformed
  List<X509Certificate> certificates() throws CertificateException {
    var factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (var match : CERTIFICATE.matcher(text).results().toList()) {
      byte[] der =
          decoded(match.group(1)).orElseThrow(() -> new CertificateException("not Base64"));
      certificates.add(
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
    }
    long begun = CERTIFICATE_BEGIN.matcher(text).results().count();
    return certificates.size() == begun ? certificates : List.of();
  }

  /// Its private key, RSA or EC, in PKCS#8 or, for RSA, PKCS#1; empty if there is none that can be
  /// read without a password.
  Optional<PrivateKey> privateKey() {
    return der(PKCS8_KEY).or(() -> der(PKCS1_KEY).map(PemFile::pkcs8)).flatMap(PemFile::key);
  }

  private Optional<byte[]> der(Pattern block) {
    var match = block.matcher(text);
    return match.find() ? decoded(match.group(1)) : Optional.empty();
  }

  private static Optional<byte[]> decoded(String base64) {
    try {
      return Optional.of(Base64.getMimeDecoder().decode(base64));
    } catch (IllegalArgumentException malformed) {
      // The cause is dropped: no part of a key may reach a log.
      return Optional.empty();
    }
  }

  private static Optional<PrivateKey> key(byte[] pkcs8) {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return Optional.of(
            KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
      } catch (GeneralSecurityException otherAlgorithm) {
        // The next block may be usable. The cause is dropped: no part of a key may reach a log.
      }
    }
    return Optional.empty();
  }

  private static byte[] pkcs8(byte[] pkcs1) {
    var content = new ByteArrayOutputStream();
    content.writeBytes(RSA_HEADER);
    content.writeBytes(der(DER_OCTET_STRING, pkcs1));
    return der(DER_SEQUENCE, content.toByteArray());
  }

  private static byte[] der(int tag, byte[] content) {
    var der = new ByteArrayOutputStream();
    der.write(tag);
    if (content.length > DER_SHORT_LENGTH_MAX) {
      der.write(DER_LENGTH_OF_TWO_BYTES);
      der.write(content.length >> 8);
    }
    der.write(content.length);
    der.writeBytes(content);
    return der.toByteArray();
  }
}
