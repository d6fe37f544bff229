/** Elements of a list that changed their places, with as few moves as there can be. */

/** One move: what is at `from` is taken out, and put in at `to` of what is left. */
export interface Move {
  readonly from: number;
  readonly to: number;
}

/** Positions of a longest subsequence of `numbers` that increases; no number is there twice. */
export function longestIncreasing(numbers: readonly number[]): ReadonlySet<number> {
  /** Position of the smallest end of an increasing subsequence, by its length less one. */
  const ends: number[] = [];
  const previous = new Map<number, number | undefined>();
  for (const [position, number] of numbers.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous.set(position, ends[low - 1]);
    ends[low] = position;
  }
  const found = new Set<number>();
  for (let end: number | undefined = ends.at(-1); end !== undefined; end = previous.get(end)) found.add(end);
  return found;
}

/**
 * The moves that bring `sequence` into `order`. What is in the sequence and not in the order stays among its neighbours.
 * @param order every number once, all of them in `sequence`
 */
export function movesTo(order: readonly number[], sequence: readonly (number | undefined)[]): Move[] {
  const places = new Map<number | undefined, number>(sequence.map((item, place) => [item, place]));
  const current: (number | undefined)[] = [...sequence];
  const staying = longestIncreasing(order.map((item) => places.get(item) ?? 0));
  const moves: Move[] = [];
  for (const [position, item] of order.entries()) {
    if (staying.has(position)) continue;
    const from = current.indexOf(item);
    current.splice(from, 1);
    const to =
      position === 0
        ? Math.max(
            0,
            current.findIndex((other) => other !== undefined),
          )
        : current.indexOf(order[position - 1]) + 1;
    current.splice(to, 0, item);
    moves.push({ from, to });
  }
  return moves;
}
