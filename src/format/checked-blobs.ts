/** What a check of the blobs of an archive finds out about them, for the check of its snapshots. */
import type { BlobIndex } from './blob-index.ts';
import type { ContentCheck } from './check-contents.ts';
import { type BlobFacts, UNKNOWN_SIZE } from './content-facts.ts';
import { SingleChunks } from './single-chunks.ts';

/** Filled while blobs are read; 12 bytes for every blob, and what `contents` keeps. */
export class CheckedBlobs implements BlobFacts {
  readonly damaged = new Set<number>();
  readonly sizes: Int32Array;
  readonly singles: SingleChunks;
  /** Holds contents against their MACs; undefined where chunks need only be there. */
  readonly contents: ContentCheck | undefined;

  constructor(blobs: BlobIndex, contents?: ContentCheck) {
    this.sizes = new Int32Array(blobs.count).fill(UNKNOWN_SIZE);
    this.singles = new SingleChunks(blobs);
    this.contents = contents;
  }

  get proven(): ReadonlySet<string> | undefined {
    return this.contents?.proven;
  }
}
