/** Objects as they are compared: YAML of what somebody wanted, without what clusters add, with names for the values of Secrets. */
import type { SnapshotEntry, SnapshotReader } from '../format/index.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes, SecretHider } from '../operations/object-model.ts';
import type { ObjectTransform } from '../operations/plan/restore-events.ts';
import type { JsonObject } from '../resources/json-value.ts';
import { comparable } from '../resources/runtime-fields.ts';
import { yamlFromJson } from '../resources/yaml-emit.ts';

/** One for all comparisons, so that equal values have equal names on both sides. */
const hider = new SecretHider();

/** Fields with which manifests begin; clusters send them in another order. */
const FIRST_FIELDS = ['apiVersion', 'kind', 'metadata'];

/**
 * An object of a snapshot, cleaned.
 * @param transform what a restore changes of it
 * @throws ConnectorError CONNECTOR_INPUT for what is no manifest; IntegrityError; FormatError
 */
export async function cleanedManifest(
  reader: SnapshotReader,
  entry: SnapshotEntry,
  transform?: ObjectTransform,
): Promise<string> {
  const object = objectFromBytes(await reader.bytes(entry, MANIFEST_SIZE_MAX));
  return cleanedYaml(transform === undefined ? object : transform.apply(object).object);
}

/** An object from anywhere, cleaned. */
export function cleanedYaml(object: JsonObject): string {
  const cleaned = comparable(hider.hide(object));
  const first = [...cleaned].filter(([field]) => FIRST_FIELDS.includes(field));
  first.sort(([a], [b]) => FIRST_FIELDS.indexOf(a) - FIRST_FIELDS.indexOf(b));
  return yamlFromJson(new Map([...first, ...cleaned]));
}
