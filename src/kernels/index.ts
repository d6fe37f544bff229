/** The hot loops, as one WebAssembly module: what each kernel is for says its file. */
export * as aes256GcmSiv from './aes-256-gcm-siv.ts';
export { Blake3, type Blake3Hasher } from './blake3.ts';
export { byteClasses, byteEntropy } from './byte-statistics.ts';
export { scanBoundary } from './fastcdc.ts';
export * as lz4 from './lz4.ts';
