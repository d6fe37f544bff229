import { ConnectorError } from '../../errors.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import { decodeUtf8 } from '../../resources/json-text.ts';
import { isJsonObject, type JsonObject } from '../../resources/json-value.ts';
import { identityOf, pathOf } from '../../resources/object-path.ts';
import { jsonFromYaml } from '../../resources/yaml-parse.ts';

const OBJECT_SIZE_MAX = 16 * 1024 * 1024;

/**
 * Reads the object of an entry.
 * @param root folder below which the layout begins, where that is not the root
 * @throws ConnectorError CONNECTOR_INPUT when it is not one object, or another than its path says; FormatError, IntegrityError of the archive
 */
export async function readObject(
  snapshot: SnapshotReader,
  entry: SnapshotEntry,
  root = '/',
): Promise<JsonObject> {
  const [object, ...others] = jsonFromYaml(decodeUtf8(await snapshot.bytes(entry, OBJECT_SIZE_MAX)));
  if (!isJsonObject(object) || others.length > 0) {
    throw new ConnectorError('CONNECTOR_INPUT', `${entry.path} does not hold one object`);
  }
  // What was picked by its path must be what is written.
  const identity = identityOf(object);
  const path = root === '/' ? entry.path : entry.path.slice(root.length);
  if (!identity || pathOf(identity) !== path) {
    throw new ConnectorError(
      'CONNECTOR_INPUT',
      `${entry.path} holds another object than its path says: it is not restored`,
    );
  }
  return object;
}
