/** Two states of one object compared: what the comparisons of sides and the history of an object share. */
import { isPtarError } from '../errors.ts';
import { equalBytes } from '../format/bytes.ts';
import { SchemaCatalog } from '../resources/custom-schema.ts';
import { jsonPatch, type PatchOperation } from '../resources/json-patch.ts';
import type { JsonObject } from '../resources/json-value.ts';
import { writesBetween, type ManagerWrite } from '../resources/managed-fields.ts';
import { pathOf, type ResourceIdentity } from '../resources/object-path.ts';
import { comparable } from '../resources/runtime-fields.ts';
import { semanticDiff, type Change } from '../resources/semantic-diff.ts';
import type { CaptureCoverage } from './capture-coverage.ts';
import { churnReason, controllerOwner } from './diff-churn.ts';
import type { SideObject, SideProblem } from './diff-side.ts';
import { objectFromBytes, SecretHider } from './object-model.ts';

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
  /** True where `churn` says that one side never looked for the object. */
  readonly isGap: boolean;
  /** The owner whose controller made it, as `Kind/name`. */
  readonly owner: string | undefined;
  /** What led from the older state to the newer, as `metadata.managedFields` of both tell; empty unless `added` or `changed`. */
  readonly writes: readonly ManagerWrite[];
}

/** Kind of the objects that say how custom kinds are compared. */
export const DEFINITION_KIND = 'CustomResourceDefinition';

/** An object before and after. */
export interface ObjectPair {
  readonly before: SideObject | undefined;
  readonly after: SideObject | undefined;
}

/** What tells an object from others, whatever version it was read in. */
export function objectKey({ group, kind, namespace = '', name }: ResourceIdentity): string {
  return [namespace, group, kind, name].join('\0');
}

/** An error of one object as data. @throws `error` where it is no fault of the object */
export function problemOf({ identity }: SideObject, error: unknown): SideProblem {
  if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
  return { path: pathOf(identity), problem: error.message };
}

/** Compares objects by what it was told of their kinds. */
export class ObjectComparison {
  /** What each side could hold. */
  coverage: { readonly before: CaptureCoverage; readonly after: CaptureCoverage } | undefined;
  readonly #schemas = new SchemaCatalog();
  readonly #hider = new SecretHider();
  readonly #allFields: boolean;

  constructor({ allFields = false }: { readonly allFields?: boolean } = {}) {
    this.#allFields = allFields;
  }

  /** True where nothing says how objects of the kind are compared. */
  isUnknown(identity: ResourceIdentity): boolean {
    return this.#schemas.schemaOf(identity) === undefined;
  }

  /** Takes in what CustomResourceDefinitions among `objects` say; those that cannot be read say nothing. */
  async addDefinitions(objects: Iterable<SideObject>): Promise<void> {
    for (const object of objects) {
      if (object.identity.kind !== DEFINITION_KIND) continue;
      const definition = await object.read().catch(() => undefined);
      if (definition !== undefined) this.#schemas.addDefinition(definition);
    }
  }

  /** What became of an object; undefined where nothing did. Content that is known to be the same is not read. */
  async compare({ before, after }: ObjectPair): Promise<ObjectChange | SideProblem | undefined> {
    const either = after ?? before;
    if (either === undefined) return undefined;
    if (before?.contentId !== undefined && before.contentId === after?.contentId) return undefined;
    try {
      const [old, current] = [await before?.bytes(), await after?.bytes()];
      if (old !== undefined && current !== undefined && equalBytes(old, current)) return undefined;
      return this.#difference(
        either.identity,
        old && objectFromBytes(old),
        current && objectFromBytes(current),
      );
    } catch (error) {
      return problemOf(either, error);
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
    const keepStatus = this.#schemas.hasOwnStatus(identity);
    const compared = (side: JsonObject | undefined): JsonObject | undefined =>
      side === undefined || this.#allFields ? side : comparable(side, keepStatus);
    const [comparedBefore, comparedAfter] = [compared(before), compared(after)];
    let changes: readonly Change[] = [];
    let patch: readonly PatchOperation[] = [];
    if (before !== undefined && comparedBefore !== undefined && comparedAfter !== undefined) {
      changes = semanticDiff(comparedBefore, comparedAfter, this.#schemas.schemaOf(identity));
      if (changes.length === 0) return undefined;
      patch = jsonPatch(changes, comparedBefore, before);
    }
    const gap = this.#gap(kind, identity);
    return {
      change: kind,
      identity,
      ...(comparedBefore && { before: comparedBefore }),
      ...(comparedAfter && { after: comparedAfter }),
      changes,
      patch,
      isHidden: before !== old || after !== current,
      churn: gap ?? churnReason(kind, identity, object),
      isGap: gap !== undefined,
      owner: controllerOwner(object),
      writes: current === undefined ? [] : writesBetween(old, current, changes, comparedBefore),
    };
  }

  /** Why the object is only on one side although nothing may have happened to it. */
  #gap(change: ObjectChange['change'], identity: ResourceIdentity): string | undefined {
    if (change === 'added') return this.coverage?.before.gapOf(identity);
    return change === 'removed' ? this.coverage?.after.gapOf(identity) : undefined;
  }
}
