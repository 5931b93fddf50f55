package dev.backlane.app.doctor;

/// What one check found.
///
/// @param check the name of the check, such as `upstream`
/// @param what what was found
/// @param fix how to correct it; empty if nothing is wrong
public record Finding(Level level, String check, String what, String fix) {
  /// How serious a finding is.
  public enum Level {
    /// As it should be.
    OK,

    /// The gateway works, but not as well or as safely as it should.
    WARN,

    /// The gateway does not start, or a part of it does not work.
    FAIL
  }

  /// One line without the level and the check.
  public String line() {
    return fix.isEmpty() ? what : what + "; " + fix;
  }
}
