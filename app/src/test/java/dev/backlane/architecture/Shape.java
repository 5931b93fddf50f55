package dev.backlane.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/// Conditions that hold for the classes of all modules.
final class Shape {
  static final int CONSTRUCTOR_PARAMETERS_MAX = 6;

  static final ArchCondition<JavaClass> BE_CLOSED =
      condition("be final, sealed or abstract", type -> found(!isClosed(type), type, "is open"));

  static final ArchCondition<JavaClass> TAKE_FEW_PARAMETERS =
      condition(
          "take at most " + CONSTRUCTOR_PARAMETERS_MAX + " constructor parameters",
          type ->
              type.getConstructors().stream()
                  .filter(constructor -> parameters(constructor) > CONSTRUCTOR_PARAMETERS_MAX)
                  .map(constructor ->
                      constructor.getFullName() + " takes " + parameters(constructor)));

  static final ArchCondition<JavaClass> BE_NULL_MARKED =
      condition(
          "be in a package with @NullMarked",
          type ->
              found(
                  !type.getPackage().isAnnotatedWith(NullMarked.class),
                  type,
                  "is in a package without @NullMarked"));

  private Shape() {}

  /// Whether a type is a class, but not a record, an enum, an anonymous class or a local class.
  static boolean isPlainClass(JavaClass type) {
    return !type.isInterface()
        && !type.isRecord()
        && !type.isEnum()
        && !type.isAnonymousClass()
        && !type.isLocalClass()
        // The class of an enum constant with a body.
        && !type.getRawSuperclass().map(JavaClass::isEnum).orElse(false);
  }

  private static boolean isClosed(JavaClass type) {
    var modifiers = type.getModifiers();
    return modifiers.contains(JavaModifier.FINAL)
        || modifiers.contains(JavaModifier.ABSTRACT)
        || type.reflect().isSealed();
  }

  private static int parameters(JavaConstructor constructor) {
    var owner = constructor.getOwner();
    int all = constructor.getRawParameterTypes().size();
    // The compiler adds the name and ordinal of an enum, and the captured values of a local class.
    if (owner.isEnum()) {
      return all - 2;
    }
    return owner.isAnonymousClass() || owner.isLocalClass() ? 0 : all;
  }

  private static Stream<String> found(boolean violated, JavaClass type, String what) {
    return violated ? Stream.of(type.getName() + " " + what) : Stream.empty();
  }

  private static ArchCondition<JavaClass> condition(
      String description, Function<JavaClass, Stream<String>> violations) {
    return new ArchCondition<>(description) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        violations
            .apply(type)
            .forEach(violation -> events.add(SimpleConditionEvent.violated(type, violation)));
      }
    };
  }
}
