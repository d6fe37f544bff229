import { decodeUtf8 } from '../resources/json-text.ts';
import {
  isJsonObject,
  objectAt,
  stringAt,
  type JsonObject,
  type JsonValue,
} from '../resources/json-value.ts';
import { yamlFromJson, DOCUMENT_SEPARATOR } from '../resources/yaml-emit.ts';
import { jsonFromYaml } from '../resources/yaml-parse.ts';

/** What stands for a value that is not shown. Says neither its length nor whether two are the same. */
export const MASK = '(hidden)';

/** The annotation in which `kubectl apply` keeps the whole object, Secret data included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What {@link maskSecrets} made of a text. */
export interface MaskedText {
  readonly text: string;
  /** False: there was nothing to hide, and `text` is what was given. */
  readonly masked: boolean;
}

/**
 * A manifest with the values of its Secrets hidden, also of Secrets in a List: `data`, `stringData`, and what `kubectl apply`
 * repeats in an annotation. Keys stay. A text without Secrets stays as it is, character by character.
 *
 * @param bytes YAML or JSON, one or more documents
 * @throws ConnectorError CONNECTOR_INPUT or FormatError where it is no YAML
 */
export function maskSecrets(bytes: Uint8Array): MaskedText {
  const text = decodeUtf8(bytes);
  const documents = jsonFromYaml(text);
  const found = documents.map((document) => maskIn(document));
  if (!found.includes(true)) return { text, masked: false };
  return { text: documents.map((document) => yamlFromJson(document)).join(DOCUMENT_SEPARATOR), masked: true };
}

function maskIn(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.map((item) => maskIn(item)).includes(true);
  if (!isJsonObject(value)) return false;
  const items = value.get('items');
  const inItems = Array.isArray(items) && maskIn(items);
  if (stringAt(value, 'kind') !== 'Secret') return inItems;
  return [
    maskValues(objectAt(value, 'data')),
    maskValues(objectAt(value, 'stringData')),
    maskLastApplied(value),
    inItems,
  ].includes(true);
}

function maskValues(values: JsonObject | undefined): boolean {
  for (const key of values?.keys() ?? []) values?.set(key, MASK);
  return (values?.size ?? 0) > 0;
}

function maskLastApplied(secret: JsonObject): boolean {
  const annotations = objectAt(secret, 'metadata', 'annotations');
  if (annotations?.has(LAST_APPLIED) !== true) return false;
  annotations.set(LAST_APPLIED, MASK);
  return true;
}
