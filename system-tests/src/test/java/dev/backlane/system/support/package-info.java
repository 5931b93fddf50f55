/// A gateway process under test and what surrounds it: the recording API behind it, callers,
/// load, certificates, other programs, folders and deadlines. Every other package depends on this one;
/// it depends on none of them.
@NullMarked
package dev.backlane.system.support;

import org.jspecify.annotations.NullMarked;
