/** The check of custom resources without an API server, held against what a real one says of the same objects. */
import assert from 'node:assert/strict';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { definedSchema, schemaProblem } from '../../src/resources/schema-check.ts';
import { openClusterClient, type ClusterClient } from '../../src/connectors/cluster-client/index.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';

const GROUP = 'schema-check.example.com';
const text = { type: 'string' };
const properties = {
  short: { type: 'string', minLength: 2, maxLength: 4 },
  lower: { type: 'string', pattern: '^[a-z]+$' },
  posix: { type: 'string', pattern: '^[[:digit:]]+$' },
  size: { type: 'string', enum: ['S', 'M', 'L'] },
  whole: { type: 'integer', minimum: 1, maximum: 9 },
  above: { type: 'number', minimum: 1, exclusiveMinimum: true },
  below: { type: 'number', maximum: 9, exclusiveMaximum: true },
  flag: { type: 'boolean' },
  port: { 'x-kubernetes-int-or-string': true },
  maybe: { type: 'string', nullable: true },
  list: { type: 'array', minItems: 1, maxItems: 2, items: text },
  labels: { type: 'object', additionalProperties: text },
  open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  nested: {
    type: 'object',
    required: ['name', 'mode'],
    properties: { name: text, mode: { type: 'string', default: 'auto' } },
  },
} as const;
const SCHEMA = {
  type: 'object',
  required: ['spec'],
  properties: { spec: { type: 'object', required: ['lower'], properties } },
};

/** What is in `spec`; what the check says, empty where nothing. */
const CASES: readonly (readonly [spec: unknown, problem: string])[] = [
  [undefined, 'spec is required'],
  [null, 'spec is required'],
  ['text', 'spec is not an object'],
  [{}, 'spec.lower is required'],
  [{ lower: 'ok' }, ''],
  [{ lower: 'OK' }, 'spec.lower does not match ^[a-z]+$'],
  [{ lower: 7 }, 'spec.lower is not text'],
  [{ lower: 'ok', unknown: { of: 'the schema' } }, ''],
  [{ lower: 'ok', short: 'a' }, 'spec.short is too short'],
  [{ lower: 'ok', short: 'abcde' }, 'spec.short is too long'],
  // Characters, not units of UTF-16.
  [{ lower: 'ok', short: '\u{1f600}'.repeat(4) }, ''],
  [{ lower: 'ok', short: '\u{1f600}' }, 'spec.short is too short'],
  [{ lower: 'ok', posix: '123' }, ''],
  [{ lower: 'ok', size: 'M' }, ''],
  [{ lower: 'ok', size: 'XL' }, 'spec.size is none of the values that its schema allows'],
  [{ lower: 'ok', whole: 9 }, ''],
  [{ lower: 'ok', whole: 0 }, 'spec.whole is below 1'],
  [{ lower: 'ok', whole: 10 }, 'spec.whole is above 9'],
  [{ lower: 'ok', whole: 1.5 }, 'spec.whole is not a whole number'],
  [{ lower: 'ok', whole: '5' }, 'spec.whole is not a whole number'],
  [{ lower: 'ok', above: 1 }, 'spec.above is below 1'],
  [{ lower: 'ok', above: 1.1 }, ''],
  [{ lower: 'ok', below: 9 }, 'spec.below is above 9'],
  [{ lower: 'ok', flag: true }, ''],
  [{ lower: 'ok', flag: 'true' }, 'spec.flag is not true or false'],
  [{ lower: 'ok', port: 80 }, ''],
  [{ lower: 'ok', port: 'http' }, ''],
  [{ lower: 'ok', port: true }, 'spec.port is not a number or text'],
  [{ lower: 'ok', maybe: null }, ''],
  [{ lower: null }, 'spec.lower is required'],
  [{ lower: 'ok', list: ['a'] }, ''],
  [{ lower: 'ok', list: [] }, 'spec.list has too few elements'],
  [{ lower: 'ok', list: ['a', 'b', 'c'] }, 'spec.list has too many elements'],
  [{ lower: 'ok', list: ['a', 1] }, 'spec.list[1] is not text'],
  [{ lower: 'ok', list: { a: 1 } }, 'spec.list is not a list'],
  [{ lower: 'ok', labels: { a: 'b' } }, ''],
  [{ lower: 'ok', labels: { a: 1 } }, 'spec.labels.a is not text'],
  [{ lower: 'ok', open: { anything: [1, { goes: null }] } }, ''],
  [{ lower: 'ok', nested: { name: 'a' } }, ''],
  [{ lower: 'ok', nested: { mode: 'b' } }, 'spec.nested.name is required'],
  [{ lower: 'ok', nested: { name: 'a', mode: null } }, ''],
  [{ lower: 'ok', nested: { name: null, mode: 'b' } }, 'spec.nested.name is required'],
  [{ lower: 'ok', labels: { a: null } }, ''],
  [{ lower: 'ok', list: [null] }, 'spec.list[0] is null'],
  [{ lower: 'ok', port: null }, ''],
  [{ lower: 'ok', flag: null }, ''],
];

const json = (plain: object): JsonObject => jsonFrom(plain) as JsonObject;
const thing = (spec: unknown): object => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Thing',
  metadata: { name: 'x', namespace: 'default' },
  ...(spec !== undefined && { spec }),
});

describe('check against a schema', () => {
  for (const [spec, problem] of CASES) {
    it(`${spec === undefined ? 'nothing' : JSON.stringify(spec)}: ${problem || 'nothing wrong'}`, () => {
      assert.equal(schemaProblem(json(thing(spec)), json(SCHEMA)) ?? '', problem);
    });
  }

  it('takes the schema of the version, as long as it is served', () => {
    const version = (name: string, served: boolean): object => ({
      name,
      served,
      schema: { openAPIV3Schema: { type: 'object', description: name } },
    });
    const definition = json({
      spec: { versions: [version('v1', true), version('v2', false), { name: 'v3', served: true }] },
    });
    assert.equal(definedSchema(definition, 'v1')?.get('description'), 'v1');
    assert.equal(definedSchema(definition, 'v2'), undefined);
    assert.equal(definedSchema(definition, 'v3')?.size, 0);
    assert.equal(definedSchema(definition, 'v4'), undefined);
  });

  it('leaves what every API server fills in, and patterns that JavaScript does not know', () => {
    const schema = json({
      type: 'object',
      required: ['apiVersion', 'metadata', 'status'],
      properties: { metadata: { type: 'string' }, odd: { type: 'string', pattern: '(?P<go>x)' } },
    });
    assert.equal(schemaProblem(json({ ...thing({}), status: 1, odd: 'y' }), schema), undefined);
    assert.equal(schemaProblem(json(thing({})), schema), 'status is required');
  });

  it('ends with a schema or an object that is nested without end', () => {
    let [schema, value]: object[] = [{ type: 'string' }, {}];
    for (let depth = 0; depth < 500; depth++) {
      schema = { type: 'object', additionalProperties: schema };
      value = { a: value };
    }
    assert.equal(schemaProblem(json(value ?? {}), json(schema ?? {})), undefined);
  });
});

describe('check against a schema and a real API server', function () {
  this.timeout(90_000);
  let client: ClusterClient;
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
    const definition = {
      metadata: { name: `things.${GROUP}` },
      spec: {
        group: GROUP,
        scope: 'Namespaced',
        names: { plural: 'things', kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: SCHEMA } }],
      },
    };
    await client.text({ method: 'POST', path: definitions, body: JSON.stringify(definition) });
    await cluster.kubectl(['wait', `crd/things.${GROUP}`, '--for=condition=Established', '--timeout=30s']);
  });
  after(async () => {
    await client.text({ method: 'DELETE', path: `${definitions}/things.${GROUP}` });
    await client.close();
  });

  it('agree on every case', async () => {
    const path = `/apis/${GROUP}/v1/namespaces/default/things?dryRun=All`;
    const disagreements: string[] = [];
    for (const [spec, problem] of CASES) {
      const body = JSON.stringify(thing(spec));
      const said = await client.text({ method: 'POST', path, body }).then(
        () => '',
        (error: unknown) => String(error),
      );
      if ((said === '') !== (problem === '')) {
        disagreements.push(`${body}: ptar says "${problem}", the API server "${said}"`);
      }
    }
    assert.deepEqual(disagreements, []);
  });
});
