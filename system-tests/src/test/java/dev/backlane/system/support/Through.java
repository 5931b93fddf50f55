package dev.backlane.system.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The gateways of a test class, and of those nested in it, have proxies around them: each
/// [TestGateway] that is an extension starts and stops them with itself.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Through {
  /// The proxies.
  enum Proxies {
    /// nginx in front of the gateway, and another one between it and the API.
    NGINX,
    /// HAProxy in front of the gateway.
    HAPROXY
  }

  /// The proxies around the gateways.
  Proxies value();
}
