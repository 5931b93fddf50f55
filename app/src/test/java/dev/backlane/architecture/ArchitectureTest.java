package dev.backlane.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Checks Backlane against the architecture rules, and each rule against a planted class that
/// violates it.
final class ArchitectureTest {
  private static final String BACKLANE = "dev.backlane";
  private static final String PLANTED = "dev.backlane.architecture.planted";

  private static final Map<String, ArchRule> RULES = new Rules(BACKLANE).all();
  private static final Map<String, ArchRule> RULES_OF_PLANTED = new Rules(PLANTED).all();

  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(BACKLANE);
  private static final JavaClasses VIOLATIONS = new ClassFileImporter().importPackages(PLANTED);

  private static final Set<String> PROVEN = new HashSet<>();

  static Stream<String> rules() {
    return RULES.keySet().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void backlaneFollowsTheRule(String rule) {
    rule(RULES, rule).check(PRODUCTION);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "client depends on protocol only | client.ClientOfEngine",
        "demo depends on gateway and protocol only | demo.DemoOfApp",
        "classes are final, sealed or abstract | shape.Open",
        "constructors take 6 parameters at most | shape.Greedy",
        "engine blocks instead of composing futures | engine.Composing",
        "engine depends on no other module | engine.Chatty.protocol",
        "engine uses neither HTTP nor SQL | engine.Chatty.http",
        "engine uses the JDK, SLF4J and JSpecify only | engine.Chatty.library",
        "gateway depends on engine and protocol only | gateway.GatewayOfApp",
        "names are nouns of the domain | shape.NameManager",
        "no thread-local values | shape.ThreadBound",
        "nothing that ships depends on store-testkit | app.ShippedWithTestkit",
        "only an adapter below gateway.http uses the web server | gateway.ServerInHandler",
        "only listed classes sleep | app.Sleeping",
        "packages are free of cycles | engine.Chatty",
        "packages are null-marked | unmarked.Unmarked",
        "protocol depends on no other module | protocol.ProtocolOfEngine",
        "simulator depends on engine and store-testkit only | simulator.SimulatorOfGateway",
        "store-postgres depends on engine only | store.postgres.PostgresOfRocks",
        "store-rocksdb depends on engine only | store.rocksdb.RocksOfProtocol",
        "store-testkit depends on engine only | store.testkit.TestkitOfGateway",
        "time is java.time | shape.Dated",
      })
  void plantedClassBreaksTheRule(String rule, String culprit) {
    var report = rule(RULES_OF_PLANTED, rule).evaluate(VIOLATIONS).getFailureReport();

    assertThat(report.getDetails()).anyMatch(detail -> detail.contains(PLANTED + "." + culprit));
    PROVEN.add(rule);
  }

  @AfterAll
  static void everyRuleHasAPlantedViolation() {
    assertThat(PROVEN).isEqualTo(RULES.keySet());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "protocol",
        "engine",
        "store.testkit",
        "store.rocksdb",
        "simulator",
        "gateway",
        "demo",
        "app"
      })
  void checksEveryModule(String module) {
    assertThat(PRODUCTION.stream().map(JavaClass::getPackageName))
        .anyMatch(name -> (name + ".").startsWith(BACKLANE + "." + module + "."));
  }

  @Test
  void excludesPlantedClassesFromBacklane() {
    assertThat(PRODUCTION.stream().map(JavaClass::getName))
        .noneMatch(name -> name.startsWith(PLANTED));
  }

  private static ArchRule rule(Map<String, ArchRule> rules, String name) {
    return Objects.requireNonNull(rules.get(name), name);
  }
}
