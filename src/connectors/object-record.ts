import { plainFileInfo, type EntryRecord } from '../format/source-record.ts';
import { EPOCH, timestampFromMs, type Timestamp } from '../format/timestamp.ts';
import { stringAt, type JsonObject } from '../resources/json-value.ts';
import { yamlFromJson } from '../resources/yaml-emit.ts';

/** Mode of every object in an archive, as Plakar's connector has it. */
const OBJECT_MODE = 0o644;

/**
 * The record of a Kubernetes object under `path` (of `pathOf`): YAML made from it, its creation as modification time.
 * @param undated modification time of objects that no server has created yet
 */
export function recordFromObject(path: string, object: JsonObject, undated: Timestamp = EPOCH): EntryRecord {
  const content = new TextEncoder().encode(yamlFromJson(object));
  const name = path.slice(path.lastIndexOf('/') + 1);
  const createdMs = Date.parse(stringAt(object, 'metadata', 'creationTimestamp') ?? '');
  const modTime = Number.isNaN(createdMs) ? undated : timestampFromMs(createdMs);
  return { path, info: plainFileInfo(name, OBJECT_MODE, modTime, content.length), content: () => [content] };
}
