/// Secrets at rest and in output: credentials and bodies that are stored sealed, rotation of keys,
/// and searches for planted secrets in files, logs and responses.
@NullMarked
package dev.backlane.system.secrets;

import org.jspecify.annotations.NullMarked;
