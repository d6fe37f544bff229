/** What came of a salvage: data, for tables and programs. */
import type { Loss } from './finding.ts';

/** Something that could not be saved. */
export interface MissingItem {
  /** 64 hex digits; undefined where not even that is known. */
  readonly snapshot: string | undefined;
  /** For `entries`: the first path of the gap, where it has one. */
  readonly path: string | undefined;
  readonly lost: Loss;
  /** One line. */
  readonly reason: string;
}

/** What became of one snapshot: copied bit by bit; written anew with what is left of it; or not found. */
export interface SalvagedSnapshot {
  /** Of the original, 64 hex digits; undefined where its header is lost. */
  readonly id: string | undefined;
  /** In the new archive; undefined where it is lost. */
  readonly savedAs: string | undefined;
  readonly outcome: 'whole' | 'partial' | 'lost';
  readonly name: string;
  /** Entries that were saved, directories included. */
  readonly entries: number;
  /** Items that are known to be missing. */
  readonly missing: number;
}

/** Everything that a salvage has to say. */
export interface SalvageReport {
  /** What was wrong with the container's parts, one line each; empty where they were sound. */
  readonly container: readonly string[];
  /** How blobs were found: by the state, the packfile's index, or, without both, by looking at the bytes. */
  readonly foundBy: readonly ('state' | 'index' | 'scan')[];
  /** False where no index is left as a whole: there may have been more than was found, and nobody can tell. */
  readonly isListed: boolean;
  /** Blobs that authenticate, and blobs that an index names and that are damaged or gone. */
  readonly blobs: { readonly found: number; readonly missing: number };
  readonly snapshots: readonly SalvagedSnapshot[];
  /** The first {@link MISSING_LISTED_MAX}. */
  readonly missing: readonly MissingItem[];
  readonly missingCount: number;
  /** Bytes of the new archive. */
  readonly size: number;
}

/** True where everything that was in the archive is in the new one, under its own snapshots. */
export function isComplete({ isListed, missingCount, snapshots }: SalvageReport): boolean {
  return isListed && missingCount === 0 && snapshots.every(({ outcome }) => outcome === 'whole');
}

/** Items that a report lists one by one; the others are counted. */
export const MISSING_LISTED_MAX = 10_000;

/** Gathers what is missing. */
export class MissingList {
  readonly items: MissingItem[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(item: MissingItem): void {
    this.#count++;
    if (this.items.length < MISSING_LISTED_MAX) this.items.push(item);
  }
}
