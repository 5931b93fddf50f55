package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.Raw.Origin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// Reads YAML 1.2 into raw values, each with its place. Not thread-safe.
final class YamlReader {
  private static final Set<Tag> SCALAR_TAGS =
      Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL);

  private final Function<Mark, Origin> place;
  private final Origin whole;
  private final String key;
  private final Problems problems;

  private YamlReader(Function<Mark, Origin> place, Origin whole, String key, Problems problems) {
    this.place = place;
    this.whole = whole;
    this.key = key;
    this.problems = problems;
  }

  /// Reads the text of a file; empty if it has no content or is malformed, which is then reported
  /// as a problem.
  static Optional<Raw> ofFile(String file, String text, Problems problems) {
    return new YamlReader(
            mark -> new Origin.InFile(file, mark.getLine() + 1, mark.getColumn() + 1),
            new Origin.InFile(file, 0, 0),
            "",
            problems)
        .read(text);
  }

  /// Reads the value of one setting, given as one text in the environment or as a flag.
  static Optional<Raw> ofValue(Origin origin, String key, String text, Problems problems) {
    return new YamlReader(_ -> origin, origin, key, problems).read(text);
  }

  private Optional<Raw> read(String text) {
    // Duplicate and non-scalar keys are checked below, so that all of them are reported at once.
    LoadSettings settings =
        LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setAllowDuplicateKeys(true)
            .setAllowNonScalarKeys(true)
            .build();
    try {
      return new Compose(settings).composeString(text).flatMap(node -> raw(node, key));
    } catch (MarkedYamlEngineException e) {
      // Not the whole message: it quotes the surrounding text, which may contain a secret.
      Origin where = e.getProblemMark().map(place).orElse(whole);
      problems.add(
          where,
          key,
          "is not valid YAML: " + Problems.quote(withoutNames(e.getProblem())),
          "correct the syntax");
    } catch (YamlEngineException e) {
      problems.add(whole, key, "is not valid YAML", "correct the syntax and save it as UTF-8");
    }
    return Optional.empty();
  }

  /// YAML reads an unquoted secret that begins with `*`, `&` or `!` as a name; the problem must not
  /// show it.
  private static String withoutNames(String problem) {
    return problem.replaceFirst("(alias|anchor|tag|handle|directive)\\s.*", "$1");
  }

  private Optional<Raw> raw(Node node, String path) {
    Origin origin = origin(node);
    if (node.isRecursive()) {
      problems.add(
          origin, path, "contains itself through an alias", "write it out without '&' and '*'");
      return Optional.empty();
    }
    return switch (node) {
      case ScalarNode scalar -> scalar(scalar, path, origin);
      case SequenceNode sequence -> Optional.of(new Raw.Sequence(items(sequence, path), origin));
      case MappingNode mapping -> Optional.of(new Raw.Mapping(entries(mapping, path), origin));
      default -> throw new IllegalStateException("unexpected YAML node " + node.getNodeType());
    };
  }

  private List<Raw> items(SequenceNode sequence, String path) {
    return sequence.getValue().stream().flatMap(item -> raw(item, path + "[]").stream()).toList();
  }

  private Optional<Raw> scalar(ScalarNode scalar, String path, Origin origin) {
    if (!SCALAR_TAGS.contains(scalar.getTag())) {
      problems.add(
          origin,
          path,
          "begins with '!', which marks a tag",
          "remove the tag, or put the value into quotes");
      return Optional.empty();
    }
    return Optional.of(
        scalar.getTag().equals(Tag.NULL)
            ? new Raw.Nothing(origin)
            : new Raw.Text(scalar.getValue(), origin));
  }

  private List<Raw.Entry> entries(MappingNode mapping, String path) {
    Map<String, Origin> seen = new HashMap<>();
    List<Raw.Entry> entries = new ArrayList<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Origin origin = origin(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode name)) {
        problems.add(origin, path, "has a key that is not text", "give the key a plain name");
        continue;
      }
      String full = path.isEmpty() ? name.getValue() : path + "." + name.getValue();
      Origin first = seen.putIfAbsent(name.getValue(), origin);
      if (first != null) {
        problems.add(origin, full, "is given twice, first at " + first, "keep one of the two");
        continue;
      }
      raw(tuple.getValueNode(), full)
          .ifPresent(value -> entries.add(new Raw.Entry(name.getValue(), origin, value)));
    }
    return entries;
  }

  private Origin origin(Node node) {
    return node.getStartMark().map(place).orElse(whole);
  }
}
