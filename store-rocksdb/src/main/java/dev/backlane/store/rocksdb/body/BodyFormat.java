package dev.backlane.store.rocksdb.body;

import dev.backlane.engine.store.content.ContentChecksum;

/// The format of a body file: pieces of 64 KiB, the last one shorter, each followed by its
/// checksum.
///
/// @param name of the file, which the checksums cover
record BodyFormat(String name, ContentChecksum checksum) {
  static final int PIECE_BYTES = 64 * 1024;

  static BodyFormat of(BodyName name) {
    return new BodyFormat(name.file(), new ContentChecksum(name.file()));
  }

  /// Where a piece begins in the file.
  static long fileOffset(long number) {
    return number * (PIECE_BYTES + ContentChecksum.BYTES);
  }

  /// The length of the file of a content.
  static long fileLength(long length) {
    long pieces = (length + PIECE_BYTES - 1) / PIECE_BYTES;
    return length + pieces * ContentChecksum.BYTES;
  }
}
