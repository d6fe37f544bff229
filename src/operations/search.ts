import { isPtarError, throwIfCancelled } from '../errors.ts';
import { msFromTimestamp, type SnapshotReader } from '../format/index.ts';
import { stringifyJson } from '../resources/json-text.ts';
import { objectAt, type JsonObject, type JsonValue } from '../resources/json-value.ts';
import { matchesLabels, type LabelSelector } from '../resources/label-selector.ts';
import { pathOf, type ResourceIdentity } from '../resources/object-path.ts';
import { isSecret } from '../resources/secret-mask.ts';
import { JsonPathMisfit } from '../resources/jsonpath.ts';
import type { SideProblem } from './diff-side.ts';
import type { ObjectQuery } from './object-catalogue.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes, SecretHider } from './object-model.ts';
import { selectedObjects } from './selected-objects.ts';

export { parseLabelSelector as parseLabels } from '../resources/label-selector.ts';

/** What to look for; an object is found where all that is set holds. */
export interface SearchQuery {
  /** Holds for the text of a value or a key. */
  readonly text?: (text: string) => boolean;
  /** Holds for the image of a container. */
  readonly image?: (image: string) => boolean;
  readonly labels?: LabelSelector;
  /** The values that a path gives for an object: `objectPath`. */
  readonly path?: (object: JsonObject) => readonly JsonValue[];
  /** Holds `text` against the values of Secrets too. They are not shown all the same. */
  readonly inSecrets?: boolean;
}

/** A place in an object that says why it was found. */
export interface SearchPlace {
  /** The path of the field; empty for values of {@link SearchQuery.path}. */
  readonly label: string;
  readonly value: string;
}

/** An object that was found, with the places that say why; none where its labels do. */
export interface SearchHit {
  readonly identity: ResourceIdentity;
  readonly places: readonly SearchPlace[];
  /** The snapshot that has the object so; 64 hex digits. */
  readonly snapshotId: string;
  /** When its capture began; Unix milliseconds. */
  readonly capturedMs: number;
}

/** What stands for the value of a Secret. */
const HIDDEN = '(hidden)';
const HIDDEN_NAME = /hidden-[0-9a-f]{16}/g;

/** Options of {@link searchSnapshots}. */
export interface SearchOptions {
  /** Only these objects. */
  readonly queries?: readonly ObjectQuery[];
  readonly signal?: AbortSignal;
}

/**
 * The objects of one snapshot that `query` finds, one at a time.
 * @throws IntegrityError; FormatError; CancelledError
 */
export function searchSnapshot(
  snapshot: SnapshotReader,
  query: SearchQuery,
  signal?: AbortSignal,
): AsyncGenerator<SearchHit | SideProblem> {
  return searchSnapshots([snapshot], query, signal === undefined ? {} : { signal });
}

/**
 * The objects of snapshots of one archive that `query` finds, one at a time, the newest snapshot first. An object that is the same in
 * several of them is read once, and found in the newest.
 * @throws IntegrityError; FormatError; CancelledError
 */
export async function* searchSnapshots(
  snapshots: readonly SnapshotReader[],
  query: SearchQuery,
  { queries = [], signal }: SearchOptions = {},
): AsyncGenerator<SearchHit | SideProblem> {
  const search = new Search(query);
  const timeOf = (snapshot: SnapshotReader): number => msFromTimestamp(snapshot.header.timestamp);
  const seen = new Set<string>();
  const problems = new Set<string>();
  for (const snapshot of snapshots.toSorted((left, right) => timeOf(right) - timeOf(left))) {
    for await (const { identity, entry, contentId } of selectedObjects(snapshot, queries, signal)) {
      throwIfCancelled(signal);
      const content = `${contentId ?? ''}\0${pathOf(identity)}`;
      if (contentId !== undefined && seen.has(content)) continue;
      seen.add(content);
      try {
        const object = objectFromBytes(await snapshot.bytes(entry, MANIFEST_SIZE_MAX));
        const places = search.placesOf(object);
        if (places === undefined) continue;
        yield { identity, places, snapshotId: snapshot.id, capturedMs: timeOf(snapshot) };
      } catch (error) {
        if (!isPtarError(error) || error.code !== 'CONNECTOR_INPUT') throw error;
        yield { path: entry.path, problem: error.message };
      }
    }
    for await (const { path, error } of snapshot.errors()) {
      if (problems.has(path)) continue;
      problems.add(path);
      yield { path, problem: error };
    }
  }
}

class Search {
  readonly #query: SearchQuery;
  readonly #hider = new SecretHider();

  constructor(query: SearchQuery) {
    this.#query = query;
  }

  /** Undefined where the object is not what is looked for. */
  placesOf(object: JsonObject): readonly SearchPlace[] | undefined {
    const { text, image, labels, path } = this.#query;
    if (labels !== undefined && !matchesLabels(labels, labelsOf(object))) return undefined;
    const shown = this.#hider.hide(object);
    const places: SearchPlace[] = [];
    for (const find of [
      text && (() => [...textPlaces(shown, text), ...this.#secretPlaces(object, shown, text)]),
      image && (() => leavesOf(shown).filter(({ label, value }) => IMAGE.test(label) && image(value))),
      path && (() => pathPlaces(path, shown)),
    ]) {
      if (find === undefined) continue;
      const found = find();
      if (found.length === 0) return undefined;
      places.push(...found);
    }
    return places.map(({ label, value }) => ({ label, value: value.replace(HIDDEN_NAME, HIDDEN) }));
  }

  /** Where a value of a Secret is what is looked for, and the key is not anyway. */
  #secretPlaces(
    object: JsonObject,
    shown: JsonObject,
    text: (text: string) => boolean,
  ): readonly SearchPlace[] {
    if (this.#query.inSecrets !== true || !isSecret(object)) return [];
    const places: SearchPlace[] = [];
    for (const field of ['data', 'stringData']) {
      for (const [key, value] of objectAt(object, field) ?? []) {
        const label = `data.${key}`;
        if (typeof value !== 'string' || text(label) || !objectAt(shown, 'data')?.has(key)) continue;
        const plain = field === 'data' ? Buffer.from(value, 'base64').toString('utf8') : value;
        if (text(plain)) places.push({ label, value: HIDDEN });
      }
    }
    return places;
  }
}

const IMAGE = /(?:^|\.)(?:containers|initContainers|ephemeralContainers)\[\d+\]\.image$/;

function labelsOf(object: JsonObject): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of objectAt(object, 'metadata', 'labels') ?? []) {
    if (typeof value === 'string') labels.set(name, value);
  }
  return labels;
}

/** A name that stands for a hidden value is nobody's text. */
function textPlaces(object: JsonObject, text: (text: string) => boolean): readonly SearchPlace[] {
  const isHidden = (value: string): boolean => value.replace(HIDDEN_NAME, '') !== value;
  return leavesOf(object).filter(
    ({ label, value }) =>
      text(label) || (text(value) && (!isHidden(value) || text(value.replace(HIDDEN_NAME, '')))),
  );
}

/** An object that the path does not fit is not what is looked for. */
function pathPlaces(
  path: (object: JsonObject) => readonly JsonValue[],
  object: JsonObject,
): readonly SearchPlace[] {
  try {
    return path(object).map((value) => ({ label: '', value: textOf(value) }));
  } catch (error) {
    if (error instanceof JsonPathMisfit) return [];
    throw error;
  }
}

function leavesOf(object: JsonObject): SearchPlace[] {
  return [...leaves(object, '')];
}

/** Every scalar with where it is; managedFields repeat names without meaning them. */
function* leaves(value: JsonValue, label: string): Generator<SearchPlace> {
  if (value instanceof Map) {
    for (const [key, field] of value) {
      if (label === 'metadata' && key === 'managedFields') continue;
      yield* leaves(field, label === '' ? key : `${label}.${key}`);
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leaves(item, `${label}[${index}]`);
  } else yield { label, value: textOf(value) };
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}
