package dev.backlane.app.process;

import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signals of the operating system, through `sun.misc.Signal` of the module `jdk.unsupported`. Java
/// has no other way to receive SIGHUP, or a second SIGTERM: a shutdown hook runs once, and the JVM
/// cannot be used normally while it runs. Reached by reflection, since the compiler warns of every
/// use of that class and the warning cannot be switched off. Stateless.
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /// Runs an action, on a thread of its own, each time that a signal is received.
  ///
  /// @param name without `SIG`
  static void handle(String name, Runnable action) {
    try {
      var signal = Class.forName("sun.misc.Signal");
      var handler = Class.forName("sun.misc.SignalHandler");
      var run =
          MethodHandles.lookup()
              .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
              .bindTo(action);
      signal
          .getMethod("handle", signal, handler)
          .invoke(
              null,
              signal.getConstructor(String.class).newInstance(name),
              MethodHandleProxies.asInterfaceInstance(
                  handler, MethodHandles.dropArguments(run, 0, signal)));
    } catch (InvocationTargetException reserved) {
      // The JVM option -Xrs reserves the signals for the operating system's default action.
      LOG.warn(
          "SIG{} cannot be handled and has its default action: {}",
          name,
          String.valueOf(reserved.getCause()));
    } catch (ReflectiveOperationException absent) {
      LOG.warn("SIG{} cannot be handled and has its default action: {}", name, absent.toString());
    }
  }
}
