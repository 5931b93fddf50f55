/// Seeded fuzz tests of a whole gateway on sockets: mutated requests of clients, and mutated
/// responses of the upstream.
///
/// ```text
/// RequestFuzzTest, ResponseFuzzTest
///   ├─ RequestGenerator, ResponseGenerator, Mutations ─ what is sent
///   ├─ FuzzedGateway, EchoUpstream                    ─ the gateway, and the API behind it
///   └─ WireClient, ReferenceParser                    ─ strict readers of responses and requests
/// ```
@NullMarked
package dev.backlane.app.fuzz;

import org.jspecify.annotations.NullMarked;
