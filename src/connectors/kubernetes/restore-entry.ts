import { ConnectorError } from '../../errors.ts';
import { isRegular } from '../../format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import { decodeUtf8 } from '../../resources/json-text.ts';
import { isJsonObject, type JsonObject } from '../../resources/json-value.ts';
import { jsonFromYaml } from '../../resources/yaml-parse.ts';
import { pathOfObject } from './item-record.ts';

/** What the path of an object's entry says: `/<namespace or _>/<group or _>/<Kind>/<version>/<name>.yaml`. */
export interface ObjectPath {
  /** Undefined for cluster-scoped objects. */
  readonly namespace: string | undefined;
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly version: string;
  readonly name: string;
}

const OBJECT_SIZE_MAX = 16 * 1024 * 1024;

/** Reads an entry's path; undefined where it is not that of an object. */
export function parseObjectPath(path: string): ObjectPath | undefined {
  const [, namespace, group, kind, version, file, more] = path.split('/');
  if (!namespace || !group || !kind || !version || !file?.endsWith('.yaml') || more !== undefined)
    {return undefined;}
  return {
    namespace: namespace === '_' ? undefined : namespace,
    group: group === '_' ? '' : group,
    kind,
    version,
    name: file.slice(0, -'.yaml'.length),
  };
}

/** True for entries that hold an object. */
export function isObjectEntry(entry: SnapshotEntry): boolean {
  return isRegular(entry.info.mode) && parseObjectPath(entry.path) !== undefined;
}

/**
 * Reads the object of an entry.
 * @throws ConnectorError CONNECTOR_INPUT when it is not one object, or another than its path says; FormatError, IntegrityError of the archive
 */
export async function readObject(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<JsonObject> {
  const [object, ...others] = jsonFromYaml(decodeUtf8(await snapshot.bytes(entry, OBJECT_SIZE_MAX)));
  if (!isJsonObject(object) || others.length > 0) {
    throw new ConnectorError('CONNECTOR_INPUT', `${entry.path} does not hold one object`);
  }
  // What was picked by its path must be what is written.
  if (pathOfObject(object) !== entry.path) {
    throw new ConnectorError(
      'CONNECTOR_INPUT',
      `${entry.path} holds the object of ${pathOfObject(object)}: it is not restored`,
    );
  }
  return object;
}
