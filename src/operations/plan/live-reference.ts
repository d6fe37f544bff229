import { encodeUtf8, toHex } from '../../format/bytes.ts';
import type { MacKey } from '../../format/index.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import { contentText } from '../../resources/restorable-object.ts';
import { isSecret } from '../../resources/secret-mask.ts';
import type { LiveReference } from './plan.ts';

const DIGEST_BYTES = 16;

/**
 * What a plan and a journal keep of a live object.
 * @param mac of the archive: without its key nobody can try values
 */
export function liveReference(mac: MacKey, object: JsonObject, hasStatus: boolean): LiveReference {
  const uid = stringAt(object, 'metadata', 'uid') ?? '';
  // The key of a plaintext archive is known to everybody, and the values of Secrets are often easy to guess.
  const text = isSecret(object)
    ? (stringAt(object, 'metadata', 'resourceVersion') ?? '')
    : contentText(object, hasStatus);
  return { uid, digest: toHex(mac.mac(encodeUtf8(text)).subarray(0, DIGEST_BYTES)) };
}
