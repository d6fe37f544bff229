/** Objects as they are compared: YAML of what somebody wanted, without what clusters add, with names for the values of Secrets. */
import type { SnapshotEntry, SnapshotReader } from '../format/index.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes, SecretHider } from '../operations/object-model.ts';
import type { JsonObject } from '../resources/json-value.ts';
import { comparable } from '../resources/runtime-fields.ts';
import { yamlFromJson } from '../resources/yaml-emit.ts';

/** One for all comparisons, so that equal values have equal names on both sides. */
const hider = new SecretHider();

/** An object of a snapshot, cleaned. @throws ConnectorError CONNECTOR_INPUT for what is no manifest; IntegrityError; FormatError */
export async function cleanedManifest(reader: SnapshotReader, entry: SnapshotEntry): Promise<string> {
  return cleanedYaml(objectFromBytes(await reader.bytes(entry, MANIFEST_SIZE_MAX)));
}

/** An object from anywhere, cleaned. */
export function cleanedYaml(object: JsonObject): string {
  return yamlFromJson(comparable(hider.hide(object)));
}
