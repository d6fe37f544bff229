/**
 * A shortest way from one sequence to another by leaving elements out and putting others in.
 *
 * Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986).
 */

/** Differences up to which the way is a shortest one; beyond, everything between the common ends is exchanged. */
export const EDITS_MAX = 1000;

/** Elements `[start, end)` of the old sequence give way to elements `[newStart, newEnd)` of the new one; either may be empty. */
export interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** The hunks from `before` to `after`, in order; what lies between them is equal. Elements are compared as strings. */
export function sequenceEdit(before: readonly string[], after: readonly string[]): Hunk[] {
  let prefix = 0;
  while (prefix < before.length && prefix < after.length && before[prefix] === after[prefix]) prefix++;
  let suffix = 0;
  const shorter = Math.min(before.length, after.length) - prefix;
  while (suffix < shorter && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
  const old = before.slice(prefix, before.length - suffix);
  const current = after.slice(prefix, after.length - suffix);
  if (old.length === 0 && current.length === 0) return [];
  const kept = old.length === 0 || current.length === 0 ? [] : keptPairs(old, current);
  const hunks: Hunk[] = [];
  let [x, y] = [0, 0];
  for (const [keptX, keptY] of [...kept, [old.length, current.length] as const]) {
    if (keptX > x || keptY > y) {
      hunks.push({ start: prefix + x, end: prefix + keptX, newStart: prefix + y, newEnd: prefix + keptY });
    }
    [x, y] = [keptX + 1, keptY + 1];
  }
  return hunks;
}

/** Pairs of positions that hold the same element on a shortest way, in order; none where it is longer than {@link EDITS_MAX}. */
function keptPairs(old: readonly string[], current: readonly string[]): (readonly [x: number, y: number])[] {
  const limit = Math.min(old.length + current.length, EDITS_MAX);
  /** How far each diagonal was reached, per number of edits; diagonal k at index k + edits. */
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= limit; edits++) {
    const reached = new Int32Array(2 * edits + 1);
    const previous = trace.at(-1);
    for (let k = -edits; k <= edits; k += 2) {
      let x = edits === 0 ? 0 : stepX(previous, k, edits);
      while (x < old.length && x - k < current.length && old[x] === current[x - k]) x++;
      reached[k + edits] = x;
      if (x >= old.length && x - k >= current.length) return wayBack(trace, old.length, current.length);
    }
    trace.push(reached);
  }
  return [];
}

/** Where diagonal `k` begins after one more edit: from the neighbour that got further. */
function stepX(previous: Int32Array | undefined, k: number, edits: number): number {
  const at = (diagonal: number): number => previous?.[diagonal + edits - 1] ?? -1;
  const down = k < edits - 1 ? at(k + 1) : -1;
  const right = k > 1 - edits ? at(k - 1) + 1 : -1;
  return Math.max(down, right);
}

function wayBack(
  trace: readonly Int32Array[],
  oldLength: number,
  newLength: number,
): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let [x, y] = [oldLength, newLength];
  for (let edits = trace.length; edits >= 0; edits--) {
    const k = x - y;
    const start = edits === 0 ? 0 : stepX(trace[edits - 1], k, edits);
    while (x > start) pairs.push([--x, --y]);
    if (edits === 0) break;
    const previous = trace[edits - 1];
    const down = k < edits - 1 ? (previous?.[k + 1 + edits - 1] ?? -1) : -1;
    if (down === start) y--;
    else x--;
  }
  return pairs.reverse();
}
