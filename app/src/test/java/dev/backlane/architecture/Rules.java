package dev.backlane.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.MethodCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The architecture as rules about the classes below one root package. The root is a parameter, so
/// that each rule can be checked for Backlane and shown to fail for planted classes below another
/// root.
final class Rules {
  private static final String BANNED_NAMES = ".*(Manager|Utils?|Helper|Impl|Base)";

  // Classes that may sleep: a slow sample upstream, its client, and the Java client between polls.
  // Background work waits in a Loop.
  private static final Set<String> SLEEPERS =
      Set.of("demo.InvoiceApi", "demo.DemoScript", "client.http.Deadline");

  // The APIs of Nimbus and of certificates use java.util.Date.
  private static final Set<String> DATE_USERS =
      Set.of(
          "gateway.credentials.CallerToken",
          "gateway.credentials.IdentityHeader",
          "gateway.dashboard.OpenIdConnect",
          "gateway.tls.TlsInspection",
          "demo.DevelopmentTokenIssuer");

  private static final String[] SHIPPED = {
    "protocol", "client", "engine", "store.rocksdb", "store.postgres", "gateway", "demo", "app"
  };

  private final String root;

  Rules(String root) {
    this.root = root;
  }

  /// All rules by name, in the order of the names.
  Map<String, ArchRule> all() {
    var rules = new TreeMap<String, ArchRule>();
    modules(rules);
    bans(rules);
    shape(rules);
    return rules;
  }

  private void modules(Map<String, ArchRule> rules) {
    rules.put("protocol depends on no other module", dependsOnlyOn("protocol"));
    rules.put("engine depends on no other module", dependsOnlyOn("engine"));
    rules.put("client depends on protocol only", dependsOnlyOn("client", "protocol"));
    rules.put(
        "gateway depends on engine and protocol only",
        dependsOnlyOn("gateway", "engine", "protocol"));
    rules.put(
        "demo depends on gateway and protocol only", dependsOnlyOn("demo", "gateway", "protocol"));
    rules.put("store-testkit depends on engine only", dependsOnlyOn("store.testkit", "engine"));
    rules.put("store-rocksdb depends on engine only", dependsOnlyOn("store.rocksdb", "engine"));
    rules.put(
        "simulator depends on engine and store-testkit only",
        dependsOnlyOn("simulator", "engine", "store.testkit"));
    rules.put(
        "nothing that ships depends on store-testkit",
        noClasses()
            .that(resideInAnyPackage(Stream.of(SHIPPED).map(this::packages).toArray(String[]::new)))
            .should(dependOnClassesThat(in("store.testkit"))));
    rules.put("store-postgres depends on engine only", dependsOnlyOn("store.postgres", "engine"));
    rules.put(
        "engine uses the JDK, SLF4J and JSpecify only",
        classes()
            .that(in("engine"))
            .should(
                onlyDependOnClassesThat(
                    resideInAnyPackage("java..", "org.slf4j..", "org.jspecify..", root + ".."))));
    rules.put(
        "engine uses neither HTTP nor SQL",
        noClasses()
            .that(in("engine"))
            .should(
                dependOnClassesThat(
                    resideInAnyPackage("java.net.http..", "java.sql..", "javax.sql.."))));
    rules.put(
        "only an adapter below gateway.http uses the web server",
        noClasses()
            .that(resideOutsideOfPackages(root + ".gateway.http.*.."))
            .should(
                dependOnClassesThat(
                    resideInAnyPackage("io.helidon..", "io.netty..", "org.eclipse.jetty.."))));
    rules.put(
        "packages are free of cycles",
        slices().matching(root + ".(**)").should().beFreeOfCycles().allowEmptyShould(true));
  }

  private void bans(Map<String, ArchRule> rules) {
    rules.put(
        "engine blocks instead of composing futures",
        noClasses()
            .that(in("engine"))
            .should(
                dependOnClassesThat(
                    named(
                        "java.util.concurrent.CompletableFuture",
                        "java.util.concurrent.CompletionStage"))));
    rules.put(
        "no thread-local values",
        noClasses()
            .should(
                dependOnClassesThat(
                    named("java.lang.ThreadLocal", "java.lang.InheritableThreadLocal"))));
    rules.put(
        "time is java.time",
        noClasses()
            .that(areNot(DATE_USERS))
            .should(
                dependOnClassesThat(
                    named(
                        "java.util.Date",
                        "java.util.Calendar",
                        "java.util.GregorianCalendar",
                        "java.text.SimpleDateFormat"))));
    rules.put(
        "only listed classes sleep",
        noClasses()
            .that(areNot(SLEEPERS))
            .should()
            .callMethodWhere(describe("the target is a sleep", call -> sleeps(call.getTarget()))));
    rules.put(
        "names are nouns of the domain",
        noClasses().should().haveNameMatching(BANNED_NAMES).as("no class is named by its role"));
  }

  private static void shape(Map<String, ArchRule> rules) {
    rules.put(
        "classes are final, sealed or abstract",
        classes().that(describe("are plain classes", Shape::isPlainClass)).should(Shape.BE_CLOSED));
    rules.put(
        "constructors take 6 parameters at most",
        classes()
            .that(describe("are not records", type -> !type.isRecord()))
            .should(Shape.TAKE_FEW_PARAMETERS));
    rules.put("packages are null-marked", classes().should(Shape.BE_NULL_MARKED));
  }

  private ArchRule dependsOnlyOn(String module, String... others) {
    var allowed = new ArrayList<>(List.of(packages(module)));
    Stream.of(others).map(this::packages).forEach(allowed::add);
    return noClasses()
        .that(in(module))
        .should(
            dependOnClassesThat(
                resideInAnyPackage(root + "..")
                    .and(resideOutsideOfPackages(allowed.toArray(String[]::new)))))
        // The module may not exist yet.
        .allowEmptyShould(true);
  }

  private DescribedPredicate<JavaClass> in(String module) {
    return resideInAnyPackage(packages(module));
  }

  private String packages(String module) {
    return root + "." + module + "..";
  }

  private DescribedPredicate<JavaClass> areNot(Set<String> classes) {
    return describe(
        "are not " + classes,
        type -> !classes.contains(outermost(type).getName().substring(root.length() + 1)));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(Rules::outermost).orElse(type);
  }

  private static DescribedPredicate<JavaClass> named(String... names) {
    var banned = Set.of(names);
    return describe("are " + banned, type -> banned.contains(type.getName()));
  }

  private static boolean sleeps(MethodCallTarget target) {
    var owner = target.getOwner().getName();
    return target.getName().equals("sleep")
        && (owner.equals("java.lang.Thread") || owner.equals("java.util.concurrent.TimeUnit"));
  }
}
