package dev.backlane.demo;

import dev.backlane.protocol.Json;
import java.math.BigDecimal;
import java.util.LinkedHashMap;

/// An invoice of the sample API. Immutable.
///
/// @param amount in `currency`, with two decimals
record Invoice(String number, Status status, String customer, BigDecimal amount, String currency) {

  /// The state of an invoice.
  enum Status {
    BALANCED("Balanced"),
    RELEASED("Released");

    private final String wire;

    Status(String wire) {
      this.wire = wire;
    }
  }

  Invoice released() {
    return new Invoice(number, Status.RELEASED, customer, amount, currency);
  }

  byte[] json() {
    var members = new LinkedHashMap<String, Object>();
    members.put("invoiceNumber", number);
    members.put("status", status.wire);
    members.put("customer", customer);
    members.put("amount", amount);
    members.put("currency", currency);
    return Json.bytes(members);
  }
}
