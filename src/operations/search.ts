import { isPtarError } from '../errors.ts';
import type { SnapshotReader } from '../format/index.ts';
import { stringifyJson } from '../resources/json-text.ts';
import { stringAt, type JsonObject, type JsonValue } from '../resources/json-value.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { snapshotSide, type SideProblem } from './diff-side.ts';
import { SecretHider } from './object-model.ts';

/** What to look for; an object is found where all that is set holds. */
export interface SearchQuery {
  /** Holds for the text of a value or a key. */
  readonly text?: (text: string) => boolean;
  /** Holds for the image of a container. */
  readonly image?: (image: string) => boolean;
  /** Labels with their values; undefined for any value. */
  readonly labels?: ReadonlyMap<string, string | undefined>;
}

/** An object that was found, with the places that say why; none where its labels do. */
export interface SearchHit {
  readonly identity: ResourceIdentity;
  readonly places: readonly { readonly label: string; readonly value: string }[];
}

/**
 * The objects of a snapshot that `query` finds, one at a time. Values of Secrets are neither found nor shown.
 * @throws IntegrityError; FormatError; CancelledError
 */
export async function* searchSnapshot(
  snapshot: SnapshotReader,
  query: SearchQuery,
  signal?: AbortSignal,
): AsyncGenerator<SearchHit | SideProblem> {
  const hider = new SecretHider();
  for await (const object of snapshotSide(snapshot, '', '').objects(signal)) {
    if ('problem' in object) {
      yield object;
      continue;
    }
    try {
      const places = placesOf(hider.hide(await object.read()), query);
      if (places !== undefined) yield { identity: object.identity, places };
    } catch (error) {
      if (!isPtarError(error) || error.code !== 'CONNECTOR_INPUT') throw error;
      yield { path: object.identity.name, problem: error.message };
    }
  }
}

function placesOf(object: JsonObject, query: SearchQuery): SearchHit['places'] | undefined {
  for (const [name, value] of query.labels ?? []) {
    const found = stringAt(object, 'metadata', 'labels', name);
    if (found === undefined || (value !== undefined && value !== found)) return undefined;
  }
  const { text, image } = query;
  const texts =
    text === undefined
      ? []
      : [...leaves(object, '')].filter(({ label, value }) => text(label) || text(value));
  const isImage = /(?:^|\.)(?:containers|initContainers|ephemeralContainers)\[\d+\]\.image$/;
  const images =
    image === undefined
      ? []
      : [...leaves(object, '')].filter(({ label, value }) => isImage.test(label) && image(value));
  if ((text !== undefined && texts.length === 0) || (image !== undefined && images.length === 0)) {
    return undefined;
  }
  return [...texts, ...images];
}

/** Every scalar with where it is; managedFields repeat names without meaning them. */
function* leaves(value: JsonValue, label: string): Generator<{ label: string; value: string }> {
  if (value instanceof Map) {
    for (const [key, field] of value) {
      if (label === 'metadata' && key === 'managedFields') continue;
      yield* leaves(field, label === '' ? key : `${label}.${key}`);
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leaves(item, `${label}[${index}]`);
  } else yield { label, value: typeof value !== 'string' ? stringifyJson(value) : value };
}

/**
 * The labels of `a=b,c`.
 * @returns labels with their values, undefined where any will do
 */
export function parseLabels(text: string): ReadonlyMap<string, string | undefined> {
  return new Map(
    text.split(',').map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.trim(), value.length === 0 ? undefined : value.join('=').replace(/^=/, '').trim()];
    }),
  );
}
