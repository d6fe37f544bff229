/**
 * Finds records without any index where blobs are neither compressed nor sealed: msgpack tells the end of each, and its first field
 * its beginning. Contents, which are just bytes, are found by what the records say of them: see `salvage-chunks.ts`.
 */
import { measureRecord } from './blob-kind.ts';
import { encodeUtf8, indexOfBytes } from './bytes.ts';
import { METADATA_BLOB_SIZE_MAX } from './limits.ts';
import type { ByteSource } from './ports.ts';
import type { ScanBudget, SelfEnding } from './salvage-scan.ts';

/** The first field of every record, as msgpack strings. */
const FIRST_FIELDS = ['version', 'Version', 'directory', 'below'].map((field) =>
  Uint8Array.of(0xa0 | field.length, ...encodeUtf8(field)),
);
/** The longest of them, and a map's head before it. */
const BEGINNING_LENGTH_MAX = 16;
const SCAN_LENGTH = 8 * 1024;
/** Most records fit into this. */
const RECORD_LENGTH_FIRST = 4 * 1024;

/** Whole records of a known type. */
export function records(budget: ScanBudget): SelfEnding {
  return {
    indexIn: indexOfRecord,
    beginningLength: BEGINNING_LENGTH_MAX,
    scanLength: SCAN_LENGTH,
    endOf: async (source, start, limit) => {
      const length = await recordLength(source, start, limit, budget);
      return length === undefined ? undefined : start + length;
    },
  };
}

/** Where a map begins whose first field is that of a record; −1 where none does. */
function indexOfRecord(bytes: Uint8Array): number {
  let first = -1;
  for (const field of FIRST_FIELDS) {
    for (let from = 0; ;) {
      const found = indexOfBytes(bytes.subarray(from), field);
      if (found < 0) break;
      const at = mapBefore(bytes, from + found);
      if (at >= 0) {
        if (first < 0 || at < first) first = at;
        break;
      }
      from += found + 1;
    }
  }
  return first;
}

/** Where the map begins whose first key is at `at`: fixmap, or map 16; −1 where none does. */
function mapBefore(bytes: Uint8Array, at: number): number {
  if (at >= 1 && ((bytes[at - 1] ?? 0) & 0xf0) === 0x80) return at - 1;
  return at >= 3 && bytes[at - 3] === 0xde ? at - 3 : -1;
}

async function recordLength(
  source: ByteSource,
  start: number,
  limit: number,
  budget: ScanBudget,
): Promise<number | undefined> {
  const lengthMax = Math.min(limit - start, METADATA_BLOB_SIZE_MAX);
  for (let length = Math.min(RECORD_LENGTH_FIRST, lengthMax); ;) {
    const record = measureRecord(await source.read(start, length));
    if ('types' in record) return record.length;
    budget.spend(length);
    if (record.missing === 0 || length + record.missing > lengthMax) return undefined;
    length = Math.min(lengthMax, Math.max(2 * length, length + record.missing));
  }
}
