/** Captured objects as they are written, and written objects as they are compared: cleaned, with owners of the target. */
import { canonicalText } from './canonical-text.ts';
import {
  arrayAt,
  cloneJson,
  equalJson,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from './json-value.ts';
import { splitApiVersion } from './object-path.ts';
import type { CleaningChoice } from './runtime-field-table.ts';
import { cleanForRestore, comparable, type LeftOutField } from './runtime-fields.ts';

/** How an object is prepared. */
export interface Preparation {
  /** Its kind has the subresource `status`; otherwise status is a field like any other, and somebody's data. */
  readonly hasStatus: boolean;
  readonly choices?: ReadonlySet<CleaningChoice>;
}

/** A copy of `captured` that can be created or applied, without owner references. */
export function restorableObject(captured: JsonObject, { hasStatus, choices }: Preparation): JsonObject {
  const object = cleanForRestore(captured, undefined, choices);
  const status = captured.get('status');
  if (status !== undefined && !hasStatus) object.set('status', status);
  return object;
}

/** An object that another one names as its owner. */
export interface OwnerName {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** uid that it had when the object was captured. */
  readonly uid: string;
}

/** The owners that an object names. */
export function ownersOf(object: JsonObject): OwnerName[] {
  return arrayAt(object, 'metadata', 'ownerReferences').flatMap((reference) => {
    const [kind, name] = [stringAt(reference, 'kind'), stringAt(reference, 'name')];
    if (!kind || !name) return [];
    const { group } = splitApiVersion(stringAt(reference, 'apiVersion') ?? '');
    return { group, kind, name, uid: stringAt(reference, 'uid') ?? '' };
  });
}

/**
 * Gives `object` the owner references of `captured`, with the uids that the owners have in the target. Owners without one are left out: the
 * garbage collector deletes objects whose owners do not exist.
 * @param uidOf undefined where the target has no such owner
 * @returns the owners that were left out
 */
export function relinkOwners(
  object: JsonObject,
  captured: JsonObject,
  uidOf: (owner: OwnerName) => string | undefined,
): OwnerName[] {
  const missing: OwnerName[] = [];
  const references = arrayAt(captured, 'metadata', 'ownerReferences').flatMap((reference) => {
    const [owner] = ownersOf(new Map([['metadata', new Map([['ownerReferences', [reference]]])]]));
    if (owner === undefined || !(reference instanceof Map)) return [];
    const uid = uidOf(owner);
    if (uid !== undefined) return [new Map(reference).set('uid', uid)];
    missing.push(owner);
    return [];
  });
  const metadata = object.get('metadata');
  if (metadata instanceof Map && references.length > 0) metadata.set('ownerReferences', references);
  return missing;
}

/**
 * `object` as it can replace `live`: with its resourceVersion, and with what the API server and controllers wrote into it (addresses, the
 * selector of a Job, the volume of a claim), which a PUT must not take away.
 */
export function replacementOf(object: JsonObject, live: JsonObject): JsonObject {
  const replacement = cloneJson(object);
  const served: LeftOutField[] = [];
  cleanForRestore(live, served);
  for (const { path } of served) {
    const [first, second] = path;
    // Elements of lists have no name that would tell where they belong.
    if (path.some((step) => typeof step === 'number') || first === 'status') continue;
    if (first === 'metadata' && path.length === 2 && second !== 'resourceVersion') continue;
    const holder = valueAt(replacement, ...path.slice(0, -1));
    const name = String(path.at(-1));
    if (!(holder instanceof Map) || holder.has(name)) continue;
    holder.set(name, cloneJson(valueAt(live, ...path) ?? null));
  }
  return replacement;
}

const BOOKKEEPING = [
  'resourceVersion',
  'managedFields',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
];

/** A copy without what changes with every write, and without status where controllers write it. */
export function withoutBookkeeping(object: JsonObject, hasStatus: boolean): JsonObject {
  const kept: JsonObject = new Map(object);
  if (hasStatus) kept.delete('status');
  const metadata = object.get('metadata');
  if (!(metadata instanceof Map)) return kept;
  const keptMetadata = new Map(metadata);
  for (const field of BOOKKEEPING) keptMetadata.delete(field);
  return kept.set('metadata', keptMetadata);
}

/** True where a write has changed nothing: controllers may write the status at any time; a dry run never raises the resourceVersion. */
export function isUnchanged(live: JsonObject, written: JsonObject, hasStatus: boolean): boolean {
  return equalJson(withoutBookkeeping(live, hasStatus), withoutBookkeeping(written, hasStatus));
}

/** Equal for objects in which people and tools wrote the same, whatever controllers and the API server did since. */
export function contentText(object: JsonObject, hasStatus: boolean): string {
  const compared: JsonValue = comparable(object);
  if (!hasStatus) compared.set('status', object.get('status') ?? null);
  return canonicalText(compared, undefined);
}
