import { decodeUtf8 } from '../resources/json-text.ts';
import { isJsonObject } from '../resources/json-value.ts';
import { maskSecrets } from '../resources/secret-mask.ts';
import { DOCUMENT_SEPARATOR, yamlFromJson } from '../resources/yaml-emit.ts';
import { jsonFromYaml } from '../resources/yaml-parse.ts';

/**
 * A manifest as YAML with the values of its Secrets hidden (`maskSecrets`); undefined where it holds none and can be shown as it
 * is.
 *
 * @param bytes YAML or JSON, one or more documents
 * @throws ConnectorError CONNECTOR_INPUT or FormatError where it is neither
 */
export function maskManifest(bytes: Uint8Array): string | undefined {
  const documents = jsonFromYaml(decodeUtf8(bytes));
  const masked = documents.map((document) => (isJsonObject(document) ? maskSecrets(document) : document));
  if (masked.every((document, index) => document === documents[index])) return undefined;
  return masked.map((document) => yamlFromJson(document)).join(DOCUMENT_SEPARATOR);
}
