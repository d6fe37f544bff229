import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluateJsonPath, jsonPathText } from '../../src/resources/jsonpath.ts';
import { parseJsonPath } from '../../src/resources/jsonpath-parser.ts';
import { DOCUMENT_SEPARATOR } from '../../src/resources/yaml-emit.ts';
import { parseJson } from '../../src/resources/json-text.ts';
import type { JsonValue } from '../../src/resources/json-value.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { releaseSet } from '../operations/release-set.ts';

const NAMESPACE = 'jsonpath';
/** kubectl is a process for each. */
const TEMPLATES = 40;
const WIDTH = 4;

const FIXED = [
  '{.items[*].metadata.name}',
  '{.items[?(@.kind=="Service")].spec.ports[?(@.port>8080)].name}',
  '{.items[?(@.spec.replicas<1)].metadata.name}',
  '{.items[?(@.spec.replicas)].metadata.name}',
  '{range .items[*]}{.kind}/{.metadata.name}{"\\t"}{.spec.template.spec.containers[*].image}{"\\n"}{end}',
  '{.items[?(@.kind=="Deployment")].spec.template.spec.containers[0].env[?(@.value=="db")].name}',
  '{.items[0].metadata.labels.app\\.kubernetes\\.io/name}',
  "{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}",
  '{.items[?(@.spec.type!="ClusterIP")].kind}',
  '{.items[-1:].metadata.name}',
  '{.items[0,-1].kind}',
  '{.items[?(@.kind==1)].kind}',
  '{.items[99].kind}',
  '{.items[?(@.metadata.labels.nothing=="x")]}',
  '{..containerPort}',
  '{.items[?(@.spec.ports[5])].kind}',
  '{$.kind}{@.apiVersion}',
  '{.items[0].metadata.managedFields[0].manager}',
  '{.items[*].spec.template.spec.containers[*].resources.limits}',
];

/** A step from a list of objects, and steps within one. */
const step = fc.constantFrom(
  '.metadata',
  '.name',
  '.spec',
  '.template',
  '.spec.template.spec',
  '.containers',
  '.ports',
  '.env',
  '.labels',
  '.kind',
  '.spec.ports',
  '.spec.template.spec.containers',
  '.port',
  '.value',
  '.missing',
  '[0]',
  '[-1]',
  '[*]',
  '[0:2]',
  '[1:]',
  '[:1]',
  '[::2]',
  '[0,1]',
  '[3]',
  "['name']",
  "['name','port']",
  '.nothing.at.all',
  '.data',
  '[]',
  '[2:1]',
  '[0:0]',
  '.*[0]',
);
const operand = fc.constantFrom(
  '"main"',
  "'http'",
  '8080',
  '1',
  'true',
  '"Service"',
  '1.5',
  '@.name',
  '"a b"',
  '-1',
);
const condition = fc.oneof(
  fc.constantFrom('@.name', '@.port', '@.missing', '@.kind', '@.spec.ports[0]', '@.value', '@'),
  fc
    .tuple(
      fc.constantFrom('@.name', '@.port', '@.containerPort', '@.kind', '@.spec.replicas', '@.missing'),
      fc.constantFrom('==', '!=', '<', '>', '<=', '>=', '=', '=='),
      operand,
    )
    .map((parts) => parts.join('')),
);
const path = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: step },
      { weight: 2, arbitrary: condition.map((text) => `[?(${text})]`) },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map(
    (steps) =>
      `.items${fc.sample(fc.constantFrom('[*]', '[0]', '[?(@.kind)]'), { numRuns: 1, seed: steps.length })[0] ?? ''}${steps.join('')}`,
  );
const template = fc.oneof(
  { weight: 4, arbitrary: path.map((text) => `{${text}}`) },
  { weight: 1, arbitrary: fc.tuple(path, path).map(([one, two]) => `a{${one}}b{${two}}`) },
  { weight: 1, arbitrary: step.map((text) => `{range .items[*]}{.kind}:{${text}}{"\\n"}{end}`) },
);

function cut(text: string | undefined): string {
  return text === undefined ? 'refused' : text.slice(0, 200);
}

describe('JSONPath beside kubectl', function () {
  this.timeout(120_000);
  before(requirement('cluster'));
  let cluster: TestCluster;
  let objects: JsonValue;
  const get = ['get', 'deployments,services,configmaps', '-n', NAMESPACE, '--sort-by=.metadata.name', '-o'];

  before(async () => {
    cluster = await sharedCluster();
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await cluster.kubectl(['apply', '--filename=-'], stable());
    await cluster.kubectl(['rollout', 'status', 'deployment/service-0', '-n', NAMESPACE, '--timeout=60s']);
    objects = parseJson(await cluster.kubectl([...get, 'json', '--show-managed-fields']));
  });
  after(() => cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']));

  async function theirs(text: string): Promise<string | undefined> {
    return cluster.kubectl([...get, `jsonpath=${text}`]).catch(() => undefined);
  }

  /** Objects that no controller writes to once they are there. */
  function stable(): string {
    return releaseSet(NAMESPACE, 1)
      .split(DOCUMENT_SEPARATOR)
      .filter((text) => /^kind: (?:Service|ConfigMap|Deployment)$/m.test(text))
      .map((text) => text.replace('replicas: 2', 'replicas: 0'))
      .join(DOCUMENT_SEPARATOR);
  }

  function ours(text: string): string | undefined {
    try {
      return jsonPathText(evaluateJsonPath(parseJsonPath(text), objects));
    } catch (error) {
      assert.ok(
        error instanceof Error && (error.name === 'JsonPathMisfit' || 'code' in error),
        String(error),
      );
      return undefined;
    }
  }

  /** Go walks over the fields of an object in any order. */
  function comparable(text: string | undefined, of: string): string | undefined {
    return of.includes('.*') || of.includes('..')
      ? (text ?? 'failed').split(/(?=.)/su).sort().join('')
      : text;
  }

  it('gives and refuses the same', async () => {
    const all = [...FIXED, ...fc.sample(template, TEMPLATES)].values();
    const counts = { given: 0, refused: 0 };
    const work = async (): Promise<void> => {
      for (const text of all) {
        const expected = await theirs(text);
        const same = comparable(ours(text), text) === comparable(expected, text);
        assert.ok(same, `${text}: ${cut(ours(text))}, kubectl: ${cut(expected)}`);
        counts[expected === undefined ? 'refused' : 'given'] += 1;
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
    assert.ok(counts.given > 20 && counts.refused > 5, JSON.stringify(counts));
  });
});
