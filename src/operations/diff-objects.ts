/** Two sides compared object by object, whatever version each was read in. */
import { isPtarError, throwIfCancelled } from '../errors.ts';
import { SchemaCatalog } from '../resources/custom-schema.ts';
import { jsonPatch, type PatchOperation } from '../resources/json-patch.ts';
import type { JsonObject } from '../resources/json-value.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { comparable } from '../resources/runtime-fields.ts';
import { semanticDiff, type Change } from '../resources/semantic-diff.ts';
import { churnReason, controllerOwner } from './diff-churn.ts';
import type { DiffSide, SideObject, SideProblem } from './diff-side.ts';
import { SecretHider } from './object-model.ts';

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
 * The objects that `before` and `after` do not share. A stored side is listed and then read object by object; where neither is stored,
 * the older one is held in memory.
 *
 * @throws whatever the sides throw where nothing can be read; CancelledError
 */
export async function* diffObjects(
  before: DiffSide,
  after: DiffSide,
  options: DiffOptions = {},
): AsyncGenerator<ObjectChange | SideProblem> {
  const comparison = new Comparison(options);
  // The side that is listed first must be readable later.
  const isSwapped = !before.isStored && after.isStored;
  const [listed, streamed] = isSwapped ? [after, before] : [before, after];
  const pair = (one: SideObject | undefined, other: SideObject | undefined): Pair =>
    isSwapped ? { before: other, after: one } : { before: one, after: other };
  const known = new Map<string, SideObject>();
  for await (const object of listed.objects(options.signal)) {
    if ('problem' in object) yield object;
    else if (object.identity.kind === DEFINITION || comparison.isSelected(object.identity)) {
      const kept = listed.isStored ? object : await heldInMemory(object);
      if ('problem' in kept) yield kept;
      else known.set(keyOf(object.identity), kept);
    }
  }
  await comparison.addDefinitions(known.values());
  const later: Pair[] = [];
  for await (const object of streamed.objects(options.signal)) {
    throwIfCancelled(options.signal);
    if ('problem' in object) {
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
      const kept = streamed.isStored ? object : await heldInMemory(object);
      if ('problem' in kept) yield kept;
      else later.push(pair(found, kept));
    } else yield* comparison.compare(pair(found, object));
  }
  for (const found of known.values()) {
    if (comparison.isSelected(found.identity)) later.push(pair(found, undefined));
  }
  for (const both of later) yield* comparison.compare(both);
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
  const { namespace = '_', kind, name } = identity;
  return { path: `${namespace}/${kind}/${name}`, problem: error.message };
}

async function heldInMemory(object: SideObject): Promise<SideObject | SideProblem> {
  try {
    const value = await object.read();
    return { ...object, read: () => Promise.resolve(value) };
  } catch (error) {
    return problemOf(object, error);
  }
}

class Comparison {
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
      const change = this.#difference(either.identity, await before?.read(), await after?.read());
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
      churn: churnReason(kind, identity, object),
      owner: controllerOwner(object),
    };
  }

  #compared(object: JsonObject | undefined): JsonObject | undefined {
    return object === undefined || this.#options.allFields === true ? object : comparable(object);
  }
}
