/// The Java client of Backlane, and of the API whose behavior Backlane implements.
@org.jspecify.annotations.NullMarked
module dev.backlane.client {
  requires transitive java.net.http;
  requires static transitive org.jspecify;
  requires tools.jackson.databind;

  exports dev.backlane.client;
  exports dev.backlane.client.auth;
  exports dev.backlane.client.documented;
  exports dev.backlane.client.webhook;

  opens dev.backlane.client.documented to
      tools.jackson.databind;
}
