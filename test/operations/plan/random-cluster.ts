/** A namespace full of random objects, an archive of them, and what happened to the cluster after the capture. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from '../../../src/resources/json-text.ts';
import { stringAt, type JsonObject } from '../../../src/resources/json-value.ts';
import type { Random } from '../../fuzz/random.ts';
import { definition } from './admission.ts';
import { collectionOf, objectOf, RANDOM_KINDS, type RandomKind } from './random-objects.ts';
import { object, type RestoreScene } from './restore-scene.ts';

/** What the archive has and what is asked of it. */
export interface RandomCluster {
  readonly namespace: string;
  readonly captured: readonly JsonObject[];
  /** Cluster-scoped objects of this seed: path and hold. */
  readonly clusterScoped: readonly string[];
  readonly hasQuota: boolean;
}

const OBJECTS_MIN = 14;
const OBJECTS_MORE = 8;
const FATES = ['kept', 'kept', 'gone', 'gone', 'edited', 'taken', 'swapped', 'swapped'] as const;

/** Makes one. Names begin with `seed-NUMBER`. */
export async function makeRandomCluster(
  scene: RestoreScene,
  random: Random,
  seed: number,
): Promise<RandomCluster> {
  const namespace = `seed-${seed}`;
  const captured: JsonObject[] = [
    await scene.create('/api/v1/namespaces', { metadata: { name: namespace } }),
  ];
  const account = await untilThere(scene, `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
  captured.push(account.set('apiVersion', 'v1').set('kind', 'ServiceAccount'));
  const clusterScoped: string[] = [];
  const made: { one: RandomKind; name: string; path: string }[] = [];
  const count = OBJECTS_MIN + random.below(OBJECTS_MORE);
  for (let index = 0; index < count; index++) {
    const one = random.pick(RANDOM_KINDS);
    const name = `${namespace}-${index}`;
    const collection = collectionOf(one, namespace);
    captured.push(await scene.create(collection, objectOf(one, name, namespace)));
    made.push({ one, name, path: `${collection}/${name}` });
    if (!one.namespaced) clusterScoped.push(`${collection}/${name}`);
  }
  for (const name of random.below(2) === 0 ? ['left', 'right'] : []) {
    captured.push(await swapped(scene, random, namespace, `${namespace}-${name}`));
  }
  captured.push(...dependents(captured, namespace));
  const hasQuota = random.below(3) === 0;
  for (const { one, name, path } of made) await suffer(scene, random, namespace, one, name, path);
  captured.push(...strangers(random, namespace));
  if (hasQuota) await limit(scene, namespace);
  return { namespace, captured, clusterScoped, hasQuota };
}

/** What happens to an object after its capture. */
async function suffer(
  scene: RestoreScene,
  random: Random,
  namespace: string,
  one: RandomKind,
  name: string,
  path: string,
): Promise<void> {
  const fate = random.pick(FATES);
  if (fate === 'kept') return;
  if (fate === 'edited') {
    await scene.merge(path, { metadata: { annotations: { 'example.com/note': 'two' } } }, 'editor');
    return;
  }
  if (fate === 'taken') {
    const { apiVersion, kind } = one;
    const metadata = { name, annotations: { 'example.com/note': 'three' } };
    await scene.takeOver(path, { apiVersion, kind, metadata }, 'gitops');
    return;
  }
  await scene.remove(`${path}?propagationPolicy=Background`);
  await untilGone(scene, path);
  if (fate === 'swapped' && one.other !== undefined) {
    await scene.create(collectionOf(one, namespace), objectOf(one, name, namespace, { isOther: true }));
  }
}

/** An object that was deleted and made again with another value of a field that cannot change. */
async function swapped(
  scene: RestoreScene,
  random: Random,
  namespace: string,
  name: string,
): Promise<JsonObject> {
  const one = random.pick(RANDOM_KINDS.filter(({ other }) => other !== undefined));
  const collection = collectionOf(one, namespace);
  const path = `${collection}/${name}`;
  const captured = await scene.create(collection, objectOf(one, name, namespace));
  await scene.remove(`${path}?propagationPolicy=Background`);
  await untilGone(scene, path);
  await scene.create(collection, objectOf(one, name, namespace, { isOther: true }));
  return captured;
}

/** Makes objects that the archive does not have, of kinds of which it has others. */
export async function addSurplus(
  scene: RestoreScene,
  random: Random,
  namespace: string,
  captured: readonly JsonObject[],
): Promise<void> {
  const kinds = new Set(captured.map((one) => stringAt(one, 'kind')));
  const covered = RANDOM_KINDS.filter((one) => one.namespaced && kinds.has(one.kind));
  for (let index = 0; index <= random.below(3); index++) {
    const one = random.pick(covered);
    const extra = objectOf(one, `${namespace}-extra-${index}`, namespace);
    await scene.create(collectionOf(one, namespace), extra);
  }
}

/** Objects that belong to captured ones, and were never in the cluster by themselves. */
function dependents(captured: readonly JsonObject[], namespace: string): JsonObject[] {
  const owners = captured.filter(
    (one) => stringAt(one, 'kind') === 'ConfigMap' || stringAt(one, 'kind') === 'Secret',
  );
  return owners.slice(0, 2).map((owner, index) =>
    object({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `${namespace}-owned-${index}`,
        namespace,
        ownerReferences: [
          {
            apiVersion: 'v1',
            kind: stringAt(owner, 'kind'),
            name: stringAt(owner, 'metadata', 'name'),
            uid: stringAt(owner, 'metadata', 'uid'),
          },
        ],
      },
    }),
  );
}

/** Objects that only the archive has: each meets with something, or with nothing. */
function strangers(random: Random, namespace: string): JsonObject[] {
  const configMap = (
    name: string,
    labels: object = {},
    where = namespace,
    data: unknown = { a: 'b' },
  ): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${namespace}-${name}`, namespace: where, labels },
    data,
  });
  const fresh = `${namespace}-new`;
  const all: (readonly object[])[] = [
    [configMap('deny', { hook: 'deny' })],
    [configMap('broken', { hook: 'broken' })],
    [configMap('policy', { hook: 'policy' })],
    [configMap('lost', {}, 'seed-of-nowhere')],
    [configMap('wrong', {}, namespace, ['no', 'map'])],
    [
      {
        apiVersion: 'gone.example.com/v1',
        kind: 'Thing',
        metadata: { name: `${namespace}-thing`, namespace },
      },
    ],
    [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: `${namespace}-claim`, namespace },
        spec: {
          storageClassName: 'seeds-none',
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Gi' } },
        },
      },
    ],
    [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: fresh } },
      ...RANDOM_KINDS.filter(({ namespaced }) => namespaced)
        .filter(() => random.below(4) === 0)
        .map((one, index) => objectOf(one, `${fresh}-${index}`, fresh)),
    ],
    [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${namespace}-pod`, namespace },
        spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }] },
      },
    ],
  ];
  if (random.below(8) === 0) all.push(ownKind(namespace));
  // One in twenty of all objects or less: nobody can foretell it.
  const careful = random.below(5) === 0 ? [configMap('careful', { hook: 'no-dry-run' })] : [];
  return [...all.filter(() => random.below(2) === 0).flat(), ...careful].map(object);
}

/** A kind that the archive brings along, an object that it takes and one that it does not. */
function ownKind(namespace: string): object[] {
  const group = `${namespace}.example.com`;
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { size: { type: 'integer', maximum: 3 } } } },
  };
  const thing = (name: string, size: number): object => ({
    apiVersion: `${group}/v1`,
    kind: 'Thing',
    metadata: { name: `${namespace}-${name}`, namespace },
    spec: { size },
  });
  return [definition(group, 'Thing', 'things', { schema }), thing('small', 1), thing('large', 9)];
}

/** Room for one more ConfigMap and one more Secret than there are. */
async function limit(scene: RestoreScene, namespace: string): Promise<void> {
  const counts = { configmaps: 1, secrets: 1 };
  for (const plural of ['configmaps', 'secrets'] as const) {
    const list = (await scene.client.json({ path: `/api/v1/namespaces/${namespace}/${plural}` })) as {
      items: unknown[];
    };
    counts[plural] += list.items.length;
  }
  const hard = { 'count/configmaps': String(counts.configmaps), 'count/secrets': String(counts.secrets) };
  await scene.create(`/api/v1/namespaces/${namespace}/resourcequotas`, {
    metadata: { name: `${namespace}-quota` },
    spec: { hard },
  });
  for (let attempt = 0; attempt < 200; attempt++) {
    const quota = parseJson(
      await scene.client.text({ path: `/api/v1/namespaces/${namespace}/resourcequotas/${namespace}-quota` }),
    );
    if (stringAt(quota, 'status', 'used', 'count/configmaps') !== undefined) return;
    await sleep(50);
  }
  throw new Error('the quota is never counted');
}

async function untilThere(scene: RestoreScene, path: string): Promise<JsonObject> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const found = await scene.client.text({ path }).catch(() => undefined);
    if (found !== undefined) return parseJson(found) as JsonObject;
    await sleep(25);
  }
  throw new Error(`${path} does not come`);
}

async function untilGone(scene: RestoreScene, path: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const isThere = await scene.client.text({ path }).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    await sleep(25);
  }
  throw new Error(`${path} does not go`);
}
