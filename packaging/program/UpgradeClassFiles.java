import static java.lang.classfile.ClassFile.StackMapsOption.GENERATE_STACK_MAPS;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Gives the classes of a jar the format of Java 25, with the same code. The cache of loaded
/// classes takes none in a format before that of Java 6, which has no stack maps: they would be
/// read from the jar and verified at each start.
///
/// Usage: `java UpgradeClassFiles.java JAR`. Replaces the jar; its entries keep their times.
final class UpgradeClassFiles {
  void main(String[] args) throws IOException {
    var jar = Path.of(args[0]);
    var upgraded = new ByteArrayOutputStream();
    int count = 0;
    try (var source = new JarFile(jar.toFile());
        var loader =
            new URLClassLoader(
                new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
        var target = new ZipOutputStream(upgraded)) {
      // Stack maps name the common superclasses of classes, also of those in the jar.
      var classes = ClassHierarchyResolver.ofClassLoading(loader);
      var format =
          ClassFile.of(GENERATE_STACK_MAPS, ClassHierarchyResolverOption.of(classes.cached()));
      for (var entry : Collections.list(source.entries())) {
        byte[] content = source.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith(".class")) {
          var model = format.parse(content);
          if (model.majorVersion() < ClassFile.JAVA_6_VERSION) {
            content = upgraded(format, model);
            count++;
          }
        }
        var copy = new ZipEntry(entry.getName());
        copy.setTimeLocal(entry.getTimeLocal());
        target.putNextEntry(copy);
        target.write(content);
        target.closeEntry();
      }
    }
    Files.write(jar, upgraded.toByteArray());
    System.err.printf(
        "packaging/program: %d classes of %s have the format of Java 25 now%n",
        count, jar.getFileName());
  }

  private static byte[] upgraded(ClassFile format, ClassModel old) {
    byte[] content =
        format.build(
            old.thisClass().asSymbol(),
            builder -> {
              builder.withVersion(ClassFile.JAVA_25_VERSION, 0);
              for (var element : old) {
                switch (element) {
                  case ClassFileVersion _ -> {}
                  // Each instruction is written again: code that is copied gets no stack maps.
                  case MethodModel method ->
                      builder.transformMethod(
                          method,
                          MethodTransform.transformingCode(
                              (code, instruction) -> code.with(instruction)));
                  default -> builder.with(element);
                }
              }
            });
    var errors = format.verify(content);
    if (!errors.isEmpty()) {
      throw new IllegalStateException(
          old.thisClass().asInternalName() + " cannot be upgraded", errors.getFirst());
    }
    return content;
  }
}
