/** A real server decides what the columns of each kind are: kubectl prints its answer, and ours are made of the same objects. */
import assert from 'node:assert/strict';
import { columnsOf } from '../../src/operations/object-columns/index.ts';
import { BUILT_IN_KINDS } from '../../src/resources/built-in-kinds.ts';
import { parseJson } from '../../src/resources/json-text.ts';
import { arrayAt, isJsonObject, stringAt, type JsonObject } from '../../src/resources/json-value.ts';
import { identityOf } from '../../src/resources/object-path.ts';
import { isNewestKubernetes } from '../cluster/binary.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { COLUMN_OBJECTS, COLUMNS_NAMESPACE as NAMESPACE, POD_STATES } from './column-objects.ts';

/** Ages pass while the test runs: only their form is compared. */
const withoutAges = (cell: string): string => cell.replace(/\b(?:\d+[ydhms]){1,2}\b/g, 'AGE');

/** Columns that the newest server fills otherwise than the oldest, by resource; some it has alone. Ours are the newest's. */
const NEWER_CELLS: ReadonlyMap<string, readonly string[]> = new Map([
  ['nodes', ['KERNEL-VERSION']],
  ['pods', ['STATUS']],
]);

/** Cells of kubectl's table: where the headers begin, the columns do. */
function parseTable(text: string): string[][] {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const starts = [...header.matchAll(/\S+(?: \S+)*/g)].map(({ index }) => index);
  return [header, ...lines].map((line) =>
    starts.map((start, index) => line.slice(start, starts[index + 1]).trim()),
  );
}

describe('columns of kinds', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let isNewest: boolean;

  before(requirement('cluster'));
  before(async () => {
    cluster = await sharedCluster();
    isNewest = await isNewestKubernetes();
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await cluster.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: COLUMN_OBJECTS.slice(0, 1) }),
    );
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd/gadgets.columns.example.com']);
    await cluster.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: COLUMN_OBJECTS }),
    );
    const states = Object.entries(POD_STATES).map(([name, status]) => {
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `state-${name}`, namespace: NAMESPACE },
        status,
      };
    });
    await cluster.kubectl(
      ['apply', '-f', '-', '--server-side', '--force-conflicts', '--subresource=status'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: states }),
    );
    await cluster.kubectl([
      'rollout',
      'status',
      `--namespace=${NAMESPACE}`,
      'deployment/web',
      '--timeout=60s',
    ]);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    const ofCluster = COLUMN_OBJECTS.flatMap((object) => {
      const identity = object as { kind: string; metadata: { name: string; namespace?: string } };
      return identity.metadata.namespace === undefined ? [`${identity.kind}/${identity.metadata.name}`] : [];
    });
    await cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', ...ofCluster]);
  });

  async function objectsOf(resource: string): Promise<JsonObject[]> {
    const list = parseJson(await cluster.kubectl(['get', resource, '-A', '-o', 'json']));
    return arrayAt(list, 'items').filter((item) => isJsonObject(item));
  }

  async function compare(resource: string): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      const objects = await objectsOf(resource);
      if (objects.length === 0) return 0;
      const [header = [], ...rows] = parseTable(await cluster.kubectl(['get', resource, '-A', '-o', 'wide']));
      try {
        check(resource, objects, header, rows);
        return objects.length;
      } catch (error) {
        // The cluster lives on: what changed between the two looks is looked at again.
        if (attempt === 5) throw error;
      }
    }
  }

  const definitions = new Map<string, JsonObject>();
  /** The rows in some order, of the columns that both tables have and fill alike. */
  function comparable(resource: string, header: string[], rows: string[][], other: string[]): string[][] {
    const filledOtherwise = isNewest ? [] : (NEWER_CELLS.get(resource) ?? []);
    const isCompared = (name: string): boolean => other.includes(name) && !filledOtherwise.includes(name);
    return rows.map((row) => row.filter((_, index) => isCompared(header[index] ?? ''))).sort();
  }

  function check(resource: string, objects: JsonObject[], header: string[], theirs: string[][]): void {
    const identity = identityOf(objects[0] ?? null);
    assert.ok(identity);
    const columns = columnsOf(identity, definitions.get(identity.kind));
    const isNamespaced = identity.namespace !== undefined;
    const ourHeader = [...(isNamespaced ? ['NAMESPACE'] : []), ...columns.map((column) => column.header)];
    if (isNewest) assert.deepEqual(ourHeader, header, resource);
    const context = { nowMs: Date.now(), wide: true };
    const ours = objects.map((object) => [
      ...(isNamespaced ? [stringAt(object, 'metadata', 'namespace') ?? ''] : []),
      ...columns.map((column) => column.cell(object, context).split('\n')[0] ?? ''),
    ]);
    const ourCells = ours.map((row) => row.map((cell) => withoutAges(cell).trim()));
    const theirCells = theirs.map((row) => row.map((cell) => withoutAges(cell.replace(/\.\.\.$/, '...'))));
    assert.deepEqual(
      comparable(resource, ourHeader, ourCells, header),
      comparable(resource, header, theirCells, ourHeader),
      resource,
    );
  }

  it('are those of kubectl get -o wide, cell by cell, for every built-in kind that there are objects of', async () => {
    const served = (await cluster.kubectl(['api-resources', '--verbs=list', '-o', 'name']))
      .trim()
      .split('\n');
    const compared = new Set<string>();
    for (const { group, plural, kind } of BUILT_IN_KINDS) {
      const resource = group === '' ? plural : `${plural}.${group}`;
      if (kind === 'ComponentStatus' || !served.includes(resource) || group === 'events.k8s.io') continue;
      if ((await compare(resource)) > 0) compared.add(kind);
    }
    for (const kind of [
      'Pod',
      'Deployment',
      'Service',
      'Ingress',
      'Node',
      'Event',
      'PersistentVolume',
      'Job',
    ]) {
      assert.ok(compared.has(kind), kind);
    }
    assert.ok(compared.size >= 35, [...compared].join(' '));
  });

  it('are those that a CustomResourceDefinition asks for', async () => {
    for (const definition of await objectsOf('customresourcedefinitions')) {
      definitions.set(stringAt(definition, 'spec', 'names', 'kind') ?? '', definition);
    }
    assert.equal(await compare('gadgets.columns.example.com'), 2);
  });
});
