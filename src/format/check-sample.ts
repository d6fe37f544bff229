/** Which chunks a check reads: all, none, or some chosen at random. */
import { viewOf } from './bytes.ts';
import type { BlobIndex } from './blob-index.ts';
import { ResourceType } from './resource-type.ts';

/** Chunks chosen at random, each with the same probability. */
export interface ChunkSample {
  /** A bit for every blob of the index: set where it was chosen. */
  readonly chosen: Uint8Array;
  readonly count: number;
  /** Chunks that there are. */
  readonly total: number;
  /** Probability that the one damaged chunk of an archive with one damaged chunk is not among the chosen. */
  readonly missProbability: number;
}

/** The chunks whose bytes are read and held against their ids. */
export type ChunkScope = 'all' | 'none' | ChunkSample;

/**
 * Chooses the share `share` of the chunks, rounded up.
 * @param share 0 to 1
 * @param randomBytes from a cryptographic generator, so that nobody can tell beforehand what is looked at
 */
export function sampleChunks(
  blobs: BlobIndex,
  share: number,
  randomBytes: (length: number) => Uint8Array,
): ChunkSample {
  let total = 0;
  for (let index = 0; index < blobs.count; index++) {
    if (blobs.type(index) === ResourceType.chunk) total++;
  }
  const count = Math.min(total, Math.ceil(total * share));
  const chosen = new Uint8Array(Math.ceil(blobs.count / 8));
  // Selection sampling (Knuth, TAOCP 3.4.2, algorithm S): one pass, and exactly `count` in the end.
  let missing = count;
  let left = total;
  for (let index = 0; index < blobs.count; index++) {
    if (blobs.type(index) !== ResourceType.chunk) continue;
    if (missing === left || randomFraction(randomBytes) * left < missing) {
      chosen[index >>> 3] = (chosen[index >>> 3] ?? 0) | (1 << (index & 7));
      missing--;
    }
    left--;
  }
  return { chosen, count, total, missProbability: total === 0 ? 0 : 1 - count / total };
}

/** True where `scope` has the content of blob `index` read; blobs that are not chunks are always read. */
export function isRead(scope: ChunkScope, blobs: BlobIndex, index: number): boolean {
  if (blobs.type(index) !== ResourceType.chunk || scope === 'all') return true;
  return scope !== 'none' && (((scope.chosen[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1;
}

/** In [0, 1), 48 bits. */
function randomFraction(randomBytes: (length: number) => Uint8Array): number {
  const view = viewOf(randomBytes(6));
  return (view.getUint32(0) * 2 ** 16 + view.getUint16(4)) / 2 ** 48;
}
