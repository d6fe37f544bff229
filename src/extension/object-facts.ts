/** What a person wants to know of an object at a glance. Nothing of a Secret's values is among it. */
import {
  arrayAt,
  isJsonObject,
  JsonNumber,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../resources/json-value.ts';
import { stringifyJson } from '../resources/json-text.ts';
import { t } from './translation.ts';

/** Most images that are listed. */
const IMAGES_MAX = 8;

/** Facts of one object; empty or undefined where it does not say. */
export interface ObjectFacts {
  readonly status: string | undefined;
  /** As `Kind/name`. */
  readonly owners: readonly string[];
  readonly images: readonly string[];
  /** RFC 3339. */
  readonly created: string | undefined;
  /** Names of the keys of a Secret or ConfigMap. */
  readonly keys: readonly string[];
}

/** Reads the facts from an object as it is stored. */
export function objectFacts(object: JsonObject): ObjectFacts {
  const owners = arrayAt(object, 'metadata', 'ownerReferences').map(
    (owner) => `${stringAt(owner, 'kind') ?? '?'}/${stringAt(owner, 'name') ?? '?'}`,
  );
  const images = [...new Set(imagesOf(object))].slice(0, IMAGES_MAX);
  const data = ['data', 'stringData', 'binaryData'].flatMap((field) => [
    ...(objectAt(object, field)?.keys() ?? []),
  ]);
  return {
    status: statusOf(object),
    owners,
    images,
    created: stringAt(object, 'metadata', 'creationTimestamp'),
    keys: ['Secret', 'ConfigMap'].includes(stringAt(object, 'kind') ?? '') ? data : [],
  };
}

function* imagesOf(object: JsonObject): Generator<string> {
  const specs = [
    objectAt(object, 'spec'),
    objectAt(object, 'spec', 'template', 'spec'),
    objectAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec'),
  ];
  for (const spec of specs) {
    for (const field of ['initContainers', 'containers']) {
      for (const container of arrayAt(spec, field)) {
        const image = stringAt(container, 'image');
        if (image !== undefined) yield image;
      }
    }
  }
}

function statusOf(object: JsonObject): string | undefined {
  const status = objectAt(object, 'status');
  if (status === undefined) return undefined;
  const phase = stringAt(status, 'phase');
  if (phase !== undefined) return phase;
  const ready = numberText(status, 'readyReplicas');
  const wanted = numberText(objectAt(object, 'spec'), 'replicas') ?? numberText(status, 'replicas');
  if (wanted !== undefined) return t('{0}/{1} ready', ready ?? '0', wanted);
  const condition = arrayAt(status, 'conditions').find(
    (item) =>
      isJsonObject(item) &&
      ['Ready', 'Available', 'Complete', 'Failed'].includes(stringAt(item, 'type') ?? ''),
  );
  if (condition === undefined) return undefined;
  return `${stringAt(condition, 'type') ?? ''}: ${stringAt(condition, 'status') ?? 'Unknown'}`;
}

function numberText(value: JsonValue | undefined, field: string): string | undefined {
  const found = valueAt(value, field);
  return found instanceof JsonNumber ? stringifyJson(found) : undefined;
}
