/// The operator's pages, `/ui`: the sign-in, and the way from a path to its page.
///
/// ```text
/// Dashboard ─▶ SignInPages ─▶ OpenIdConnect
///     ├──────▶ page.Page ─▶ page.View ─▶ page.Responses ─▶ jte
///     ├──────▶ page.Assets
///     └──────▶ live.LiveStreams
/// ```
///
/// The pages are in `overview`, `operations`, `webhooks` and `system`.
@NullMarked
package dev.backlane.gateway.dashboard;

import org.jspecify.annotations.NullMarked;
