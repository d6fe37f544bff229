import { readObject } from '../../connectors/kubernetes/restore-entry.ts';
import { isPtarError, throwIfCancelled } from '../../errors.ts';
import { isDirectory, type SnapshotEntry, type SnapshotReader } from '../../format/index.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import { fieldPredicate, labelPredicate, type ObjectPredicate } from '../../resources/object-selector.ts';
import { identityOf, type ResourceIdentity } from '../../resources/object-path.ts';
import { referencesOf, type ReferenceTarget } from '../../resources/references.ts';
import { ownersOf } from '../../resources/restorable-object.ts';
import { ObjectCatalogue } from '../object-catalogue.ts';
import { selectPaths, walkPaths } from '../selection.ts';
import { kindKey, objectKey } from './object-key.ts';
import type { PlanSelection } from './restore-events.ts';

/** Bytes of manifests whose objects are kept between being looked at and being written; others are read again. */
const KEPT_SIZE_MAX = 64 << 20;
/** What an object names without needing it. */
const LOOSE_ROLES: ReadonlySet<string> = new Set(['owner', 'event', 'node', 'bound claim', 'endpoint']);

/** An entry of a selection: an object, or why it is none. */
export interface SelectedEntry {
  readonly entry: SnapshotEntry;
  /** By its path; undefined where the path is not that of an object. */
  readonly identity: ResourceIdentity | undefined;
  readonly object: JsonObject | undefined;
  /** Why it cannot be read; empty where it can. */
  readonly problem: string;
}

interface IndexedObject {
  readonly entry: SnapshotEntry;
  readonly uid: string;
  readonly owners: readonly string[];
  readonly needs: readonly string[];
}

/** The objects of a snapshot that a plan is about. */
export class SourceObjects {
  readonly #snapshot: SnapshotReader;
  readonly #catalogue: ObjectCatalogue;
  readonly #kept = new Map<string, JsonObject>();
  #keptSize = 0;

  constructor(snapshot: SnapshotReader) {
    this.#snapshot = snapshot;
    this.#catalogue = new ObjectCatalogue(snapshot);
  }

  /** The objects by their paths. */
  get catalogue(): ObjectCatalogue {
    return this.#catalogue;
  }

  /**
   * What a selection means, each entry once, in no order.
   * @throws UsageError; NotFoundError; IntegrityError; FormatError; CancelledError
   */
  async *select(selection: PlanSelection, signal: AbortSignal | undefined): AsyncGenerator<SelectedEntry> {
    const { selections, namespace } = selection;
    const scope = { ...(namespace !== undefined && { namespace }), ...(signal && { signal }) };
    const isMeant = predicateOf(selection);
    let paths = await selectPaths(this.#snapshot, selections, scope);
    if (selection.withDependents === true || selection.withReferences === true) {
      const picked: string[] = [];
      for await (const { entry, object } of this.#read(paths, signal)) {
        if (object === undefined ? isMeant === undefined : isMeant?.(object) !== false) {
          picked.push(entry.path);
        }
      }
      paths = [...picked, ...(await this.#related(picked, selection, signal))];
      yield* this.#read(paths, signal);
      return;
    }
    for await (const selected of this.#read(paths, signal)) {
      if (isMeant === undefined || (selected.object !== undefined && isMeant(selected.object))) {
        yield selected;
      }
    }
  }

  /** The object of an entry again. @throws ConnectorError; IntegrityError; FormatError */
  async object(entry: SnapshotEntry): Promise<JsonObject> {
    const kept = this.#kept.get(entry.path);
    if (kept !== undefined) return kept;
    const object = await readObject(this.#snapshot, entry, this.#catalogue.root);
    if (this.#keptSize + entry.info.size <= KEPT_SIZE_MAX) {
      this.#keptSize += entry.info.size;
      this.#kept.set(entry.path, object);
    }
    return object;
  }

  async *#read(paths: readonly string[], signal: AbortSignal | undefined): AsyncGenerator<SelectedEntry> {
    for await (const entry of walkPaths(this.#snapshot, paths)) {
      throwIfCancelled(signal);
      if (isDirectory(entry.info.mode)) continue;
      const identity = this.#catalogue.objectAt(entry.path);
      if (identity === undefined) {
        yield { entry, identity, object: undefined, problem: '' };
        continue;
      }
      try {
        yield { entry, identity, object: await this.object(entry), problem: '' };
      } catch (error) {
        if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
        yield { entry, identity, object: undefined, problem: error.message };
      }
    }
  }

  /** Paths of what the picked objects own and name, and of what those do. */
  async #related(
    picked: readonly string[],
    selection: PlanSelection,
    signal: AbortSignal | undefined,
  ): Promise<string[]> {
    const { byPath, byKey, byOwner } = await this.#index(signal);
    const found = new Set(picked);
    const queue = [...picked];
    const take = (path: string | undefined): void => {
      if (path === undefined || found.has(path)) return;
      found.add(path);
      queue.push(path);
    };
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      const object = byPath.get(path);
      if (object === undefined) continue;
      if (selection.withDependents === true) for (const owned of byOwner.get(object.uid) ?? []) take(owned);
      if (selection.withReferences === true) for (const need of object.needs) take(byKey.get(need));
    }
    return [...found].filter((path) => !picked.includes(path));
  }

  async #index(signal: AbortSignal | undefined): Promise<{
    byPath: Map<string, IndexedObject>;
    byKey: Map<string, string>;
    byOwner: Map<string, string[]>;
  }> {
    const byPath = new Map<string, IndexedObject>();
    const byKey = new Map<string, string>();
    const byOwner = new Map<string, string[]>();
    const definitions = new Map<string, string>();
    const customs: { path: string; kind: string }[] = [];
    for await (const { entry, identity, object } of this.#read([this.#catalogue.root], signal)) {
      if (identity === undefined || object === undefined) continue;
      const indexed = indexedObject(entry, identity, object);
      byPath.set(entry.path, indexed);
      byKey.set(objectKey(identity), entry.path);
      for (const owner of indexed.owners) byOwner.set(owner, [...(byOwner.get(owner) ?? []), entry.path]);
      if (identity.kind === 'CustomResourceDefinition') {
        const kind = stringAt(object, 'spec', 'names', 'kind') ?? '';
        definitions.set(
          kindKey({ group: stringAt(object, 'spec', 'group') ?? '', kind }),
          objectKey(identity),
        );
      }
      if (identity.group.includes('.')) customs.push({ path: entry.path, kind: kindKey(identity) });
    }
    for (const { path, kind } of customs) {
      const definition = definitions.get(kind);
      const indexed = byPath.get(path);
      if (definition === undefined || indexed === undefined) continue;
      byPath.set(path, { ...indexed, needs: [...indexed.needs, definition] });
    }
    return { byPath, byKey, byOwner };
  }
}

function indexedObject(entry: SnapshotEntry, identity: ResourceIdentity, object: JsonObject): IndexedObject {
  const { namespace } = identity;
  return {
    entry,
    uid: stringAt(object, 'metadata', 'uid') ?? '',
    owners: ownersOf(object).flatMap(({ uid }) => (uid === '' ? [] : [uid])),
    needs: [
      ...neededBy(object).map(objectKey),
      ...(namespace === undefined
        ? []
        : [objectKey({ group: '', kind: 'Namespace', namespace: undefined, name: namespace })]),
    ],
  };
}

/** What an object names and needs. */
export function neededBy(object: JsonObject): ReferenceTarget[] {
  return referencesOf(object).flatMap(({ role, target }) => (LOOSE_ROLES.has(role) ? [] : [target]));
}

/** Whether an object is meant by the selectors of a selection; undefined without any. @throws UsageError */
export function predicateOf({ labelSelector, fieldSelector }: PlanSelection): ObjectPredicate | undefined {
  const predicates = [
    ...(labelSelector === undefined ? [] : [labelPredicate(labelSelector)]),
    ...(fieldSelector === undefined ? [] : [fieldPredicate(fieldSelector)]),
  ];
  return predicates.length === 0 ? undefined : (object) => predicates.every((holds) => holds(object));
}

/** The identity of an object after it was transformed. @throws TypeError where a transformation took it away */
export function requiredIdentity(object: JsonObject): ResourceIdentity {
  const identity = identityOf(object);
  if (identity === undefined) throw new TypeError('a transformed object has no identity');
  return identity;
}
