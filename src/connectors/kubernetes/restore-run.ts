import { isPtarError } from '../../errors.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import { equalJson, stringAt, type JsonObject } from '../../resources/json-value.ts';
import { formatIdentity, type ResourceIdentity } from '../../resources/object-path.ts';
import type { ClusterClient } from '../cluster-client/index.ts';
import type { ExportResult } from '../connector.ts';
import { isWorthAnotherLook, ObjectWriter } from './object-writer.ts';
import { decideRestore } from './restore-decision.ts';
import { readObject } from './restore-entry.ts';
import { TargetKinds } from './target-kinds.ts';

/** An entry that holds an object, and which by its path. */
export interface RestoreCandidate {
  readonly entry: SnapshotEntry;
  readonly object: ResourceIdentity;
}

const LOOKS_MAX = 3;

/** One restore: what it has made so far decides what can follow. */
export class RestoreRun {
  readonly #snapshot: SnapshotReader;
  readonly #dryRun: boolean;
  readonly #writer: ObjectWriter;
  readonly #kinds: TargetKinds;
  /** Namespaces and kinds that would exist by now if this were not a dry run. */
  readonly #untried = { namespaces: new Set<string>(), definitions: new Set<string>() };
  #newDefinitions: string[] = [];

  constructor(
    client: ClusterClient,
    snapshot: SnapshotReader,
    options: { readonly dryRun: boolean; readonly signal: AbortSignal },
  ) {
    this.#snapshot = snapshot;
    this.#dryRun = options.dryRun;
    this.#writer = new ObjectWriter(client, options);
    this.#kinds = new TargetKinds(client, options.signal);
  }

  async begin(): Promise<void> {
    await this.#kinds.refresh();
  }

  /** Called between ranks: kinds that were made must be served before what follows. */
  async settle(): Promise<void> {
    if (this.#newDefinitions.length === 0) return;
    await this.#kinds.awaitEstablished(this.#newDefinitions.splice(0));
  }

  async *restore({ entry, object }: RestoreCandidate): AsyncGenerator<ExportResult> {
    const result = { path: entry.path, name: formatIdentity(object) };
    try {
      yield { ...result, ...(await this.#restoreObject(await readObject(this.#snapshot, entry), object)) };
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      yield { ...result, outcome: 'failed', reason: error.message };
    }
  }

  async #restoreObject(
    captured: JsonObject,
    { namespace, group, version, kind, name }: ResourceIdentity,
  ): Promise<Pick<ExportResult, 'outcome' | 'reason'>> {
    for (let look = 1; ; look++) {
      const resource = this.#kinds.find(group, version, kind);
      const pending = this.#pendingReason(group, kind, namespace);
      const live = resource && !pending ? await this.#writer.get(resource, namespace, name) : undefined;
      const decision = decideRestore(captured, {
        resource,
        servedVersions: this.#kinds.servedVersions(group, kind),
        live,
        pending,
      });
      if (decision.action === 'defer') return { outcome: 'created', reason: decision.reason };
      if (decision.action === 'skip') return { outcome: 'skipped', reason: decision.reason };
      if (decision.action === 'refuse') return { outcome: 'failed', reason: decision.reason };
      try {
        const written = await this.#writer.write(decision);
        this.#remember(captured, decision.action);
        if (decision.action === 'create') return { outcome: 'created' };
        return { outcome: isUnchanged(decision.live, written) ? 'unchanged' : 'updated' };
      } catch (error) {
        if (look >= LOOKS_MAX || !isWorthAnotherLook(error)) throw error;
      }
    }
  }

  #remember(captured: JsonObject, action: 'create' | 'apply'): void {
    const kind = stringAt(captured, 'kind');
    const name = stringAt(captured, 'metadata', 'name') ?? '';
    if (kind === 'CustomResourceDefinition') {
      const group = stringAt(captured, 'spec', 'group') ?? '';
      if (!this.#dryRun) this.#newDefinitions.push(name);
      else if (action === 'create') {
        this.#untried.definitions.add(`${stringAt(captured, 'spec', 'names', 'kind') ?? ''}.${group}`);
      }
    } else if (kind === 'Namespace' && this.#dryRun && action === 'create') {
      this.#untried.namespaces.add(name);
    }
  }

  #pendingReason(group: string, kind: string, namespace: string | undefined): string | undefined {
    if (this.#untried.definitions.has(`${kind}.${group}`)) {
      return `not tried: its kind ${kind}.${group} does not exist yet`;
    }
    if (namespace !== undefined && this.#untried.namespaces.has(namespace)) {
      return `not tried: namespace ${namespace} does not exist yet`;
    }
    return undefined;
  }
}

/** The API server keeps the resourceVersion when a write changes nothing; a dry run never raises it. */
function isUnchanged(live: JsonObject, written: JsonObject): boolean {
  return equalJson(withoutBookkeeping(live), withoutBookkeeping(written));
}

function withoutBookkeeping(object: JsonObject): JsonObject {
  const metadata = object.get('metadata');
  if (!(metadata instanceof Map)) return object;
  const kept = new Map(metadata);
  for (const field of ['resourceVersion', 'managedFields', 'generation']) kept.delete(field);
  return new Map([...object, ['metadata', kept]]);
}
