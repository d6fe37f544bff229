import type { LentBlob } from '../../format/blob-reader.ts';
import { isRegular } from '../../format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import { SMALL_FILE_SIZE_MAX } from '../atomic-small-file.ts';

/** Contents that are begun at a time. Each holds the chunks that it decodes ahead, see `BlobReader.width`. */
const BEGUN_MAX = 2;
/** How many entries behind the one that is written they are looked for. */
const LOOKED_AT_MAX = 16;

interface BegunContent {
  readonly content: AsyncGenerator<LentBlob>;
  readonly first: Promise<IteratorResult<LentBlob>>;
}

/** Contents of large files that are begun while others are written, so that threads have work while a file ends. */
export class ContentsAhead {
  readonly #snapshot: SnapshotReader;
  readonly #begun = new Map<SnapshotEntry, BegunContent>();
  #entries: readonly SnapshotEntry[] = [];
  #at = 0;

  constructor(snapshot: SnapshotReader) {
    this.#snapshot = snapshot;
  }

  /** Says whose turn it is: entry `at`, which those behind it follow. What the one before has begun and nobody took is let go of. */
  goTo(entries: readonly SnapshotEntry[], at: number): void {
    const passed = this.#entries[this.#at];
    if (passed !== undefined) this.#forget(passed);
    this.#entries = entries;
    this.#at = at;
  }

  /** As `SnapshotReader.lentContent`, of the entry whose turn it is, with its errors; begins those that come next. */
  async *take(entry: SnapshotEntry): AsyncGenerator<LentBlob> {
    const { content, first } = this.#begun.get(entry) ?? this.#begin(entry);
    this.#begun.delete(entry);
    this.#beginNext();
    const head = await first;
    if (head.done === true) return;
    yield head.value;
    yield* content;
  }

  /** Lets go of all. */
  end(): void {
    for (const entry of [...this.#begun.keys()]) this.#forget(entry);
  }

  #forget(entry: SnapshotEntry): void {
    const begun = this.#begun.get(entry);
    this.#begun.delete(entry);
    void begun?.content.return(undefined);
  }

  #beginNext(): void {
    const next = this.#entries.slice(this.#at + 1, this.#at + 1 + LOOKED_AT_MAX);
    for (const entry of next) {
      if (this.#begun.size >= BEGUN_MAX) return;
      const { mode, size } = entry.info;
      if (!isRegular(mode) || size <= SMALL_FILE_SIZE_MAX || this.#begun.has(entry)) continue;
      this.#begun.set(entry, this.#begin(entry));
    }
  }

  #begin(entry: SnapshotEntry): BegunContent {
    const content = this.#snapshot.lentContent(entry);
    const first = content.next();
    // It is awaited in its turn, or nobody wants it any more.
    first.catch(() => undefined);
    return { content, first };
  }
}
