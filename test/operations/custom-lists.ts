/** A custom kind with every type of list that a CustomResourceDefinition can have, and an object of it before and after an edit. */

const GROUP = 'diff-cluster.example.com';
/** Name of the CustomResourceDefinition. */
export const DEFINITION_NAME = `shelves.${GROUP}`;

const text = { type: 'string' };
const listOf = (items: object, more: object = {}): object => ({ type: 'array', items, ...more });
const keyed = (keys: readonly string[], properties: object): object =>
  listOf(
    { type: 'object', required: keys.filter((key) => key !== 'protocol'), properties },
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys },
  );

/** The definition, as JSON. */
export function listDefinition(): string {
  const spec = {
    type: 'object',
    properties: {
      atomic: listOf(text, { 'x-kubernetes-list-type': 'atomic' }),
      set: listOf(text, { 'x-kubernetes-list-type': 'set' }),
      byKeys: keyed(['host', 'protocol'], {
        host: text,
        protocol: { type: 'string', default: 'TCP' },
        weight: { type: 'integer' },
      }),
      steps: listOf({ type: 'object', properties: { name: text } }),
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      embedded: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
      },
      either: { 'x-kubernetes-int-or-string': true },
      amount: {
        'x-kubernetes-int-or-string': true,
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern:
          '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
      },
      mode: { type: 'string', default: 'fast' },
    },
  };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: DEFINITION_NAME },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind: 'Shelf', plural: 'shelves', singular: 'shelf' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}

/** The object before and after, as JSON. */
export function customObjects(namespace: string): readonly [string, string] {
  const embedded = (replicas: number, uid: object): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'inner', ...uid },
    spec: { replicas },
  });
  const shelf = (spec: object): string =>
    JSON.stringify({ apiVersion: `${GROUP}/v1`, kind: 'Shelf', metadata: { name: 'one', namespace }, spec });
  return [
    shelf({
      atomic: ['x', 'y'],
      set: ['p', 'q'],
      byKeys: [
        { host: 'a', weight: 1 },
        { host: 'a', protocol: 'UDP', weight: 2 },
      ],
      steps: [{ name: 'first' }, { name: 'second' }],
      free: { list: [1, { a: [true] }] },
      embedded: embedded(1, {}),
      either: 80,
      amount: '1000m',
    }),
    shelf({
      atomic: ['y', 'x'],
      set: ['q', 'r', 'p'],
      byKeys: [
        { host: 'c' },
        { host: 'a', protocol: 'UDP', weight: 3 },
        { host: 'a', protocol: 'TCP', weight: 1 },
      ],
      steps: [{ name: 'second' }, { name: 'first' }],
      free: { list: [2, { a: [true] }] },
      embedded: embedded(2, {}),
      either: '80',
      amount: 1,
      mode: 'fast',
    }),
  ];
}
