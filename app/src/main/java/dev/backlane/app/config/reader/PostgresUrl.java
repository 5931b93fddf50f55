package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.WrongValueException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// URLs of PostgreSQL databases, in the forms of JDBC and libpq. A problem never quotes them, since
/// a URL may contain a password. A URL with a password is refused, since the driver logs URLs.
/// Stateless.
public final class PostgresUrl {
  private static final String JDBC = "jdbc:postgresql://";

  /// The prefixes of JDBC and of libpq, which most tools use.
  private static final Pattern BEGINNING = Pattern.compile("jdbc:postgresql://|postgres(ql)?://");

  private static final String HOST = "(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(:\\d{1,5})?";
  private static final Pattern FORM =
      Pattern.compile(HOST + "(," + HOST + ")*/[^/?#\\s]+(\\?(?<parameters>[^#\\s]*))?");
  private static final Pattern PORT = Pattern.compile(":(\\d+)(?=[,/])");
  private static final int PORT_MAX = 65_535;

  /// Names of the driver's parameters contain no `_`; those of libpq do, and the driver would
  /// silently ignore them.
  private static final Pattern PARAMETER = Pattern.compile("([A-Za-z0-9]+)(=[^&]*)?");

  private static final Pattern SECRET_PARAMETER =
      Pattern.compile("user|password|sslpassword", Pattern.CASE_INSENSITIVE);

  private PostgresUrl() {}

  /// The type of such a URL. The parsed value has the form of JDBC.
  public static Scalar<String> type() {
    return new Scalar<>(
        "jdbc:postgresql://host[:port][,host[:port]…]/database[?parameter=value&…]; user and"
            + " password are set as store.user and store.password",
        "URL",
        false,
        PostgresUrl::parse);
  }

  private static String parse(String text) throws WrongValueException {
    Matcher beginning = BEGINNING.matcher(text);
    if (!beginning.lookingAt()) {
      throw new WrongValueException("does not begin with jdbc:postgresql://");
    }
    String address = text.substring(beginning.end());
    if (address.replaceFirst("\\?.*", "").contains("@")) {
      throw new WrongValueException("contains a user or password");
    }
    Matcher form = FORM.matcher(address);
    if (!form.matches()) {
      throw new WrongValueException("has the wrong form");
    }
    checkPorts(address);
    String parameters = form.group("parameters");
    if (parameters != null && !parameters.isEmpty()) {
      for (String parameter : parameters.split("&", -1)) {
        checkParameter(parameter);
      }
    }
    return JDBC + address;
  }

  private static void checkPorts(String address) throws WrongValueException {
    Matcher ports = PORT.matcher(address.replaceFirst("/.*", "/"));
    while (ports.find()) {
      int port = Integer.parseInt(ports.group(1));
      if (port == 0 || port > PORT_MAX) {
        throw new WrongValueException("has a port that is out of range");
      }
    }
  }

  private static void checkParameter(String parameter) throws WrongValueException {
    Matcher parts = PARAMETER.matcher(parameter);
    if (!parts.matches()) {
      throw new WrongValueException("has a parameter that the JDBC driver does not have");
    }
    if (SECRET_PARAMETER.matcher(parts.group(1)).matches()) {
      throw new WrongValueException("contains a user or password");
    }
  }
}
