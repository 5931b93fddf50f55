/// A gateway process under test and its environment: the recording API behind it, callers,
/// load, other programs, folders and deadlines. It depends on no other package of the
/// system tests.
@NullMarked
package dev.backlane.system.support;

import org.jspecify.annotations.NullMarked;
