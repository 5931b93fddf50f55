/// What operators do with operations: find them, see why they wait, and change them. The admin API
/// and the dashboard call the same methods.
///
/// ```text
/// OperationSearchForm ─▶ OperationFinder ─▶ OperationSearch, OperationStore, DeliveryStore
///                            └▶ WaitReasons ─▶ Dispatcher, Pauses
/// ```
@NullMarked
package dev.backlane.gateway.operations;

import org.jspecify.annotations.NullMarked;
