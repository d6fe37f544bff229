import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalText } from '../../src/resources/canonical-text.ts';
import { SchemaCatalog } from '../../src/resources/custom-schema.ts';
import { applyJsonPatch, jsonPatch } from '../../src/resources/json-patch.ts';
import { jsonFrom, stringAt, type JsonObject, type JsonValue } from '../../src/resources/json-value.ts';
import { splitApiVersion } from '../../src/resources/object-path.ts';
import { comparable } from '../../src/resources/runtime-fields.ts';
import type { SchemaPlace } from '../../src/resources/schema-place.ts';
import { semanticDiff } from '../../src/resources/semantic-diff.ts';
import { jsonFromYaml } from '../../src/resources/yaml-parse.ts';
import { jsonValue } from './json-arbitrary.ts';

const catalog = new SchemaCatalog();

function schemaOf(object: JsonValue): SchemaPlace | undefined {
  const { group, version } = splitApiVersion(stringAt(object, 'apiVersion') ?? '');
  return catalog.schemaOf({ group, version, kind: stringAt(object, 'kind') ?? '' });
}

function yaml(text: string): JsonObject {
  const [object] = jsonFromYaml(text);
  assert.ok(object instanceof Map);
  return object;
}

function lines(before: JsonValue, after: JsonValue, schema = schemaOf(before)): string[] {
  return semanticDiff(before, after, schema).map(({ op, label }) => `${op} ${label}`);
}

const quantity = fc.constantFrom('1', '1000m', '2', '1Gi', '1024Mi', '500m', '0.5');
/** Lists of elements that have a key each, or several times the same. */
function listOf<T>(element: fc.Arbitrary<T>, keyOf: (item: T) => string, unique: boolean): fc.Arbitrary<T[]> {
  return unique
    ? fc.uniqueArray(element, { maxLength: 4, selector: keyOf })
    : fc.array(element, { maxLength: 4 });
}

function podArbitrary(unique: boolean): fc.Arbitrary<JsonObject> {
  const port = fc.record(
    {
      containerPort: fc.integer({ min: 1, max: 4 }),
      protocol: fc.constantFrom('TCP', 'UDP'),
      name: fc.constantFrom('a', 'b'),
    },
    { requiredKeys: ['containerPort'] },
  );
  const env = fc.record({
    name: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
    value: fc.constantFrom('1', '2', 'x$(A)', '$(C)'),
  });
  const container = fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      image: fc.constantFrom('x:1', 'x:2', 'x'),
      imagePullPolicy: fc.constantFrom('Always', 'IfNotPresent', 'Never'),
      tty: fc.boolean(),
      livenessProbe: fc.record({ periodSeconds: fc.constantFrom(10, 5) }),
      args: fc.array(fc.constantFrom('-a', '-b', '-c'), { maxLength: 5 }),
      ports: listOf(port, (item) => `${item.containerPort} ${item.protocol ?? 'TCP'}`, unique),
      env: listOf(env, (item) => item.name, unique),
      resources: fc.record({ limits: fc.dictionary(fc.constantFrom('cpu', 'memory'), quantity) }),
    },
    { requiredKeys: ['name', 'image'] },
  );
  const metadata = fc.record(
    {
      name: fc.constant('p'),
      uid: fc.constant('u'),
      resourceVersion: fc.constantFrom('1', '2'),
      annotations: fc.dictionary(
        fc.constantFrom('a/b', 'c~d', 'kubectl.kubernetes.io/last-applied-configuration'),
        fc.constantFrom('{}', '{"a":1}'),
        // The API server leaves what is empty out.
        { minKeys: 1 },
      ),
      finalizers: fc.array(fc.constantFrom('orphan', 'x/y', 'z/w'), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['name'] },
  );
  const toleration = fc.record(
    {
      key: fc.constantFrom('node.kubernetes.io/not-ready', 'mine'),
      effect: fc.constant('NoExecute'),
      tolerationSeconds: fc.constantFrom(300, 5),
    },
    { requiredKeys: ['key'] },
  );
  const spec = fc.record({
    containers: listOf(container, (item) => item.name, unique),
    initContainers: listOf(container, (item) => item.name, unique),
    tolerations: fc.array(toleration, { minLength: 1, maxLength: 3 }),
  });
  const status = fc.record({ phase: fc.constantFrom('Running', 'Pending') });
  return fc
    .record(
      { apiVersion: fc.constant('v1'), kind: fc.constant('Pod'), metadata, spec, status },
      { requiredKeys: ['apiVersion', 'kind', 'metadata', 'spec'] },
    )
    .map((plain) => jsonFrom(plain) as JsonObject);
}
const pod = podArbitrary(false);

/** `value` with the elements of every list-map and set the other way round. */
function reordered(value: JsonValue, place: SchemaPlace | undefined): JsonValue {
  if (value instanceof Map) {
    return new Map([...value].reverse().map(([key, field]) => [key, reordered(field, place?.field(key))]));
  }
  if (!Array.isArray(value)) return value;
  const items = value.map((item) => reordered(item, place?.item));
  const hasOrder = place === undefined || place.list === 'atomic' || place.isOrdered?.(value) === true;
  return hasOrder ? items : items.reverse();
}

describe('semantic difference', () => {
  it('of an object from itself is empty', () => {
    fc.assert(
      fc.property(pod, jsonValue(false), (object, any) => {
        assert.deepEqual(semanticDiff(object, object, schemaOf(object)), []);
        assert.deepEqual(semanticDiff(any, any, undefined), []);
      }),
    );
  });

  it('as a patch gives the other object', () => {
    fc.assert(
      fc.property(pod, pod, (before, after) => {
        const schema = schemaOf(before);
        const patched = applyJsonPatch(
          before,
          jsonPatch(semanticDiff(before, after, schema), before, before),
        );
        assert.equal(canonicalText(patched, schema), canonicalText(after, schema));
      }),
      { numRuns: 1000 },
    );
  });

  it('as a patch gives exactly the other value where there is no schema', () => {
    const value = jsonValue(false);
    fc.assert(
      fc.property(value, value, (before, after) => {
        const patched = applyJsonPatch(
          before,
          jsonPatch(semanticDiff(before, after, undefined), before, before),
        );
        assert.equal(canonicalText(patched, undefined), canonicalText(after, undefined));
      }),
      { numRuns: 1000 },
    );
  });

  it('of what people wrote can be applied to what a server gave', () => {
    fc.assert(
      fc.property(pod, pod, (before, after) => {
        const schema = schemaOf(before);
        const compared = comparable(before);
        const operations = jsonPatch(semanticDiff(compared, comparable(after), schema), compared, before);
        const patched = applyJsonPatch(before, operations) as JsonObject;
        assert.equal(canonicalText(comparable(patched), schema), canonicalText(comparable(after), schema));
        assert.deepEqual(patched.get('status'), before.get('status'));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not see the order of list-maps, sets and keys', () => {
    fc.assert(
      fc.property(podArbitrary(true), (object) => {
        const schema = schemaOf(object);
        assert.deepEqual(lines(object, reordered(object, schema)), []);
      }),
    );
  });

  it('takes quantities for amounts, at the places of quantities only', () => {
    const object = (limit: string, value: string): JsonObject =>
      yaml(`{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, env: [{name: E, value: "${value}"}],
        resources: {limits: {cpu: ${limit}}}}]}}`);
    assert.deepEqual(lines(object('1000m', '1'), object('1', '1')), []);
    assert.deepEqual(lines(object('1000m', '1000m'), object('1', '1')), [
      'replace spec.containers[a].env[E].value',
    ]);
  });

  it('names elements by their keys, and edits atomic lists as little as it can', () => {
    const object = (args: string, port: number): JsonObject =>
      yaml(`{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [
        {name: web, args: ${args}, ports: [{containerPort: ${port}}]}]}}}}`);
    assert.deepEqual(lines(object('[a, b, c]', 80), object('[b, x, c]', 80)), [
      'remove spec.template.spec.containers[web].args[0]',
      'add spec.template.spec.containers[web].args[1]',
    ]);
    assert.deepEqual(lines(object('[]', 80), object('[]', 8080)), [
      'remove spec.template.spec.containers[web].ports[80]',
      'add spec.template.spec.containers[web].ports[8080]',
    ]);
  });

  it('tells a new order where it counts, and only there, in one change', () => {
    const object = (initContainers: string, env: string, args: string): JsonObject =>
      yaml(`{apiVersion: v1, kind: Pod, spec: {initContainers: [${initContainers}],
        containers: [{name: main, env: [${env}], args: [${args}]}]}}`);
    const before = object(
      '{name: a}, {name: b}, {name: c}',
      '{name: X, value: "1"}, {name: Y, value: "2"}',
      'x, y',
    );
    const plain = object(
      '{name: a}, {name: b}, {name: c}',
      '{name: Y, value: "2"}, {name: X, value: "1"}',
      'x, y',
    );
    assert.deepEqual(lines(before, plain), []);
    const [moved, ...others] = semanticDiff(
      before,
      object(
        '{name: c}, {name: new}, {name: a}, {name: b, image: i}',
        '{name: X, value: "1"}, {name: Y, value: "2"}',
        'y, x',
      ),
      schemaOf(before),
    );
    assert.deepEqual([moved?.op, moved?.label], ['reorder', 'spec.initContainers']);
    assert.deepEqual(
      [moved?.before, moved?.after],
      [
        ['a', 'b', 'c'],
        ['c', 'a', 'b'],
      ],
    );
    assert.deepEqual(
      others.map(({ op, label }) => `${op} ${label}`),
      [
        'add spec.initContainers[new]',
        'add spec.initContainers[b].image',
        'reorder spec.containers[main].args',
      ],
    );
  });

  it('takes the order of variables for meant where one names another', () => {
    const object = (env: string): JsonObject =>
      yaml(`{apiVersion: v1, kind: Pod, spec: {containers: [{name: main, env: [${env}]}]}}`);
    const [host, url] = ['{name: HOST, value: db}', '{name: URL, value: "http://$(HOST)"}'];
    assert.deepEqual(lines(object(`${host}, ${url}`), object(`${url}, ${host}`)), [
      'reorder spec.containers[main].env',
    ]);
  });

  it('takes a missing field for its default', () => {
    const object = (container: string, spec: string): JsonObject =>
      yaml(
        `{apiVersion: apps/v1, kind: Deployment, spec: {${spec} template: {spec: {containers: [{name: a, ${container}}]}}}}`,
      );
    const [short, long] = [
      object('image: "i:1", livenessProbe: {httpGet: {port: 80}}', ''),
      object(
        'image: "i:1", imagePullPolicy: IfNotPresent, livenessProbe: {httpGet: {port: 80, scheme: HTTP, path: /}, periodSeconds: 10}',
        'replicas: 1, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}},',
      ),
    ];
    assert.deepEqual(lines(short, long), []);
    assert.deepEqual(lines(long, short), []);
    assert.deepEqual(lines(short, object('image: "i:1", imagePullPolicy: Always', 'replicas: 2,')), [
      'remove spec.template.spec.containers[a].livenessProbe',
      'add spec.template.spec.containers[a].imagePullPolicy',
      'add spec.replicas',
    ]);
  });

  it('gives a missing key of a list-map its default', () => {
    const object = (more: string): JsonObject =>
      yaml(`{apiVersion: v1, kind: Service, spec: {ports: [{port: 53${more}}, {port: 53, protocol: UDP}]}}`);
    assert.deepEqual(lines(object(''), object(', name: dns')), ['add spec.ports[53].name']);
  });

  it('looks into text that holds an object', () => {
    const object = (text: string): JsonObject =>
      new Map<string, JsonValue>([
        ['apiVersion', 'v1'],
        ['kind', 'ConfigMap'],
        ['data', new Map([['app.yaml', text]])],
      ]);
    const [change] = semanticDiff(
      object('log:\n  level: info\n'),
      object('log:\n  level: debug\n'),
      undefined,
    );
    assert.deepEqual(
      change?.embedded?.map(({ label }) => label),
      ['log.level'],
    );
    const [layout] = semanticDiff(object('{"a":1,"b":2}'), object('{"b": 2, "a": 1}'), undefined);
    assert.deepEqual(layout?.embedded, []);
  });

  it('takes the rules of a custom kind from its definition', () => {
    const schemas = new SchemaCatalog();
    schemas.addDefinition(
      yaml(`{kind: CustomResourceDefinition, spec: {group: x.example, names: {kind: Thing}, versions: [{name: v1, schema: {
        openAPIV3Schema: {properties: {spec: {properties: {
          rules: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [host, path],
            items: {properties: {path: {default: /}}}},
          tags: {type: array, x-kubernetes-list-type: set}}}}}}}]}}`),
    );
    const schema = schemas.schemaOf({ group: 'x.example', version: 'v1', kind: 'Thing' });
    const before = yaml('{spec: {rules: [{host: a}, {host: b, to: 1}], tags: [x, y]}}');
    const after = yaml('{spec: {rules: [{host: b, path: /, to: 2}, {host: a}], tags: [y, x]}}');
    assert.deepEqual(lines(before, after, schema), ['replace spec.rules[b].to']);
  });
});
