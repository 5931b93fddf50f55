package dev.backlane.architecture.planted.engine;

import com.tngtech.archunit.core.domain.JavaClass;
import dev.backlane.architecture.planted.protocol.ProtocolOfEngine;
import java.net.http.HttpRequest;

/// An engine class that uses HTTP, the protocol module and a third-party library.
public final class Chatty {
  public Class<?> http() {
    return HttpRequest.class;
  }

  public Class<?> library() {
    return JavaClass.class;
  }

  public Class<?> protocol() {
    return ProtocolOfEngine.class;
  }
}
