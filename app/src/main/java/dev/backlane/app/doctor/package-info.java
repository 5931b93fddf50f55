/// Tries what a gateway needs from its environment, and names the fix of each fault. Changes
/// nothing, and can run beside a gateway.
///
/// ```text
/// Doctor ─▶ Check: ConfigurationCheck, StoreCheck, PortCheck, TlsCheck, UpstreamCheck, …
///             └─▶ Findings ─▶ Finding
/// ```
@NullMarked
package dev.backlane.app.doctor;

import org.jspecify.annotations.NullMarked;
