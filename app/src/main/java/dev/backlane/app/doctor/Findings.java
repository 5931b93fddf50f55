package dev.backlane.app.doctor;

import dev.backlane.app.doctor.Finding.Level;
import java.util.function.Consumer;

/// Receives what one check finds. Not thread-safe.
///
/// @param check the name of the check
record Findings(String check, Consumer<Finding> to) {
  void ok(String what) {
    to.accept(new Finding(Level.OK, check, what, ""));
  }

  void warn(String what, String fix) {
    to.accept(new Finding(Level.WARN, check, what, fix));
  }

  void fail(String what, String fix) {
    to.accept(new Finding(Level.FAIL, check, what, fix));
  }

  /// Reports a fault whose message ends with its fix, after `; `.
  void fail(String message) {
    int split = message.lastIndexOf("; ");
    if (split < 0) {
      fail(message, "correct it, then run doctor again");
    } else {
      fail(message.substring(0, split), message.substring(split + 2));
    }
  }

  /// The same receiver for another check.
  Findings of(String other) {
    return new Findings(other, to);
  }
}
