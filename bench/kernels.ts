/**
 * Speed of the kernels beside their peers, in the same run: `npx tsx bench/kernels.ts [name…]`.
 *
 * Each figure is the best of several rounds in MB/s (1 MB = 10^6 B of plaintext), and below 10 KB the time of one call.
 */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { gcmsiv } from '@noble/ciphers/aes.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { createBLAKE3 } from 'hash-wasm';
import { chunkBoundary, type ChunkCut } from '../src/format/fastcdc.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../src/format/lz4.ts';
import type { Lz4Blocks } from '../src/format/lz4-block.ts';
import { portablePrimitives } from '../src/format/portable-primitives.ts';
import { xxhash32 } from '../src/format/xxhash32.ts';
import { aes256GcmSiv, Blake3, lz4 } from '../src/kernels/index.ts';
import { blockEncryption } from '../src/platform/node/block-cipher.ts';
import { nodePrimitives } from '../src/platform/node/primitives.ts';

const ROUND_MS = 6;
const ROUNDS = 40;

const wanted = process.argv.slice(2);

/** Measures `work` on `size` bytes and prints a line. */
function measure(name: string, size: number, work: () => unknown): void {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) return;
  const once = timeMs(1, work);
  const count = Math.max(1, Math.round(ROUND_MS / Math.max(once, 0.001)));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, timeMs(count, work) / count);
  const speed = `${(size / best / 1000).toFixed(0).padStart(7)} MB/s`;
  const call = size < 10_000 ? `${(best * 1000).toFixed(2).padStart(9)} us` : '';
  console.log(`${name.padEnd(44)}${speed}${call}`);
}

function timeMs(count: number, work: () => unknown): number {
  const start = performance.now();
  for (let turn = 0; turn < count; turn++) work();
  return performance.now() - start;
}

/** YAML as a cluster has it: names that recur, numbers and hashes that do not. */
function manifests(size: number): Uint8Array {
  const parts: string[] = [];
  for (let index = 0, length = 0; length < size; index++) {
    const hash = randomBytes(8).toString('hex');
    const part = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-${index % 40}-${hash}\n  namespace: team-${index % 7}\n  labels:\n    app.kubernetes.io/name: app-${index % 40}\n    pod-template-hash: ${hash}\nspec:\n  replicas: ${index % 5}\n  template:\n    spec:\n      containers:\n      - image: example.test/app-${index % 40}@sha256:${hash}${hash}\n        name: main\n        resources:\n          limits: {cpu: ${index % 900}m, memory: ${index % 512}Mi}\n---\n`;
    parts.push(part);
    length += part.length;
  }
  return new TextEncoder().encode(parts.join('')).subarray(0, size);
}

const key = randomBytes(32);
const nonce = randomBytes(12);
const text = manifests(4_000_000);
const noise = randomBytes(32_000_000);

const hashWasm = await createBLAKE3(256, key);
const keyed = new Blake3(key);
for (const size of [300, 3000, 1_000_000]) {
  const bytes = text.subarray(0, size);
  measure(`BLAKE3 keyed ${size}: kernel`, size, () => keyed.hash(bytes));
  measure(`BLAKE3 keyed ${size}: hash-wasm`, size, () => hashWasm.init().update(bytes).digest('binary'));
  measure(`BLAKE3 keyed ${size}: noble`, size, () => blake3(bytes, { key }));
  measure(`HMAC-SHA256 ${size}: node:crypto`, size, () => createHmac('sha256', key).update(bytes).digest());
}

const sealed = new Uint8Array(65_536 + 16);
for (const size of [300, 3000, 65_536]) {
  const bytes = text.subarray(0, size);
  measure(`GCM-SIV ${size}: kernel`, size, () => {
    aes256GcmSiv.useKey(key);
    aes256GcmSiv.seal(nonce, bytes, sealed, 0);
  });
  measure(`GCM-SIV ${size}: kernel, node:crypto AES`, size, () => {
    const cipher = blockEncryption(key);
    for (const { authentication, encryption } of aes256GcmSiv.deriveMessageKeys(cipher, [nonce])) {
      aes256GcmSiv.sealWith(blockEncryption(encryption), authentication, nonce, bytes, sealed, 0);
    }
  });
  measure(`GCM-SIV ${size}: noble`, size, () => gcmsiv(key, nonce).encrypt(bytes));
  measure(`AES-256-GCM ${size}: node:crypto`, size, () => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.update(bytes);
    cipher.final();
    return cipher.getAuthTag();
  });
}

const fast = nodePrimitives.sealer(key);
const portable = portablePrimitives.sealer(key);
for (const size of [300, 3000, 1_000_000]) {
  const bytes = text.subarray(0, size);
  const blob = fast.seal(bytes);
  measure(`seal ${size}: node`, size, () => fast.seal(bytes));
  measure(`seal ${size}: portable`, size, () => portable.seal(bytes));
  measure(`open ${size}: node`, size, () => fast.open(blob));
  measure(`open ${size}: portable`, size, () => portable.open(blob));
}

const fastBlocks: Lz4Blocks = {
  compress: lz4.compressBlockFast,
  decompress: lz4.decompressBlock,
  checksum: lz4.xxhash32,
};
const encoders: readonly (readonly [string, Lz4Blocks | undefined])[] = [
  ['kernel, fast', fastBlocks],
  ['kernel, high 16', { ...fastBlocks, compress: lz4.compressBlockHigh(16) }],
  ['kernel, high 64', { ...fastBlocks, compress: lz4.compressBlockHigh(64) }],
  ['portable', undefined],
];
for (const size of [300, 3000, 4_000_000]) {
  const bytes = text.subarray(0, size);
  for (const [name, blocks] of encoders) {
    const ratio = (size / encodeLz4Frame(bytes, blocks).length).toFixed(2);
    measure(`LZ4 encode ${size}: ${name}, ratio ${ratio}`, size, () => encodeLz4Frame(bytes, blocks));
  }
  const frame = encodeLz4Frame(bytes);
  measure(`LZ4 decode ${size}: kernel`, size, () => decodeLz4Frame(frame, size, fastBlocks));
  measure(`LZ4 decode ${size}: portable`, size, () => decodeLz4Frame(frame, size));
}
measure('XXH32: kernel', noise.length, () => lz4.xxhash32(noise));
measure('XXH32: portable', noise.length, () => xxhash32(noise));

function cutAll(cut: ChunkCut): void {
  const limits = { sizeMin: 512 << 10, sizeNormal: 1 << 20, sizeMax: 8 << 20 };
  for (let start = 0; start < noise.length;) start += cut(noise, start, noise.length, limits);
}
measure('FastCDC: kernel', noise.length, () => {
  cutAll(nodePrimitives.chunkCut);
});
measure('FastCDC: portable', noise.length, () => {
  cutAll(chunkBoundary);
});
