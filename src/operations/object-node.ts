/** What the index of a snapshot keeps of each object: who it is, whom it names, whom it selects. */
import { stringAt, type JsonObject } from '../resources/json-value.ts';
import type { LabelSelector } from '../resources/label-selector.ts';
import { identityOf, type ResourceIdentity } from '../resources/object-path.ts';
import { formatPath } from '../resources/path-pattern.ts';
import type { ReferenceRole } from '../resources/reference-place.ts';
import {
  labelsOf,
  referencesOf,
  type ObjectReference,
  type ReferenceTarget,
  type ScopeOf,
} from '../resources/references.ts';
import { selectorsOf, type ObjectSelector, type SelectorRole } from '../resources/selectors.ts';
import type { CataloguedObject } from './object-catalogue.ts';

/** References of one object that are kept; hostile objects could hold millions. */
const REFERENCES_MAX = 10_000;
/** Selectors of one object that are kept: each is held against all objects when it is followed. */
const SELECTORS_MAX = 100;
/** Kinds that selectors pick from. */
const SELECTED_KINDS = new Set(['Pod', 'Namespace', 'PersistentVolume', 'ClusterRole']);

/** An object of an index. */
export interface IndexedObject extends ResourceIdentity {
  /** In the snapshot. */
  readonly path: string;
  readonly uid: string | undefined;
  /** Unix milliseconds; undefined where the object does not say. */
  readonly createdMs: number | undefined;
}

/** A reference without what only a rewriter needs. */
export interface IndexedReference {
  readonly role: ReferenceRole;
  /** `spec.volumes[0].secret.secretName` */
  readonly place: string;
  readonly target: ReferenceTarget;
  readonly optional: boolean;
}

/** A selector without what only a rewriter needs. */
export interface IndexedSelector {
  readonly role: SelectorRole;
  readonly place: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string | LabelSelector | undefined;
  readonly selector: LabelSelector;
}

/** All that is kept of one object. */
export interface ObjectNode {
  readonly object: IndexedObject;
  readonly references: readonly IndexedReference[];
  readonly selectors: readonly IndexedSelector[];
  /** Of kinds that are selected by labels; empty for others. */
  readonly labels: ReadonlyMap<string, string>;
}

const NO_LABELS: ReadonlyMap<string, string> = new Map();

/** The node of `content`, which was read at `entry`. What lies elsewhere than it says goes by what it says. */
export function nodeOf(entry: CataloguedObject, content: JsonObject, scopeOf: ScopeOf): ObjectNode {
  const identity = identityOf(content) ?? entry;
  return {
    object: objectOf(entry, identity, stringAt(content, 'metadata', 'uid')),
    references: withoutAlias(referencesOf(content, scopeOf).slice(0, REFERENCES_MAX).map(indexedReference)),
    selectors: selectorsOf(content).slice(0, SELECTORS_MAX).map(indexedSelector),
    labels: SELECTED_KINDS.has(identity.kind) ? labelsOf(content) : NO_LABELS,
  };
}

/** The node of an object whose content cannot be read. */
export function emptyNode(entry: CataloguedObject): ObjectNode {
  return { object: objectOf(entry, entry, undefined), references: [], selectors: [], labels: NO_LABELS };
}

function objectOf(
  { entry, createdMs }: CataloguedObject,
  { group, version, kind, namespace, name }: ResourceIdentity,
  uid: string | undefined,
): IndexedObject {
  return { group, version, kind, namespace, name, path: entry.path, uid, createdMs };
}

/** `serviceAccount` is the old name of `serviceAccountName`; the API server fills in both. */
function withoutAlias(references: readonly IndexedReference[]): readonly IndexedReference[] {
  const places = new Set(references.map(({ place }) => place));
  return references.filter(({ place }) => !place.endsWith('serviceAccount') || !places.has(`${place}Name`));
}

function indexedReference({ role, path, target, optional }: ObjectReference): IndexedReference {
  return { role, place: formatPath(path), target, optional };
}

function indexedSelector({ role, path, group, kind, namespace, selector }: ObjectSelector): IndexedSelector {
  return { role, place: formatPath(path), group, kind, namespace, selector };
}
