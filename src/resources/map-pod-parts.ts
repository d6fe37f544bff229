/**
 * What a mapping changes below Pod templates and selectors, wherever an object has them: also in custom resources, which embed them.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
import { arrayAt, objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { mapHost, mapImage, type Mapping } from './mapping.ts';
import { mapNamespace } from './mapped-set.ts';
import { mapText, type TextContext } from './map-text.ts';
import type { FieldChanges } from './field-changes.ts';

const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';
const NAMESPACE_FLAG = /^--?(?:[A-Za-z-]*-)?namespaces?$/;
const NAMESPACE_VARIABLE = /(?:^|_)NAMESPACES?(?:_|$)/i;

/** Changes what `value` holds of a Pod, and everything below it, in place. Objects that are embedded are not told apart. */
export function mapPodParts(value: JsonValue, context: TextContext, changes: FieldChanges): void {
  if (Array.isArray(value)) {
    for (const item of value) mapPodParts(item, context, changes);
    return;
  }
  if (!(value instanceof Map) || changes.isFinished(value)) return;
  for (const list of CONTAINER_LISTS) {
    for (const container of arrayAt(value, list)) {
      if (container instanceof Map) mapContainer(container, context, changes);
    }
  }
  const { mapping } = context;
  for (const volume of arrayAt(value, 'volumes')) {
    changes.text(objectAt(volume, 'image'), 'reference', (image) => mapImage(mapping, image));
  }
  for (const alias of arrayAt(value, 'hostAliases')) {
    changes.texts(alias, 'hostnames', (host) => mapHost(mapping, host));
  }
  changes.texts(value.get('dnsConfig'), 'searches', (domain) => mapText(domain, context));
  mapSelector(value, mapping, changes);
  for (const field of value.values()) mapPodParts(field, context, changes);
}

function mapContainer(container: JsonObject, context: TextContext, changes: FieldChanges): void {
  const { mapping } = context;
  changes.text(container, 'image', (image) => mapImage(mapping, image));
  for (const list of ['command', 'args']) mapArguments(container, list, context, changes);
  for (const variable of arrayAt(container, 'env')) {
    const name = stringAt(variable, 'name') ?? '';
    changes.text(variable, 'value', (value) => {
      const text = mapText(value, context);
      return text === value && NAMESPACE_VARIABLE.test(name) ? mapNamespaces(value, mapping) : text;
    });
  }
  const handlers = ['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => container.get(probe));
  const hooks = ['postStart', 'preStop'].map((hook) => objectAt(container, 'lifecycle', hook));
  for (const handler of [...handlers, ...hooks]) {
    for (const action of ['httpGet', 'tcpSocket']) {
      changes.text(objectAt(handler, action), 'host', (host) => mapText(host, context));
    }
    for (const header of arrayAt(handler, 'httpGet', 'httpHeaders')) {
      changes.text(header, 'value', (text) => mapText(text, context));
    }
    mapArguments(objectAt(handler, 'exec'), 'command', context, changes);
  }
}

/** An argument may be the value of the flag before it. */
function mapArguments(
  holder: JsonObject | undefined,
  field: string,
  context: TextContext,
  changes: FieldChanges,
): void {
  const before = [...arrayAt(holder, field)];
  changes.texts(holder, field, (text, index) => {
    const flag = before[index - 1];
    const isNamespace = typeof flag === 'string' && NAMESPACE_FLAG.test(flag);
    return isNamespace ? mapNamespaces(text, context.mapping) : mapText(text, context);
  });
}

/** Selectors of namespaces by name, and the namespaces of affinity terms. */
function mapSelector(value: JsonObject, mapping: Mapping, changes: FieldChanges): void {
  const toMapped = (name: string): string => mapNamespace(mapping, name);
  changes.text(objectAt(value, 'matchLabels'), NAMESPACE_LABEL, toMapped);
  for (const expression of arrayAt(value, 'matchExpressions')) {
    if (stringAt(expression, 'key') === NAMESPACE_LABEL) changes.texts(expression, 'values', toMapped);
  }
  if (value.has('topologyKey')) changes.texts(value, 'namespaces', toMapped);
}

function mapNamespaces(text: string, mapping: Mapping): string {
  return text
    .split(',')
    .map((name) => mapNamespace(mapping, name))
    .join(',');
}
