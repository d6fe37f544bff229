/** Objects as comparisons and searches see them: read from bytes, with names instead of the values of Secrets. */
import { ConnectorError } from '../errors.ts';
import { toHex } from '../format/bytes.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import { decodeUtf8 } from '../resources/json-text.ts';
import { isJsonObject, objectAt, type JsonObject } from '../resources/json-value.ts';
import { redactSecrets } from '../resources/redaction.ts';
import { isSecret } from '../resources/secret-mask.ts';
import { jsonFromYaml } from '../resources/yaml-parse.ts';

/** Longest manifest that is read (bytes); etcd takes no larger object, as YAML it may grow. */
export const MANIFEST_SIZE_MAX = 16 << 20;
const NAME_BYTES = 8;

/**
 * The object that `bytes` hold as YAML or JSON.
 * @throws ConnectorError CONNECTOR_INPUT where they do not hold exactly one
 */
export function objectFromBytes(bytes: Uint8Array): JsonObject {
  const [object, ...others] = jsonFromYaml(decodeUtf8(bytes));
  if (isJsonObject(object) && others.length === 0) return object;
  throw new ConnectorError('CONNECTOR_INPUT', 'not a manifest of one object');
}

/** Hides the values of Secrets. Equal values have equal names as long as this object lives; its key is in nobody's hands. */
export class SecretHider {
  readonly #key = nodePrimitives.macKey('SHA256', nodePrimitives.randomBytes(32));
  readonly #nameOf = (value: Uint8Array): string =>
    `hidden-${toHex(this.#key.mac(value).subarray(0, NAME_BYTES))}`;

  /** `object` itself where it holds no Secret, else a copy with a name for every value; those of a Secret in `data`, not in base64. */
  hide(object: JsonObject): JsonObject {
    const hidden = redactSecrets(object, this.#nameOf);
    const data = isSecret(hidden) ? objectAt(hidden, 'data') : undefined;
    const text = isSecret(hidden) ? objectAt(hidden, 'stringData') : undefined;
    if (data === undefined && text === undefined) return hidden;
    const named: JsonObject = new Map();
    for (const [key, value] of data ?? []) named.set(key, typeof value === 'string' ? atob(value) : value);
    // The API server writes it into data.
    for (const [key, value] of text ?? []) named.set(key, value);
    const result = new Map(hidden).set('data', named);
    result.delete('stringData');
    return result;
  }
}
