/** Two sides compared object by object, whatever version each was read in. */
import { throwIfCancelled } from '../errors.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { errorCoverage } from './capture-coverage.ts';
import { sideObject, type DiffSide, type SideObject, type SideProblem } from './diff-side.ts';
import {
  DEFINITION_KIND,
  ObjectComparison,
  objectKey,
  problemOf,
  type ObjectChange,
  type ObjectPair,
} from './object-comparison.ts';
import { ObjectSpill } from './object-spill.ts';

export type { ObjectChange } from './object-comparison.ts';

/** Options of {@link diffObjects}. */
export interface DiffOptions {
  /** Compares runtime fields too. Default: false. */
  readonly allFields?: boolean;
  /** Compares only objects for which this holds. */
  readonly isSelected?: (identity: ResourceIdentity) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * The objects that `before` and `after` do not share. A stored side is listed and then read object by object; where neither is stored, the
 * older one is put aside (see `ObjectSpill`), so that in memory there is one entry for each of its objects.
 *
 * @throws whatever the sides throw where nothing can be read; ConnectorError of the temporary file; CancelledError
 */
export async function* diffObjects(
  before: DiffSide,
  after: DiffSide,
  options: DiffOptions = {},
): AsyncGenerator<ObjectChange | SideProblem> {
  const spill = new ObjectSpill();
  try {
    yield* compareSides([before, after], options, spill);
  } finally {
    await spill.close();
  }
}

async function* compareSides(
  [before, after]: readonly [DiffSide, DiffSide],
  options: DiffOptions,
  spill: ObjectSpill,
): AsyncGenerator<ObjectChange | SideProblem> {
  const comparison = new ObjectComparison(options);
  const isSelected = (identity: ResourceIdentity): boolean => options.isSelected?.(identity) ?? true;
  const kept = (object: SideObject, side: DiffSide): Promise<SideObject | SideProblem> =>
    side.isStored ? Promise.resolve(object) : putAside(object, spill);
  // The side that is listed first must be readable later.
  const isSwapped = !before.isStored && after.isStored;
  const [listed, streamed] = isSwapped ? [after, before] : [before, after];
  const pair = <Item>(one: Item, other: Item): { before: Item; after: Item } =>
    isSwapped ? { before: other, after: one } : { before: one, after: other };
  const known = new Map<string, SideObject>();
  const [listedErrors, streamedErrors] = [new Map<string, string>(), new Map<string, string>()];
  for await (const object of listed.objects(options.signal)) {
    if ('problem' in object) {
      listedErrors.set(object.path, object.problem);
      yield object;
    } else if (object.identity.kind === DEFINITION_KIND || isSelected(object.identity)) {
      const found = await kept(object, listed);
      if ('problem' in found) {
        listedErrors.set(found.path, found.problem);
        yield found;
      } else known.set(objectKey(object.identity), found);
    }
  }
  await comparison.addDefinitions(known.values());
  const listedCoverage = await listed.coverage(listedErrors);
  comparison.coverage = pair(listedCoverage, errorCoverage(streamedErrors));
  const later: ObjectPair[] = [];
  for await (const object of streamed.objects(options.signal)) {
    throwIfCancelled(options.signal);
    if ('problem' in object) {
      streamedErrors.set(object.path, object.problem);
      yield object;
      continue;
    }
    const { identity } = object;
    if (identity.kind === DEFINITION_KIND) await comparison.addDefinitions([object]);
    const found = known.get(objectKey(identity));
    known.delete(objectKey(identity));
    if (!isSelected(identity)) continue;
    if (found !== undefined && comparison.isUnknown(identity)) {
      // Its definition may come later.
      const waiting = await kept(object, streamed);
      if ('problem' in waiting) yield waiting;
      else later.push(pair(found, waiting));
    } else yield* told(comparison, pair(found, object));
  }
  // Only what is not in the stream asks for this.
  comparison.coverage = pair(listedCoverage, await streamed.coverage(streamedErrors));
  for (const found of known.values()) {
    if (isSelected(found.identity)) later.push(pair(found, undefined));
  }
  for (const both of later) {
    throwIfCancelled(options.signal);
    yield* told(comparison, both);
  }
}

async function putAside(object: SideObject, spill: ObjectSpill): Promise<SideObject | SideProblem> {
  let bytes: Uint8Array;
  try {
    bytes = await object.bytes();
  } catch (error) {
    return problemOf(object, error);
  }
  return sideObject(object.identity, await spill.put(bytes));
}

async function* told(
  comparison: ObjectComparison,
  pair: ObjectPair,
): AsyncGenerator<ObjectChange | SideProblem> {
  const result = await comparison.compare(pair);
  if (result !== undefined) yield result;
}
