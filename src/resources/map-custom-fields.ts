/**
 * What a mapping changes in custom resources, by their definition's schema: fields whose name says that they hold a namespace, a class or
 * an image, names of objects of the set, hosts and addresses. A key that the schema does not know as a field – a label, an entry of a
 * map – is somebody's own word and stays.
 *
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { FieldChanges } from './field-changes.ts';
import { namesRegistry } from './image-reference.ts';
import { objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { mapHost, mapImage } from './mapping.ts';
import { mapName, mapNamespace, type ObjectName } from './mapped-set.ts';
import { mapText, type TextContext } from './map-text.ts';
import { splitApiVersion } from './object-path.ts';

const NAMESPACE_FIELD = /(?:^n|N)amespaces?$/;
const HOST_FIELD = /^(?:hosts?|hostnames?|dnsNames?|commonName|domains?)$/;
const CLASS_FIELDS: Readonly<Record<string, Pick<ObjectName, 'group' | 'kind'>>> = {
  storageClassName: { group: 'storage.k8s.io', kind: 'StorageClass' },
  storageClass: { group: 'storage.k8s.io', kind: 'StorageClass' },
  ingressClassName: { group: 'networking.k8s.io', kind: 'IngressClass' },
  ingressClass: { group: 'networking.k8s.io', kind: 'IngressClass' },
};
/** Kinds by what field names end in, or what the field above `name` is called. */
const KINDS_BY_WORD: readonly (readonly [word: RegExp, kind: string])[] = [
  [/secret/i, 'Secret'],
  [/config_?map/i, 'ConfigMap'],
  [/service_?account/i, 'ServiceAccount'],
  [/claim|pvc/i, 'PersistentVolumeClaim'],
  [/service/i, 'Service'],
];
const NAME_FIELD = /(?:secret|configMap|serviceAccount|claim|pvc|service)(?:Name)?$/i;

/** Walks an object of a custom kind with its schema. */
export class CustomFieldMapper {
  readonly #context: TextContext;
  readonly #changes: FieldChanges;
  readonly #group: string;

  /** @param group API group of the custom resource */
  constructor(context: TextContext, changes: FieldChanges, group: string) {
    this.#context = context;
    this.#changes = changes;
    this.#group = group;
  }

  /**
   * Changes `value` in place.
   * @param schema of `value`; undefined where no definition is known: then only a `namespace` beside a `name` is one
   * @param above the field that `value` stands in, or the list
   */
  map(value: JsonObject, schema: JsonObject | undefined, above = ''): void {
    const properties = objectAt(schema, 'properties');
    // The field itself may come first and be mapped by then.
    const there = stringAt(value, 'namespace') ?? this.#context.namespace;
    for (const [key, field] of [...value]) {
      const known = objectAt(properties, key);
      const isField = known !== undefined || (schema === undefined && isReferenceField(value, key));
      if (isField && typeof field === 'string') {
        this.#changes.text(value, key, (text) => this.#text(value, key, text, { above, there }));
      } else if (isField && isStrings(field)) {
        this.#changes.texts(value, key, (text) => this.#text(value, key, text, { above, there }));
      } else this.#descend(field, known ?? objectAt(schema, 'additionalProperties'), key);
    }
  }

  #descend(value: JsonValue, schema: JsonObject | undefined, above: string): void {
    if (value instanceof Map && !this.#changes.isFinished(value)) this.map(value, schema, above);
    if (!Array.isArray(value)) return;
    const items = objectAt(schema, 'items');
    for (const item of value) this.#descend(item, items, above);
  }

  #text(
    holder: JsonObject,
    key: string,
    text: string,
    { above, there }: { readonly above: string; readonly there: string | undefined },
  ): string {
    const { mapping, set } = this.#context;
    // `namespaceSelector.matchNames` is how the Prometheus operator and others say it.
    const isSelector = above === 'namespaceSelector' && key === 'matchNames';
    if (isSelector || NAMESPACE_FIELD.test(key)) return mapNamespace(mapping, text);
    const type = CLASS_FIELDS[key];
    if (type !== undefined) return mapName(mapping, set, { ...type, namespace: undefined, name: text });
    if (key === 'image') return namesRegistry(text) ? mapImage(mapping, text) : text;
    if (HOST_FIELD.test(key)) {
      const host = mapHost(mapping, text);
      const service = { group: '', kind: 'Service', namespace: there, name: text };
      if (host !== text || set.has(service)) return host === text ? mapName(mapping, set, service) : host;
    }
    const target = this.#target(holder, key, above, { namespace: there, name: text });
    if (target !== undefined) return mapName(mapping, set, target);
    return mapText(text, this.#context);
  }

  /** The object of the set that a field names, where its own name, the field above or the fields beside say of which kind it is. */
  #target(
    holder: JsonObject,
    key: string,
    above: string,
    place: Pick<ObjectName, 'namespace' | 'name'>,
  ): ObjectName | undefined {
    const { set } = this.#context;
    const candidates: ObjectName[] = [];
    const kind = key === 'name' ? stringAt(holder, 'kind') : undefined;
    if (kind !== undefined) {
      for (const group of groupsOf(holder, this.#group)) {
        candidates.push({ ...place, group, kind }, { ...place, group, kind, namespace: undefined });
      }
    } else {
      const word = key === 'name' ? above : NAME_FIELD.test(key) ? key : '';
      const byWord = KINDS_BY_WORD.find(([pattern]) => pattern.test(word));
      if (byWord !== undefined) candidates.push({ ...place, group: '', kind: byWord[1] });
    }
    return candidates.find((candidate) => set.has(candidate));
  }
}

function groupsOf(holder: JsonObject, own: string): readonly string[] {
  const apiVersion = stringAt(holder, 'apiVersion');
  const stated = stringAt(holder, 'apiGroup') ?? stringAt(holder, 'group');
  if (stated !== undefined) return [stated];
  return apiVersion === undefined ? [own, ''] : [splitApiVersion(apiVersion).group];
}

/** Without a schema: `name` and `namespace` side by side. */
function isReferenceField(holder: JsonObject, key: string): boolean {
  return (
    (key === 'namespace' || key === 'name') &&
    typeof holder.get('name') === 'string' &&
    typeof holder.get('namespace') === 'string'
  );
}

function isStrings(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

/**
 * Replaces the objects that the schema marks as whole ones of their own.
 * @param replace gives what stands there instead; undefined where the value is no such object
 */
export function replaceEmbedded(
  value: JsonValue,
  schema: JsonObject | undefined,
  replace: (object: JsonObject) => JsonObject | undefined,
): void {
  const settle = (child: JsonValue, of: JsonObject | undefined): JsonValue => {
    const isEmbedded = of?.get('x-kubernetes-embedded-resource') === true;
    const other = isEmbedded && child instanceof Map ? replace(child) : undefined;
    if (other === undefined) replaceEmbedded(child, of, replace);
    return other ?? child;
  };
  if (Array.isArray(value)) {
    const items = objectAt(schema, 'items');
    for (const [index, item] of value.entries()) value[index] = settle(item, items);
  } else if (value instanceof Map && schema !== undefined) {
    for (const [key, field] of [...value]) {
      const of = objectAt(schema, 'properties', key) ?? objectAt(schema, 'additionalProperties');
      value.set(key, settle(field, of));
    }
  }
}
