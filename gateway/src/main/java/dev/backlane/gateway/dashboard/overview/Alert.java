package dev.backlane.gateway.dashboard.overview;

/// Something that needs attention.
///
/// @param urgent whether calls fail or wait because of it
/// @param what has happened
/// @param action what to do
/// @param link to the page that shows more; empty: none
/// @param linkText of the link
public record Alert(boolean urgent, String what, String action, String link, String linkText) {
  static Alert urgent(String what, String action) {
    return new Alert(true, what, action, "", "");
  }

  static Alert notable(String what, String action) {
    return new Alert(false, what, action, "", "");
  }

  Alert withLink(String path, String text) {
    return new Alert(urgent, what, action, path, text);
  }
}
