package dev.backlane.gateway.dashboard.page;

/// What a page shows.
///
/// @param title of the page, without the name of the program
/// @param template below `src/main/jte`, with a parameter `page`
/// @param model the value of that parameter
/// @param status of the response
public record View(String title, String template, Object model, int status) {
  private static final int OK = 200;

  /// A page that is shown as requested.
  public static View of(String title, String template, Object model) {
    return new View(title, template, model, OK);
  }
}
