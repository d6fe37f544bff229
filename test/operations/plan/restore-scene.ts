/** What tests of plans share: archives of given objects, plans made and applied to the end, clusters compared raw. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import { RestoreTarget } from '../../../src/connectors/kubernetes/restore-target.ts';
import { recordFromObject } from '../../../src/connectors/object-record.ts';
import { createFileSink } from '../../../src/connectors/stores/file-store.ts';
import { createArchive, type ArchiveReader } from '../../../src/format/index.ts';
import { openArchiveFile } from '../../../src/operations/open-archive.ts';
import { applyPlan } from '../../../src/operations/plan/apply-plan.ts';
import { makePlan } from '../../../src/operations/plan/make-plan.ts';
import type { Plan, PlanItem, PlanOptions } from '../../../src/operations/plan/plan.ts';
import type {
  ApplyEvent,
  ApplySummary,
  ItemResult,
  PlanRequest,
  PlanSelection,
} from '../../../src/operations/plan/restore-events.ts';
import { undoRestore } from '../../../src/operations/plan/undo.ts';
import type { TestCluster } from '../../cluster/harness.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';
import { parseJson } from '../../../src/resources/json-text.ts';
import {
  arrayAt,
  jsonFrom,
  stringAt,
  type JsonObject,
  type JsonValue,
} from '../../../src/resources/json-value.ts';
import { formatIdentity, identityOf, pathOf } from '../../../src/resources/object-path.ts';

const PASSPHRASE = Buffer.from('scene');

/** The end of a restore or an undo. */
export interface Finished {
  readonly results: ReadonlyMap<string, ItemResult>;
  readonly summary: ApplySummary;
  readonly undoArchive: string;
}

/** A folder of archives and journals, against one cluster. */
export class RestoreScene {
  readonly folder: string;
  readonly stateFolder: string;
  readonly kubeconfig: string;
  readonly client: ClusterClient;
  #archives = 0;
  #namespace: string | undefined;

  private constructor(folder: string, kubeconfig: string, client: ClusterClient) {
    this.folder = folder;
    this.stateFolder = path.join(folder, 'state');
    this.kubeconfig = kubeconfig;
    this.client = client;
  }

  static async open(kubeconfig: string): Promise<RestoreScene> {
    const folder = await mkdtemp(path.join(tmpdir(), 'ptar-scene-'));
    return new RestoreScene(folder, kubeconfig, await openClusterClient({ kubeconfig }));
  }

  /** With the new namespace `namespace`, which goes with the scene. */
  static async inNamespace(cluster: TestCluster, namespace: string): Promise<RestoreScene> {
    const scene = await RestoreScene.open(cluster.kubeconfig);
    scene.#namespace = namespace;
    await scene.create('/api/v1/namespaces', { metadata: { name: namespace } });
    await cluster.kubectl(['wait', '--for=create', 'cm/kube-root-ca.crt', '-n', namespace, '--timeout=60s']);
    return scene;
  }

  async close(): Promise<void> {
    if (this.#namespace !== undefined) await this.remove(`/api/v1/namespaces/${this.#namespace}`);
    await this.client.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** An encrypted archive of `objects`, open; closed with {@link ArchiveReader.close}. */
  async archive(
    objects: readonly JsonObject[],
    context: readonly (readonly [string, string])[] = [],
  ): Promise<ArchiveReader> {
    this.#archives += 1;
    const file = path.join(this.folder, `${this.#archives}.ptar`);
    const writer = await createArchive(await createFileSink(file), {
      primitives: nodePrimitives,
      encryption: { passphrase: PASSPHRASE, kdf: 'PBKDF2' },
    });
    const snapshot = writer.beginSnapshot({ importer: { type: 'k8s', origin: 'scene', directory: '/' } });
    for (const object of objects) {
      const identity = identityOf(object);
      assert.ok(identity);
      await snapshot.add(recordFromObject(pathOf(identity), object));
    }
    snapshot.setSourceContext(context);
    await snapshot.finish();
    await writer.close();
    return openArchiveFile(file, { passphrase: () => Promise.resolve(PASSPHRASE) });
  }

  /** Plans a restore of an archive's only snapshot. */
  async plan(
    archive: ArchiveReader,
    options: Partial<PlanOptions> = {},
    more: Partial<PlanRequest> & { readonly selecting?: PlanSelection } = {},
  ): Promise<Plan> {
    const [snapshot] = await archive.snapshots();
    assert.ok(snapshot);
    const { selecting = { selections: [] }, ...rest } = more;
    const request = { archive, snapshot, selection: selecting, target: 'k8s://', options, ...rest };
    for await (const event of makePlan({ access: { kubeconfig: this.kubeconfig }, ...request })) {
      if (event.event === 'planned') return event.plan;
    }
    throw new Error('no plan');
  }

  /** Applies a plan to its end. */
  async apply(archive: ArchiveReader, plan: Plan, kubeconfig = this.kubeconfig): Promise<Finished> {
    const { stateFolder } = this;
    return finished(applyPlan({ archive, plan, access: { kubeconfig }, stateFolder }));
  }

  /** Takes a restore back. */
  async undo(restoreId?: string, force = false, stateFolder = this.stateFolder): Promise<Finished> {
    return finished(
      undoRestore({
        ...(restoreId !== undefined && { restoreId }),
        access: { kubeconfig: this.kubeconfig },
        passphrase: () => Promise.resolve(PASSPHRASE),
        stateFolder,
        force,
      }),
    );
  }

  /** What resuming and undoing need. */
  get remembered(): {
    access: { kubeconfig: string };
    passphrase: () => Promise<Uint8Array>;
    stateFolder: string;
  } {
    const { kubeconfig, stateFolder } = this;
    return { access: { kubeconfig }, passphrase: () => Promise.resolve(PASSPHRASE), stateFolder };
  }

  /** Creates an object and gives it back as the API server made it. @param path of the collection */
  async create(path_: string, object: object, manager = 'somebody'): Promise<JsonObject> {
    const made = await this.client.text({
      method: 'POST',
      path: `${path_}?fieldManager=${manager}`,
      body: JSON.stringify(object),
    });
    return parseJson(made) as JsonObject;
  }

  /** The live object at `path`. */
  async read(path_: string): Promise<JsonObject> {
    return parseJson(await this.client.text({ path: path_ })) as JsonObject;
  }

  async remove(path_: string): Promise<void> {
    await this.client.text({ method: 'DELETE', path: path_ }).catch((error: unknown) => {
      if (!(error instanceof Error) || !('status' in error) || error.status !== 404) throw error;
    });
  }

  async merge(path_: string, patch: object, manager = 'somebody'): Promise<void> {
    await this.client.text({
      method: 'PATCH',
      path: `${path_}?fieldManager=${manager}`,
      contentType: 'application/merge-patch+json',
      body: JSON.stringify(patch),
    });
  }

  /** Server-side apply as another manager, which takes the fields over. */
  async takeOver(path_: string, object: object, manager: string): Promise<void> {
    await this.client.text({
      method: 'PATCH',
      path: `${path_}?fieldManager=${manager}&force=true`,
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
    });
  }

  /** All objects of the given kinds in a namespace, as they are, by their names. */
  async state(
    namespace: string,
    kinds: readonly (readonly [group: string, kind: string])[],
  ): Promise<Map<string, JsonObject>> {
    const target = await RestoreTarget.open('k8s://', { kubeconfig: this.kubeconfig }, undefined);
    const found = new Map<string, JsonObject>();
    try {
      for (const [group, kind] of kinds) {
        const resource = target.kinds.preferred(group, kind);
        if (resource === undefined) continue;
        for await (const object of target.list(resource, resource.namespaced ? namespace : undefined)) {
          const identity = identityOf(object);
          if (identity !== undefined) found.set(formatIdentity(identity), object);
        }
      }
    } finally {
      await target.close();
    }
    return found;
  }
}

/** Runs to the end. */
export async function finished(events: AsyncIterable<ApplyEvent>): Promise<Finished> {
  const results = new Map<string, ItemResult>();
  let undoArchive = '';
  for await (const event of events) {
    if (event.event === 'started') undoArchive = event.undoArchive;
    if (event.event === 'result') results.set(event.result.item.id, event.result);
    if (event.event === 'finished') return { results, summary: event.summary, undoArchive };
  }
  throw new Error('no end');
}

/** An object from a literal. */
export function object(plain: object): JsonObject {
  return jsonFrom(plain) as JsonObject;
}

/** The item of an object by its name: `configmap/web`. */
export function itemNamed(plan: Plan, name: string): PlanItem {
  const found = plan.items.find(({ identity }) => formatIdentity(identity) === name);
  assert.ok(
    found,
    `${name} is not among ${plan.items.map(({ identity }) => formatIdentity(identity)).join(', ')}`,
  );
  return found;
}

/** Fields that an undo leaves different, by design. */
const ALLOWED = ['resourceVersion', 'generation'];
const ALLOWED_RECREATED = [...ALLOWED, 'uid', 'creationTimestamp'];

/** `object` raw, but for what an undo cannot bring back. @param isRecreated it had to be created again */
export function rawAfterUndo(live: JsonObject, isRecreated: boolean, hasStatus = true): JsonObject {
  const metadata = new Map(live.get('metadata') as JsonObject);
  for (const field of isRecreated ? ALLOWED_RECREATED : ALLOWED) metadata.delete(field);
  const managed = arrayAt(live, 'metadata', 'managedFields')
    .map((entry) => {
      const copy = new Map(entry as JsonObject);
      copy.delete('time');
      return copy;
    })
    // What controllers write is theirs.
    .filter((entry) => stringAt(entry, 'subresource') === undefined)
    .filter((entry) => !(stringAt(entry, 'manager') ?? '').startsWith('kube-'));
  metadata.set('managedFields', managed);
  const copy = new Map(live).set('metadata', metadata);
  if (hasStatus) copy.delete('status');
  const uid = stringAt(live, 'metadata', 'uid');
  return isRecreated && uid !== undefined ? (withoutUid(copy, uid) as JsonObject) : copy;
}

/** A Job selects its Pods by its own uid. */
function withoutUid(value: JsonValue, uid: string): JsonValue {
  if (value === uid) return 'uid';
  if (Array.isArray(value)) return value.map((one) => withoutUid(one, uid));
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([key, inner]) => [key, withoutUid(inner, uid)]));
}
