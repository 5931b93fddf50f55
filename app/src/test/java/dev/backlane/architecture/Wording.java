package dev.backlane.architecture;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Checks the language of the repository: banned words in all text files, and in Java sources the
/// width of comments and the length of test names. Immutable and thread-safe.
///
/// The words are in `banned-words.txt`, their permitted uses in `allowed-words.txt`, both in the
/// test resources beside this class. `scripts/check-wording` prints all violations.
final class Wording {
  static final int COMMENT_COLUMNS_MAX = 100;
  static final int TEST_NAME_CHARS_MAX = 60;

  private static final String LISTS = "app/src/test/resources/dev/backlane/architecture/";
  private static final String COLUMN = " => ";
  private static final int FILE_BYTES_MAX = 1 << 20;

  private static final Set<String> EXTENSIONS =
      Set.of(
          "java",
          "md",
          "yaml",
          "yml",
          "sql",
          "sh",
          "html",
          "json",
          "xml",
          "properties",
          "css",
          "php",
          "py",
          "ts",
          "cs");

  /// Scripts without an extension, as paths from the root.
  private static final Set<String> SCRIPT_DIRECTORIES =
      Set.of(
          "",
          ".ci",
          "scripts",
          "docker",
          "packaging/debian",
          "packaging/image",
          "packaging/program");

  /// Third-party text.
  private static final Set<String> FOREIGN =
      Set.of("mvnw", "mvnw.cmd", "LICENSE", "system-tests/src/test/resources/licenses");

  private static final Set<String> SKIPPED_DIRECTORIES =
      Set.of("target", "data", ".git", ".idea", ".vscode", "node_modules");

  private static final Pattern CAMEL = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|_");
  private static final Pattern COMMENT = Pattern.compile("^\\s*(?://|/\\*|\\* ).*");
  private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");

  private final List<Ban> bans;
  private final List<Exemption> exemptions;

  /// @param bans lines of `banned-words.txt`
  /// @param exemptions lines of `allowed-words.txt`
  Wording(List<String> bans, List<String> exemptions) {
    this.bans = entries(bans, 2).stream().map(Ban::of).toList();
    this.exemptions = entries(exemptions, 3).stream().map(Exemption::of).toList();
  }

  /// Reads the lists of the repository at `root`.
  static Wording of(Path root) throws IOException {
    return new Wording(listed(root, "banned-words.txt"), listed(root, "allowed-words.txt"));
  }

  /// The lines of a list of the repository.
  static List<String> listed(Path root, String list) throws IOException {
    return Files.readAllLines(root.resolve(LISTS + list));
  }

  /// A violation of a rule in one line.
  ///
  /// @param file relative to the directory that was checked
  /// @param line counts from 1
  record Violation(Path file, int line, String message) {
    @Override
    public String toString() {
      return file + ":" + line + " " + message;
    }
  }

  private record Ban(Pattern pattern, String replacement) {
    static Ban of(String[] columns) {
      var words = "\\b(?:" + columns[0] + ")\\b";
      return new Ban(Pattern.compile(words, Pattern.CASE_INSENSITIVE), columns[1]);
    }
  }

  private record Exemption(String pathEnd, String text) {
    static Exemption of(String[] columns) {
      return new Exemption(columns[0], columns[1]);
    }
  }

  /// The text files below `directory`, in the order of their paths.
  static List<Path> filesBelow(Path directory) throws IOException {
    var found = new ArrayList<Path>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            var name = String.valueOf(folder.getFileName());
            return SKIPPED_DIRECTORIES.contains(name) && !folder.equals(directory)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.size() <= FILE_BYTES_MAX && isOwnText(directory.relativize(file))) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found.stream().sorted().toList();
  }

  /// All violations in the text files below `directory`, in the order of paths and lines.
  List<Violation> violations(Path directory) throws IOException {
    var violations = new ArrayList<Violation>();
    for (Path file : filesBelow(directory)) {
      Path relative = directory.relativize(file);
      List<String> lines = lines(file);
      for (int at = 0; at < lines.size(); at++) {
        check(relative, at + 1, lines.get(at), violations);
      }
    }
    return violations;
  }

  private void check(Path file, int number, String line, List<Violation> violations) {
    String path = unix(file);
    String words = CAMEL.matcher(line).replaceAll(" ");
    for (Ban ban : bans) {
      var match = ban.pattern.matcher(words);
      if (match.find() && !isExempt(path, line)) {
        violations.add(
            new Violation(
                file, number, "'" + match.group() + "' is banned; write: " + ban.replacement));
      }
    }
    if (path.endsWith(".java")) {
      checkJava(file, number, line, violations);
    }
  }

  private static void checkJava(Path file, int number, String line, List<Violation> violations) {
    if (line.length() > COMMENT_COLUMNS_MAX && COMMENT.matcher(line).matches()) {
      violations.add(
          new Violation(
              file,
              number,
              "comment of " + line.length() + " columns, at most " + COMMENT_COLUMNS_MAX));
    }
    var method = METHOD.matcher(line);
    if (method.find() && method.group(1).length() > TEST_NAME_CHARS_MAX) {
      violations.add(
          new Violation(
              file,
              number,
              "method name of "
                  + method.group(1).length()
                  + " characters, at most "
                  + TEST_NAME_CHARS_MAX));
    }
  }

  private boolean isExempt(String path, String line) {
    return exemptions.stream()
        .anyMatch(each -> path.endsWith(each.pathEnd) && line.contains(each.text));
  }

  private static boolean isOwnText(Path relative) {
    String path = unix(relative);
    if (FOREIGN.stream().anyMatch(each -> path.equals(each) || path.startsWith(each + "/"))) {
      return false;
    }
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    int dot = name.lastIndexOf('.');
    return dot > 0
        ? EXTENSIONS.contains(name.substring(dot + 1))
        : SCRIPT_DIRECTORIES.contains(path.substring(0, Math.max(slash, 0)))
            && !name.startsWith(".");
  }

  // A file with a text extension but binary content is not checked.
  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (MalformedInputException binary) {
      return List.of();
    }
  }

  private static List<String[]> entries(List<String> lines, int columns) {
    var entries = new ArrayList<String[]>();
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] entry = line.split(COLUMN, -1);
      if (entry.length != columns) {
        throw new IllegalArgumentException(
            "a line needs " + columns + " columns separated by '" + COLUMN + "': " + line);
      }
      entries.add(entry);
    }
    return entries;
  }

  private static String unix(Path path) {
    return path.toString().replace('\\', '/');
  }
}
