/** Two sides compared object by object, whatever version each was read in. */
import { isPtarError, throwIfCancelled } from '../errors.ts';
import { equalBytes } from '../format/bytes.ts';
import { SchemaCatalog } from '../resources/custom-schema.ts';
import { jsonPatch, type PatchOperation } from '../resources/json-patch.ts';
import type { JsonObject } from '../resources/json-value.ts';
import { pathOf, type ResourceIdentity } from '../resources/object-path.ts';
import { comparable } from '../resources/runtime-fields.ts';
import { semanticDiff, type Change } from '../resources/semantic-diff.ts';
import { errorCoverage, type CaptureCoverage } from './capture-coverage.ts';
import { churnReason, controllerOwner } from './diff-churn.ts';
import { sideObject, type DiffSide, type SideObject, type SideProblem } from './diff-side.ts';
import { objectFromBytes, SecretHider } from './object-model.ts';
import { ObjectSpill } from './object-spill.ts';

/** An object that is not the same on both sides. Values of Secrets are hidden in all of it. */
export interface ObjectChange {
  readonly change: 'added' | 'removed' | 'changed';
  /** As the newer side has it, where it has it. */
  readonly identity: ResourceIdentity;
  /** What was compared: without runtime fields, unless all fields were asked for. */
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  /** Empty unless `changed`. */
  readonly changes: readonly Change[];
  /** For the object before with all of its fields. Empty unless `changed`. */
  readonly patch: readonly PatchOperation[];
  /** True where values of Secrets were hidden: then the patch cannot be applied. */
  readonly isHidden: boolean;
  /** Why it says nothing of what people did; undefined where it may. */
  readonly churn: string | undefined;
  /** The owner whose controller made it, as `Kind/name`. */
  readonly owner: string | undefined;
}

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
  const comparison = new Comparison(options);
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
    } else if (object.identity.kind === DEFINITION || comparison.isSelected(object.identity)) {
      const found = await kept(object, listed);
      if ('problem' in found) {
        listedErrors.set(found.path, found.problem);
        yield found;
      } else known.set(keyOf(object.identity), found);
    }
  }
  await comparison.addDefinitions(known.values());
  const listedCoverage = (await listed.coverage?.()) ?? errorCoverage(listedErrors);
  const streamedCoverage = await streamed.coverage?.();
  comparison.coverage = pair(listedCoverage, streamedCoverage ?? errorCoverage(streamedErrors));
  const later: Pair[] = [];
  for await (const object of streamed.objects(options.signal)) {
    throwIfCancelled(options.signal);
    if ('problem' in object) {
      streamedErrors.set(object.path, object.problem);
      yield object;
      continue;
    }
    const { identity } = object;
    if (identity.kind === DEFINITION) await comparison.addDefinitions([object]);
    const found = known.get(keyOf(identity));
    known.delete(keyOf(identity));
    if (!comparison.isSelected(identity)) continue;
    if (found !== undefined && comparison.isUnknown(identity)) {
      // Its definition may come later.
      const waiting = await kept(object, streamed);
      if ('problem' in waiting) yield waiting;
      else later.push(pair(found, waiting));
    } else yield* comparison.compare(pair(found, object));
  }
  for (const found of known.values()) {
    if (comparison.isSelected(found.identity)) later.push(pair(found, undefined));
  }
  for (const both of later) {
    throwIfCancelled(options.signal);
    yield* comparison.compare(both);
  }
}

const DEFINITION = 'CustomResourceDefinition';

interface Pair {
  readonly before: SideObject | undefined;
  readonly after: SideObject | undefined;
}

function keyOf({ group, kind, namespace = '', name }: ResourceIdentity): string {
  return [namespace, group, kind, name].join('\0');
}

function problemOf({ identity }: SideObject, error: unknown): SideProblem {
  if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
  return { path: pathOf(identity), problem: error.message };
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

class Comparison {
  /** What each side could hold. */
  coverage: { readonly before: CaptureCoverage; readonly after: CaptureCoverage } | undefined;
  readonly #schemas = new SchemaCatalog();
  readonly #hider = new SecretHider();
  readonly #options: DiffOptions;

  constructor(options: DiffOptions) {
    this.#options = options;
  }

  isSelected(identity: ResourceIdentity): boolean {
    return this.#options.isSelected?.(identity) ?? true;
  }

  isUnknown(identity: ResourceIdentity): boolean {
    return this.#schemas.schemaOf(identity) === undefined;
  }

  async addDefinitions(objects: Iterable<SideObject>): Promise<void> {
    for (const object of objects) {
      if (object.identity.kind !== DEFINITION) continue;
      const definition = await object.read().catch(() => undefined);
      if (definition !== undefined) this.#schemas.addDefinition(definition);
    }
  }

  async *compare({ before, after }: Pair): AsyncGenerator<ObjectChange | SideProblem> {
    const either = after ?? before;
    if (either === undefined) return;
    if (before?.contentId !== undefined && before.contentId === after?.contentId) return;
    try {
      const [old, current] = [await before?.bytes(), await after?.bytes()];
      if (old !== undefined && current !== undefined && equalBytes(old, current)) return;
      const change = this.#difference(
        either.identity,
        old && objectFromBytes(old),
        current && objectFromBytes(current),
      );
      if (change !== undefined) yield change;
    } catch (error) {
      yield problemOf(either, error);
    }
  }

  #difference(
    identity: ResourceIdentity,
    old: JsonObject | undefined,
    current: JsonObject | undefined,
  ): ObjectChange | undefined {
    const object = current ?? old;
    if (object === undefined) return undefined;
    const kind = old === undefined ? 'added' : current === undefined ? 'removed' : 'changed';
    const before = old && this.#hider.hide(old);
    const after = current && this.#hider.hide(current);
    const [comparedBefore, comparedAfter] = [this.#compared(before), this.#compared(after)];
    let changes: readonly Change[] = [];
    let patch: readonly PatchOperation[] = [];
    if (before !== undefined && comparedBefore !== undefined && comparedAfter !== undefined) {
      changes = semanticDiff(comparedBefore, comparedAfter, this.#schemas.schemaOf(identity));
      if (changes.length === 0) return undefined;
      patch = jsonPatch(changes, comparedBefore, before);
    }
    return {
      change: kind,
      identity,
      ...(comparedBefore && { before: comparedBefore }),
      ...(comparedAfter && { after: comparedAfter }),
      changes,
      patch,
      isHidden: before !== old || after !== current,
      churn: this.#gap(kind, identity) ?? churnReason(kind, identity, object),
      owner: controllerOwner(object),
    };
  }

  /** Why the object is only on one side although nothing may have happened to it. */
  #gap(change: ObjectChange['change'], identity: ResourceIdentity): string | undefined {
    if (change === 'added') return this.coverage?.before.gapOf(identity);
    return change === 'removed' ? this.coverage?.after.gapOf(identity) : undefined;
  }

  #compared(object: JsonObject | undefined): JsonObject | undefined {
    return object === undefined || this.#options.allFields === true ? object : comparable(object);
  }
}
