/** In which order to read chunks so that those of every content come in the content's own order. */

/** The chunks of a content, by their indexes, each once. */
export interface ChunkSequence {
  readonly indexes: Uint32Array;
  /** How many of them, from the first on, have their place: kept here by {@link chunkOrder}, 0 at first. */
  placed: number;
}

/** A chunk whose place others come before. */
interface Visit {
  readonly index: number;
  readonly sequences: readonly ChunkSequence[];
  /** Sequences of which nothing is missing before this chunk. */
  done: number;
}

/**
 * The chunks of `order` in another order: each comes where it is, but for those that some content has before it, which come first. Where
 * contents contradict each other, the order is right for some of them. Takes time in proportion to the length of all sequences.
 *
 * @param sequencesOf the contents that chunk `index` is part of, in which all chunks are in `order`
 */
export function chunkOrder(
  order: Uint32Array,
  sequencesOf: (index: number) => readonly ChunkSequence[],
): Uint32Array {
  const result = new Uint32Array(order.length);
  let count = 0;
  const placed = new Set<number>();
  const begun = new Set<number>();
  const visits: Visit[] = [];
  const begin = (index: number): void => {
    begun.add(index);
    visits.push({ index, sequences: sequencesOf(index), done: 0 });
  };
  for (const first of order) {
    if (sequencesOf(first).length === 0) result[count++] = first;
    else if (!placed.has(first)) begin(first);
    for (let visit = visits[visits.length - 1]; visit !== undefined; visit = visits[visits.length - 1]) {
      const missing = missingBefore(visit, placed, begun);
      if (missing !== undefined) {
        begin(missing);
        continue;
      }
      visits.pop();
      placed.add(visit.index);
      result[count++] = visit.index;
    }
  }
  return result;
}

/** A chunk that some content has before this one, and that was not begun yet. */
function missingBefore(
  visit: Visit,
  placed: ReadonlySet<number>,
  begun: ReadonlySet<number>,
): number | undefined {
  for (; visit.done < visit.sequences.length; visit.done++) {
    const sequence = visit.sequences[visit.done];
    if (sequence === undefined) continue;
    const { indexes } = sequence;
    while (sequence.placed < indexes.length && placed.has(indexes[sequence.placed] ?? 0)) sequence.placed++;
    const next = indexes[sequence.placed];
    if (next !== undefined && !begun.has(next)) return next;
  }
  return undefined;
}
