/**
 * `npx tsx bench/capture.ts [--objects 10000] [--rounds 5]`: captures of a live cluster beside a bare paged LIST and `kubectl get -o yaml`, in
 * the same run, alternating. Prints ratios and PASS or FAIL; exits with 1 at a FAIL. The cluster is started for it and removed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  collectionPath,
  discoverResources,
  openClusterClient,
  preferredResources,
  type ApiResource,
  type ClusterClient,
} from '../src/connectors/cluster-client/index.ts';
import { openKubernetesImporter } from '../src/connectors/kubernetes/index.ts';
import { leftOutByDefault } from '../src/connectors/kubernetes/selection.ts';
import { binaryOf } from '../test/cluster/binary.ts';
import { startCluster } from '../test/cluster/harness.ts';
import { measure } from './measured-run.ts';

const IMPORT_RATIO_MAX = 2;
const MEMORY_MAX = 512e6;
const NAMESPACES = 50;
const CREATE_WIDTH = 32;

const { values } = parseArgs({
  options: { objects: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '5' } },
});
const [objects, rounds] = [Number(values.objects), Number(values.rounds)];
const root = fileURLToPath(new URL('..', import.meta.url));
const directory = await mkdtemp(path.join(os.tmpdir(), 'k8s-bench-'));
const cluster = await startCluster({ directory: path.join(directory, 'cluster') });
try {
  await run();
} finally {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
  try {
    await fill(client);
    await measure('npm', ['run', '--silent', 'build']);
    const kinds = preferredResources(await discoverResources(client)).filter(
      (resource) => resource.verbs.includes('list') && leftOutByDefault(resource) === undefined,
    );
    const times = {
      list: [] as number[],
      importer: [] as number[],
      ptar: [] as number[],
      kubectl: [] as number[],
    };
    let memory = 0;
    let cpu = Number.POSITIVE_INFINITY;
    let count = 0;
    for (let round = 0; round < rounds; round++) {
      times.list.push(await timed(async () => void (count = await listAll(client, kinds))));
      times.importer.push(await timed(importAll));
      const ours = await capture();
      times.ptar.push(ours.wallMs);
      memory = Math.max(memory, ours.memoryBytes);
      cpu = Math.min(cpu, ours.cpuMs);
      times.kubectl.push((await kubectlGet(kinds)).wallMs);
    }
    const best = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, Math.min(...all)]));
    const { list = 0, importer = 0, ptar = 0, kubectl = 0 } = best;
    print(
      `Node ${process.version}, ${os.cpus().length} CPUs, ${count} objects of ${kinds.length} kinds, best of ${rounds}`,
    );
    print(`bare paged LIST            ${ms(list)}`);
    print(`import (records as YAML)   ${ms(importer)}`);
    print(`ptar create (process)      ${ms(ptar)}   peak ${(memory / 1e6).toFixed(0)} MB, CPU ${ms(cpu)}`);
    print(`kubectl get -A -o yaml     ${ms(kubectl)}`);
    verdict(
      `import / LIST = ${(importer / list).toFixed(2)}, at most ${IMPORT_RATIO_MAX}`,
      importer / list <= IMPORT_RATIO_MAX,
    );
    print(`ptar create / LIST = ${(ptar / list).toFixed(2)}, start of the process and writing included`);
    verdict(`ptar create / kubectl = ${(ptar / kubectl).toFixed(2)}, below 1`, ptar < kubectl);
    verdict(`peak memory ${(memory / 1e6).toFixed(0)} MB, below ${MEMORY_MAX / 1e6} MB`, memory < MEMORY_MAX);
  } finally {
    await client.close();
  }
}

/** A third each of ConfigMaps, Secrets and Deployments, over many namespaces. */
async function fill(client: ClusterClient): Promise<void> {
  for (let index = 0; index < NAMESPACES; index++) {
    await client.text({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: JSON.stringify({ metadata: { name: `load-${index}` } }),
    });
  }
  const numbers = Array.from({ length: objects }, (_, index) => index).values();
  const work = async (): Promise<void> => {
    for (const number of numbers) {
      const { path, body } = loadObject(number);
      await client.text({ method: 'POST', path, body: JSON.stringify(body) });
    }
  };
  await Promise.all(Array.from({ length: CREATE_WIDTH }, work));
  await settled(client);
}

function loadObject(number: number): { path: string; body: unknown } {
  const core = `/api/v1/namespaces/load-${number % NAMESPACES}`;
  const metadata = { name: `load-${number}`, labels: { app: `app-${number % 7}`, number: String(number) } };
  if (number % 3 === 0) {
    return {
      path: `${core}/configmaps`,
      body: { metadata, data: { text: 'v'.repeat(1024), number: String(number) } },
    };
  }
  if (number % 3 === 1) {
    return {
      path: `${core}/secrets`,
      body: { metadata, stringData: { password: `${'x'.repeat(512)}${number}` } },
    };
  }
  const labels = { number: String(number) };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }] },
  };
  // Paused: the controllers make nothing of it while we measure.
  const spec = { paused: true, replicas: 0, selector: { matchLabels: labels }, template };
  return {
    path: `/apis/apps/v1/namespaces/load-${number % NAMESPACES}/deployments`,
    body: { metadata, spec },
  };
}

/** Waits until the controllers have nothing left to write. */
async function settled(client: ClusterClient): Promise<void> {
  for (let before = -1, now = 0; now - before > 20;) {
    before = now;
    await sleep(2_000);
    const list = (await client.json({ path: '/api/v1/namespaces?limit=1' })) as {
      metadata: { resourceVersion: string };
    };
    now = Number(list.metadata.resourceVersion);
  }
}

/** What one could not do without: every page of every kind, read and thrown away. */
async function listAll(client: ClusterClient, kinds: readonly ApiResource[]): Promise<number> {
  let count = 0;
  for (const kind of kinds) {
    let token = '';
    do {
      const query = token === '' ? 'limit=500' : `limit=500&continue=${encodeURIComponent(token)}`;
      const page = await client.text({ path: `${collectionPath(kind)}?${query}` });
      const list = JSON.parse(page) as { metadata: { continue?: string }; items: unknown[] | null };
      count += list.items?.length ?? 0;
      token = list.metadata.continue ?? '';
    } while (token !== '');
  }
  return count;
}

async function importAll(): Promise<void> {
  const importer = await openKubernetesImporter('k8s://', { kubeconfig: cluster.kubeconfig });
  for await (const record of importer.records({})) {
    if ('error' in record) throw new Error(`${record.path}: ${record.error}`);
  }
  await importer.close();
}

function capture(): ReturnType<typeof measure> {
  const file = path.join(directory, 'capture.ptar');
  const command = [
    path.join(root, 'dist/cli.js'),
    'create',
    '--plaintext',
    '--overwrite',
    '--quiet',
    '-o',
    file,
  ];
  return measure(process.execPath, [...command, '--kubeconfig', cluster.kubeconfig, 'k8s://']);
}

async function kubectlGet(kinds: readonly ApiResource[]): ReturnType<typeof measure> {
  const names = kinds.map(({ plural, group }) => (group === '' ? plural : `${plural}.${group}`)).join(',');
  const args = [
    'kubectl',
    `--kubeconfig=${cluster.kubeconfig}`,
    `--cache-dir=${directory}/cache`,
    'get',
    names,
    '-A',
    '-o',
    'yaml',
  ];
  return measure(await binaryOf('kubectl'), args);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function verdict(what: string, passed: boolean): void {
  print(`${passed ? 'PASS' : 'FAIL'}  ${what}`);
  if (!passed) process.exitCode = 1;
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(7)} ms`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
