/** All objects of one snapshot by identity and uid, with what they refer to. Their content is read again when it is shown. */
import { isPtarError, throwIfCancelled } from '../errors.ts';
import { msFromTimestamp, type SnapshotReader } from '../format/index.ts';
import type { JsonObject } from '../resources/json-value.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { isTarget, type ReferenceTarget, type ScopeOf } from '../resources/references.ts';
import type { SideProblem } from './diff-side.ts';
import { NO_NAMESPACE, ObjectCatalogue } from './object-catalogue.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes } from './object-model.ts';
import {
  emptyNode,
  nodeOf,
  type IndexedObject,
  type IndexedReference,
  type IndexedSelector,
  type ObjectNode,
} from './object-node.ts';

export type { IndexedObject } from './object-node.ts';

/** Levels of an owner tree; Kubernetes' own have four. */
const OWNER_DEPTH_MAX = 32;

/** One line between two objects, seen from either end. */
export interface ObjectLink {
  readonly role: IndexedReference['role'] | IndexedSelector['role'];
  /** Where it stands in the object that refers. */
  readonly place: string;
  /** The other end, as the reference says it. */
  readonly other: Pick<ResourceIdentity, 'group' | 'kind' | 'namespace' | 'name'>;
  /** The other end in the snapshot; undefined where the snapshot has none. */
  readonly object: IndexedObject | undefined;
  /** Kubernetes goes on without the target. */
  readonly optional: boolean;
}

/** An object with what it owns. */
export interface OwnerTree {
  readonly object: IndexedObject;
  readonly owned: readonly OwnerTree[];
}

/** Made by {@link indexObjects}. */
export class ObjectIndex {
  readonly snapshot: SnapshotReader;
  /** When the capture began; ages count to it. Unix milliseconds. */
  readonly capturedMs: number;
  /** Objects that could not be read; they are in the index, without references. */
  readonly problems: readonly SideProblem[];
  readonly #nodes = new Map<string, ObjectNode>();
  readonly #byUid = new Map<string, ObjectNode>();
  readonly #referrers = new Map<string, { node: ObjectNode; reference: IndexedReference }[]>();
  readonly #selecting: ObjectNode[] = [];

  constructor(snapshot: SnapshotReader, nodes: readonly ObjectNode[], problems: readonly SideProblem[]) {
    this.snapshot = snapshot;
    this.capturedMs = msFromTimestamp(snapshot.header.timestamp);
    this.problems = problems;
    for (const node of nodes) this.#add(node);
  }

  /** Objects in the snapshot. */
  get size(): number {
    return this.#nodes.size;
  }

  /** In the order of the snapshot: by namespace, group, kind and name. */
  *objects(): Generator<IndexedObject> {
    for (const { object } of this.#nodes.values()) yield object;
  }

  /** The object of this identity, in whatever version. */
  find(identity: Pick<ResourceIdentity, 'group' | 'kind' | 'namespace' | 'name'>): IndexedObject | undefined {
    return this.#nodes.get(keyOf(identity))?.object;
  }

  /**
   * The whole object, Secrets included: whoever shows it masks it first (`maskSecrets`).
   * @throws ConnectorError CONNECTOR_INPUT; IntegrityError; FormatError
   */
  async read(object: IndexedObject): Promise<JsonObject> {
    const entry = await this.snapshot.entry(object.path);
    return objectFromBytes(await this.snapshot.bytes(entry, MANIFEST_SIZE_MAX));
  }

  /** What `object` names or selects, owners left out. */
  referencesFrom(object: IndexedObject): readonly ObjectLink[] {
    const node = this.#nodes.get(keyOf(object));
    if (node === undefined) return [];
    const named = node.references
      .filter(({ role }) => role !== 'owner')
      .map(({ role, place, target, optional }): ObjectLink => {
        return { role, place, other: target, object: this.#resolve(target)?.object, optional };
      });
    return [...named, ...node.selectors.flatMap((selector) => this.#selected(selector))];
  }

  /** What names or selects `object`, what it owns left out. */
  referencesTo(object: IndexedObject): readonly ObjectLink[] {
    const named = this.#referencesTo(object)
      .filter(({ reference }) => reference.role !== 'owner' && reference.role !== 'event')
      .map(({ node, reference }): ObjectLink => {
        const { role, place, optional } = reference;
        return { role, place, other: node.object, object: node.object, optional };
      });
    const target = this.#nodes.get(keyOf(object));
    if (target === undefined) return named;
    const selecting = this.#selecting.flatMap((node) =>
      node.selectors
        .filter((selector) => isShown(selector) && this.#isSelected(selector, target))
        .map(({ role, place }): ObjectLink => {
          return { role, place, other: node.object, object: node.object, optional: true };
        }),
    );
    return [...named, ...selecting];
  }

  /** The Events about `object`, in no order of time. */
  eventsOf(object: IndexedObject): readonly IndexedObject[] {
    return this.#referencesTo(object)
      .filter(({ node, reference }) => reference.role === 'event' && node.object.kind === 'Event')
      .map(({ node }) => node.object);
  }

  /** The owners that `object` says it has. */
  owners(object: IndexedObject): readonly ObjectLink[] {
    const references = this.#nodes.get(keyOf(object))?.references ?? [];
    return references
      .filter(({ role }) => role === 'owner')
      .map(({ role, place, target, optional }) => {
        return { role, place, other: target, object: this.#resolve(target)?.object, optional };
      });
  }

  /** The owner, its owner, and so on; of several owners the first. */
  ownerChain(object: IndexedObject): readonly ObjectLink[] {
    const chain: ObjectLink[] = [];
    let current: IndexedObject | undefined = object;
    while (current !== undefined && chain.length < OWNER_DEPTH_MAX) {
      const [owner]: readonly ObjectLink[] = this.owners(current);
      if (owner === undefined) break;
      chain.push(owner);
      current = owner.object;
    }
    return chain;
  }

  /** `object` with all that it owns, directly or not. What owns itself in a circle appears once. */
  ownerTree(object: IndexedObject): OwnerTree {
    return this.#ownerTree(object, new Set([keyOf(object)]), 1);
  }

  #ownerTree(object: IndexedObject, seen: Set<string>, depth: number): OwnerTree {
    const owned: OwnerTree[] = [];
    for (const { node, reference } of depth < OWNER_DEPTH_MAX ? this.#referencesTo(object) : []) {
      const key = keyOf(node.object);
      if (reference.role !== 'owner' || seen.has(key)) continue;
      seen.add(key);
      owned.push(this.#ownerTree(node.object, seen, depth + 1));
    }
    return { object, owned };
  }

  #add(node: ObjectNode): void {
    this.#nodes.set(keyOf(node.object), node);
    if (node.object.uid !== undefined) this.#byUid.set(node.object.uid, node);
    if (node.selectors.length > 0) this.#selecting.push(node);
    for (const reference of node.references) {
      const key = keyOf(reference.target);
      const referrers = this.#referrers.get(key);
      if (referrers === undefined) this.#referrers.set(key, [{ node, reference }]);
      else referrers.push({ node, reference });
    }
  }

  #resolve(target: ReferenceTarget): ObjectNode | undefined {
    const byUid = target.uid === undefined ? undefined : this.#byUid.get(target.uid);
    if (byUid !== undefined) return byUid;
    const byName = this.#nodes.get(keyOf(target));
    return byName !== undefined && isOf(target, byName.object) ? byName : undefined;
  }

  #referencesTo(object: IndexedObject): readonly { node: ObjectNode; reference: IndexedReference }[] {
    const referrers = this.#referrers.get(keyOf(object)) ?? [];
    return referrers.filter(({ reference }) => isOf(reference.target, object));
  }

  #selected(selector: IndexedSelector): readonly ObjectLink[] {
    if (!isShown(selector)) return [];
    const { role, place } = selector;
    return [...this.#nodes.values()]
      .filter((node) => this.#isSelected(selector, node))
      .map(({ object }) => ({ role, place, other: object, object, optional: true }));
  }

  #isSelected(selector: IndexedSelector, { object, labels }: ObjectNode): boolean {
    if (object.kind !== selector.kind || object.group !== selector.group) return false;
    if (!matchesLabels(selector.selector, labels)) return false;
    const { namespace } = selector;
    if (typeof namespace !== 'object') return namespace === object.namespace;
    const home = this.#nodes.get(`\0Namespace\0\0${object.namespace ?? ''}`);
    return home !== undefined && matchesLabels(namespace, home.labels);
  }
}

/** Which Pods a workload manages is said by owners already; whole namespaces are too many. */
function isShown({ role }: IndexedSelector): boolean {
  return role !== 'managed Pods' && role !== 'namespaces';
}

function isOf(target: ReferenceTarget, object: IndexedObject): boolean {
  // The kubelet gives its node's name for the uid in Events.
  const isNodeName = target.kind === 'Node' && target.uid === target.name;
  return isTarget(isNodeName ? { ...target, uid: object.uid ?? '' } : target, object);
}

function keyOf({ group, kind, namespace, name }: Omit<ReferenceTarget, 'uid'>): string {
  return `${group}\0${kind}\0${namespace ?? ''}\0${name}`;
}

/** Options of {@link indexObjects}. */
export interface IndexOptions {
  /** Called with the count of objects read so far. */
  readonly onObject?: (count: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads every object of `snapshot` once. Memory grows with the number of objects and references, not with their size. What cannot be
 * read is among the problems.
 * @throws CancelledError; IntegrityError and FormatError where folders cannot be listed
 */
export async function indexObjects(
  snapshot: SnapshotReader,
  { onObject, signal }: IndexOptions = {},
): Promise<ObjectIndex> {
  const catalogue = new ObjectCatalogue(snapshot);
  const scopeOf = await knownScopes(catalogue, signal);
  const nodes: ObjectNode[] = [];
  const problems: SideProblem[] = [];
  for await (const entry of catalogue.objects(signal && { signal })) {
    throwIfCancelled(signal);
    try {
      const content = objectFromBytes(await snapshot.bytes(entry.entry, MANIFEST_SIZE_MAX));
      nodes.push(nodeOf(entry, content, scopeOf));
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      nodes.push(emptyNode(entry));
      problems.push({ path: entry.entry.path, problem: error.message });
    }
    onObject?.(nodes.length);
  }
  for await (const { path, error } of snapshot.errors()) problems.push({ path, problem: error });
  return new ObjectIndex(snapshot, nodes, problems);
}

/** The scopes of kinds that the snapshot has objects of. */
async function knownScopes(catalogue: ObjectCatalogue, signal: AbortSignal | undefined): Promise<ScopeOf> {
  const ofCluster = new Set<string>();
  for await (const { group, kind } of catalogue.kinds(NO_NAMESPACE, signal)) {
    ofCluster.add(`${group}/${kind}`);
  }
  return (group, kind) => (ofCluster.has(`${group}/${kind}`) ? false : undefined);
}
