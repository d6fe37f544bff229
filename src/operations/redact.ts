import { ConnectorError, isPtarError } from '../errors.ts';
import {
  isDirectory,
  isRegular,
  type EntryRevision,
  type KeyValue,
  type SnapshotEntry,
  type SnapshotReader,
} from '../format/index.ts';
import { toHex } from '../format/bytes.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import { decodeUtf8 } from '../resources/json-text.ts';
import { isJsonObject } from '../resources/json-value.ts';
import { redactSecrets, type ValueName } from '../resources/redaction.ts';
import { isSecret } from '../resources/secret-mask.ts';
import { DOCUMENT_SEPARATOR, yamlFromJson } from '../resources/yaml-emit.ts';
import { jsonFromYaml } from '../resources/yaml-parse.ts';

/** What becomes of Secrets in a copy: their values give way to names, or Secrets are left out and values elsewhere named. */
export type SecretTreatment = 'redact' | 'omit';

/** The key of the context that says what was done to a snapshot's Secrets. */
export const REDACTION = 'Redaction';

const STATEMENTS: Readonly<Record<SecretTreatment, string>> = {
  redact: 'values of Secrets replaced by salted hashes',
  omit: 'Secrets left out, copies of them in other objects replaced by salted hashes',
};
/** Longest manifest that is read (bytes); etcd takes no larger object, as YAML it may grow. */
const MANIFEST_SIZE_MAX = 16 << 20;
/** Importer types whose snapshots hold nothing but objects. Anywhere else a Secret may be in any file, and nobody could tell. */
const REDACTABLE_TYPES: readonly string[] = ['k8s'];
const SALT_LENGTH = 32;
const HASH_LENGTH = 16;

/** Why the Secrets in `snapshot` cannot be found, for a person; undefined where they can. */
export function obstacleToRedaction(snapshot: SnapshotReader): string | undefined {
  const { type } = snapshot.source.importer;
  if (REDACTABLE_TYPES.includes(type)) return undefined;
  return `it holds ${type === '' ? 'files' : `a source of type ${type}`}, in which Secrets cannot be told apart`;
}

/** Looks at the entries of a snapshot of objects, and takes what is secret out of them. */
export class Redactor {
  readonly treatment: SecretTreatment;
  readonly #nameOf: ValueName;
  #revised = 0;
  #omitted = 0;

  /** One for all snapshots of a copy: so equal values have equal names across them. The salt is in nobody's hands afterwards. */
  constructor(treatment: SecretTreatment) {
    this.treatment = treatment;
    const key = nodePrimitives.macKey('SHA256', nodePrimitives.randomBytes(SALT_LENGTH));
    this.#nameOf = (value) => `redacted-hmac-sha256-${toHex(key.mac(value).subarray(0, HASH_LENGTH))}`;
  }

  /** Objects in which something was replaced. */
  get revised(): number {
    return this.#revised;
  }
  /** Secrets that were left out. */
  get omitted(): number {
    return this.#omitted;
  }
  /** What the header of a copy says. */
  get statement(): KeyValue {
    return { key: REDACTION, value: STATEMENTS[this.treatment] };
  }

  /**
   * What becomes of `entry` of `snapshot`. What cannot be read as a manifest is not copied, for it might hold a Secret.
   * @throws ConnectorError of the archive's source
   */
  async revise(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<EntryRevision> {
    if (isDirectory(entry.info.mode)) return 'keep';
    if (!isRegular(entry.info.mode)) {
      return { error: 'not a manifest, so it was left out of the redacted copy' };
    }
    try {
      return this.#reviseManifest(await snapshot.bytes(entry, MANIFEST_SIZE_MAX));
    } catch (error) {
      const isContent =
        isPtarError(error) && (error.code === 'CONNECTOR_INPUT' || !(error instanceof ConnectorError));
      if (!isContent || error.code === 'CANCELLED') throw error;
      return { error: 'cannot be read as a manifest, so it was left out of the redacted copy' };
    }
  }

  #reviseManifest(bytes: Uint8Array): EntryRevision {
    const documents = jsonFromYaml(decodeUtf8(bytes));
    if (this.treatment === 'omit' && documents.some((document) => isSecret(document))) {
      this.#omitted++;
      return 'omit';
    }
    const redacted = documents.map((document) => {
      if (!isJsonObject(document)) throw new ConnectorError('CONNECTOR_INPUT', 'not an object');
      return redactSecrets(document, this.#nameOf);
    });
    if (redacted.every((document, index) => document === documents[index])) return 'keep';
    this.#revised++;
    const text = redacted.map((document) => yamlFromJson(document)).join(DOCUMENT_SEPARATOR);
    return { content: new TextEncoder().encode(text) };
  }
}
