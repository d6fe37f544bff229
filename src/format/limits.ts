/**
 * Every limit that the reader holds an archive against before it allocates. Beyond a limit lies FormatError FORMAT_LIMIT
 * (KeyError KEY_COST for the KDF). Source: specification "Limits".
 */

/** Bytes of the wrapped configuration; the reference refuses more, too. */
export const CONFIGURATION_LENGTH_MAX = 32 * 1024;
/** Bytes of one chunk's plaintext: the chunker's upper bound. */
export const CHUNK_SIZE_MAX = 8 * 1024 * 1024;
/** Bytes of the plaintext of any other blob (an object of a 64 TiB file stays below). */
export const METADATA_BLOB_SIZE_MAX = 1024 * 1024 * 1024;
/** Bytes of one encoded blob: the larger plaintext with the overhead of incompressible frames and sealing. */
export const ENCODED_BLOB_LENGTH_MAX = METADATA_BLOB_SIZE_MAX + 8 * 1024 * 1024;
/** Bytes of the plaintext state or packfile index: 40 million blobs. */
export const STATE_SIZE_MAX = 4 * 1024 * 1024 * 1024 - 1;
/** Blobs in one archive. */
export const BLOB_COUNT_MAX = 40_000_000;
/** Nesting of msgpack containers. */
export const MSGPACK_DEPTH_MAX = 16;
/** Levels of a B-tree: 25^12 keys at the least filling. */
export const TREE_DEPTH_MAX = 12;
/** Keys of one B-tree node. */
export const TREE_ORDER_MAX = 4096;
/** Bytes of a path. */
export const PATH_LENGTH_MAX = 64 * 1024;
/** Snapshots of one archive. */
export const SNAPSHOT_COUNT_MAX = 1_000_000;
/** Argon2id memory in KiB: four times the default. */
export const ARGON2ID_MEMORY_KIB_MAX = 1024 * 1024;
/** Argon2id passes. */
export const ARGON2ID_ITERATIONS_MAX = 64;
/** Argon2id lanes. */
export const ARGON2ID_PARALLELISM_MAX = 64;
/** scrypt memory in bytes, 128·N·r·p. */
export const SCRYPT_MEMORY_MAX = 1024 * 1024 * 1024;
/** PBKDF2 iterations. */
export const PBKDF2_ITERATIONS_MAX = 10_000_000;
/** Bytes of a KDF salt. */
export const SALT_LENGTH_MAX = 1024;
