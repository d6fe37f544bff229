/**
 * `npx tsx bench/plan.ts [--objects 5000] [--rounds 3]`: planning a restore beside its bare dry-run requests, one for each object at the
 * same parallelism, alternating in the same run; into an empty namespace and over objects that are there. Prints ratios and PASS or FAIL;
 * exits with 1 at a FAIL. The cluster is started for it and removed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openClusterClient, type ClusterClient } from '../src/connectors/cluster-client/index.ts';
import { recordFromObject } from '../src/connectors/object-record.ts';
import { createFileSink } from '../src/connectors/stores/file-store.ts';
import { createArchive } from '../src/format/index.ts';
import { openArchiveFile } from '../src/operations/open-archive.ts';
import { makePlan, REQUESTS_WIDTH } from '../src/operations/plan/make-plan.ts';
import { nodePrimitives } from '../src/platform/node/primitives.ts';
import { stringifyJson } from '../src/resources/json-text.ts';
import { jsonFrom, type JsonObject } from '../src/resources/json-value.ts';
import { identityOf, pathOf } from '../src/resources/object-path.ts';
import { startCluster } from '../test/cluster/harness.ts';

const RATIO_MAX = 2;
const NAMESPACE = 'plan-bench';

const { values } = parseArgs({
  options: { objects: { type: 'string', default: '5000' }, rounds: { type: 'string', default: '3' } },
});
const [count, rounds] = [Number(values.objects), Number(values.rounds)];
const directory = await mkdtemp(path.join(os.tmpdir(), 'plan-bench-'));
const cluster = await startCluster({ directory: path.join(directory, 'cluster') });
try {
  const client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
  await client.text({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: JSON.stringify({ metadata: { name: NAMESPACE } }),
  });
  const objects = Array.from({ length: count }, (_, index) => objectAt(index));
  const file = await archiveOf(objects);
  const results = [await compare('create', client, objects, file)];
  await inParallel(objects, (object) => send(client, object, 'POST', ''));
  results.push(await compare('present', client, objects, file));
  await client.close();
  if (results.includes(false)) process.exitCode = 1;
} finally {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
}

/** Half ConfigMaps of a KiB, a quarter each of Deployments and Services: what namespaces are full of. */
function objectAt(index: number): JsonObject {
  const metadata = { name: `object-${index}`, namespace: NAMESPACE, labels: { app: `app-${index}` } };
  if (index % 2 === 0) {
    const data = { index: String(index), text: 'lorem ipsum '.repeat(80) };
    return jsonFrom({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }) as JsonObject;
  }
  if (index % 4 === 1) {
    const spec = { clusterIP: 'None', selector: metadata.labels, ports: [{ port: 80 }] };
    return jsonFrom({ apiVersion: 'v1', kind: 'Service', metadata, spec }) as JsonObject;
  }
  const template = {
    metadata: { labels: metadata.labels },
    spec: { containers: [{ name: 'main', image: 'registry.test/app:1', env: [{ name: 'A', value: 'b' }] }] },
  };
  const spec = { replicas: 0, selector: { matchLabels: metadata.labels }, template };
  return jsonFrom({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }) as JsonObject;
}

async function archiveOf(objects: readonly JsonObject[]): Promise<string> {
  const file = path.join(directory, 'bench.ptar');
  const writer = await createArchive(await createFileSink(file), {
    primitives: nodePrimitives,
    encryption: 'plaintext',
  });
  const snapshot = writer.beginSnapshot({ importer: { type: 'k8s', origin: 'bench', directory: '/' } });
  for (const object of objects) {
    const identity = identityOf(object);
    if (identity !== undefined) await snapshot.add(recordFromObject(pathOf(identity), object));
  }
  await snapshot.finish();
  await writer.close();
  return file;
}

async function compare(
  name: 'create' | 'present',
  client: ClusterClient,
  objects: readonly JsonObject[],
  file: string,
): Promise<boolean> {
  const times = { bare: [] as number[], plan: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.bare.push(
      await timed(() =>
        inParallel(objects, (object) =>
          name === 'create'
            ? send(client, object, 'POST', 'dryRun=All')
            : send(client, object, 'PATCH', 'dryRun=All&force=true'),
        ),
      ),
    );
    times.plan.push(await timed(() => plan(file, name === 'create' ? 'create' : 'unchanged')));
  }
  const [bare, planned] = [Math.min(...times.bare), Math.min(...times.plan)];
  const isPassed = planned / bare <= RATIO_MAX;
  process.stdout.write(
    `${name}: ${count} objects, ${REQUESTS_WIDTH} requests at a time: bare dry runs ${bare.toFixed(0)} ms, plan ${planned.toFixed(0)} ms, ` +
      `ratio ${(planned / bare).toFixed(2)}, at most ${RATIO_MAX}: ${isPassed ? 'PASS' : 'FAIL'}\n`,
  );
  return isPassed;
}

async function plan(file: string, expected: string): Promise<void> {
  const archive = await openArchiveFile(file);
  const [snapshot] = await archive.snapshots();
  if (snapshot === undefined) throw new Error('no snapshot');
  const request = { archive, snapshot, selection: { selections: [] }, target: 'k8s://' };
  for await (const event of makePlan({ ...request, access: { kubeconfig: cluster.kubeconfig } })) {
    if (event.event !== 'planned') continue;
    const others = event.plan.items.filter(({ verdict }) => verdict !== expected);
    if (others.length > 0) {
      throw new Error(`${others.length} objects are not ${expected}: ${others[0]?.reason ?? ''}`);
    }
  }
  await archive.close();
}

async function send(
  client: ClusterClient,
  object: JsonObject,
  method: 'POST' | 'PATCH',
  query: string,
): Promise<void> {
  const identity = identityOf(object);
  if (identity === undefined) return;
  const { group, version, kind, name } = identity;
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = `${base}/namespaces/${NAMESPACE}/${kind.toLowerCase()}s`;
  await client.text({
    method,
    path: `${collection}${method === 'POST' ? '' : `/${name}`}?fieldManager=ptar&${query}`,
    body: stringifyJson(object),
    ...(method === 'PATCH' && { contentType: 'application/apply-patch+yaml' }),
  });
}

async function inParallel(
  objects: readonly JsonObject[],
  work: (object: JsonObject) => Promise<void>,
): Promise<void> {
  const waiting = objects.values();
  const run = async (): Promise<void> => {
    for (const object of waiting) await work(object);
  };
  await Promise.all(Array.from({ length: REQUESTS_WIDTH }, run));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
