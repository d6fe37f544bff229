/** Everything that the module exports: the kernels, and where their inputs and outputs lie. */
export { keyUnwrap, keyWrap } from './aes-256-key-wrap';
export {
  gcmSivCounters,
  gcmSivHash,
  gcmSivOpen,
  gcmSivSeal,
  gcmSivXor,
  keyWrapUseKey,
  wipeSecrets,
} from './aes-256-gcm-siv';
export { blake3Parent, blake3Subtree } from './blake3';
export { byteClasses, byteCountsBegin, byteCountsUpdate, byteEntropy } from './byte-statistics';
export { fastcdcBegin, fastcdcScan } from './fastcdc';
export {
  BLAKE3_BLOCK,
  DERIVED_KEYS,
  GEAR,
  HISTORY_LENGTH,
  INPUT,
  INPUT_LENGTH,
  KEY,
  KEYSTREAM,
  MEMORY_LENGTH,
  NONCE,
  OUTPUT,
  RESULT,
  TAG,
  TEXT,
} from './layout';
export { lz4Decode } from './lz4-decoder';
export { lz4Encode } from './lz4-encoder';
export { lz4FrameDecode, lz4FrameEncode } from './lz4-frame';
export { lz4HcEncode } from './lz4-hc-encoder';
export { xxhash32Begin, xxhash32Finish, xxhash32Update } from './xxhash32';
