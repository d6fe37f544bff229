/**
 * Where everything lies in the module's memory. Nothing is allocated at run time: the memory has its size from the start, so that
 * views of it stay valid. The first page holds the static tables that the compiler places; the loader checks that they fit.
 */

/** End of the page that belongs to the compiler. */
const STATIC_END: usize = 0x1_0000;

/** FastCDC: 256 words of 64 bits, written by the loader. */
export const GEAR: usize = STATIC_END;

/** 32 bytes in: an AES-256 or BLAKE3 key. Whole as a BLAKE3 initial chaining value. */
export const KEY: usize = GEAR + 2048;
/** 12 bytes in: a nonce. */
export const NONCE: usize = KEY + 32;
/** 16 bytes: a tag or what a tag is made from. */
export const TAG: usize = NONCE + 16;
/** 64 bytes out: hashes, wrapped keys, derived keys. */
export const RESULT: usize = TAG + 16;

/** AES-256: 15 round keys of 16 bytes in use. */
export const ROUND_KEYS: usize = RESULT + 64;
/** AES-256-GCM-SIV: what is derived for a nonce: 16 bytes message-authentication key, 32 bytes message-encryption key. */
export const DERIVED_KEYS: usize = ROUND_KEYS + 240;
/** AES: 1 KiB of blocks on their way through the cipher, a multiple of eight. */
export const CIPHER_BLOCKS: usize = DERIVED_KEYS + 48;
export const CIPHER_BLOCKS_LENGTH: usize = 1024;
/** POLYVAL: two tables of 16 vectors for each of H, H^2, H^3. */
export const POLYVAL_TABLES: usize = CIPHER_BLOCKS + CIPHER_BLOCKS_LENGTH;
export const POLYVAL_TABLES_LENGTH: usize = 3 * 2 * 256;
/** End of what may hold keys or be derived from them. */
export const SECRETS_END: usize = POLYVAL_TABLES + POLYVAL_TABLES_LENGTH;

/** BLAKE3: 16 message words of four lanes each. */
export const BLAKE3_MESSAGE: usize = SECRETS_END;
/** BLAKE3: a last block, padded with zeros. */
export const BLAKE3_BLOCK: usize = BLAKE3_MESSAGE + 256;
/** BLAKE3: chaining values of one level of a subtree of at most 64 chunks, and what the last group of four writes beyond. */
export const BLAKE3_VALUES: usize = BLAKE3_BLOCK + 64;

/** Counts of bytes: four tables of 256 words. */
export const COUNTS: usize = BLAKE3_VALUES + 64 * 32 + 128;
export const COUNTS_LENGTH: usize = 4 * 256 * 4;

/** Entropy: 64 terms by count. */
export const ENTROPY_TERMS: usize = COUNTS + COUNTS_LENGTH;
export const ENTROPY_TERMS_LENGTH: usize = 64 * 8;

/** LZ4: positions by hash, 2^14 words. */
export const LZ4_POSITIONS: usize = ENTROPY_TERMS + ENTROPY_TERMS_LENGTH;
export const LZ4_POSITIONS_LENGTH: usize = 4 << 14;
/** LZ4 HC: heads of the chains by hash, 2^15 words, and distances to the position before, 2^16 half words. */
export const LZ4_HC_HEADS: usize = LZ4_POSITIONS + LZ4_POSITIONS_LENGTH;
export const LZ4_HC_HEADS_LENGTH: usize = 4 << 15;
export const LZ4_HC_CHAIN: usize = LZ4_HC_HEADS + LZ4_HC_HEADS_LENGTH;
export const LZ4_HC_CHAIN_LENGTH: usize = 2 << 16;

/** 64 KiB of AES counter blocks in, their encryption out, and 16 bytes for the last block. */
export const KEYSTREAM: usize = LZ4_HC_CHAIN + LZ4_HC_CHAIN_LENGTH;
export const KEYSTREAM_LENGTH: usize = (64 << 10) + 16;

/** AES-256-GCM-SIV: 64 KiB of text, changed in place, and behind it its tag, or the block of its lengths. */
export const TEXT: usize = KEYSTREAM + KEYSTREAM_LENGTH;
export const TEXT_LENGTH: usize = (64 << 10) + 16;

/** What a kernel works on: at most 4 MiB, and what an LZ4 frame adds. Wide loads read up to 64 bytes beyond. */
export const INPUT: usize = TEXT + TEXT_LENGTH;
export const INPUT_LENGTH: usize = (4 << 20) + 64;

/**
 * LZ4: 64 KiB that a linked block may refer to, or the start of a frame, and behind it what a block gives: 4 MiB decoded, or n + n/255 + 16
 * encoded.
 */
export const HISTORY: usize = INPUT + INPUT_LENGTH + 64;
export const HISTORY_LENGTH: usize = 64 << 10;
export const OUTPUT: usize = HISTORY + HISTORY_LENGTH;
export const OUTPUT_LENGTH: usize = (4 << 20) + (32 << 10);

/** Bytes of memory in all. */
export const MEMORY_LENGTH: usize = OUTPUT + OUTPUT_LENGTH;
