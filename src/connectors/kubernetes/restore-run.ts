import { isPtarError } from '../../errors.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import { formatIdentity, type ResourceIdentity } from '../../resources/object-path.ts';
import { isUnchanged } from '../../resources/restorable-object.ts';
import { pause, type ClusterClient } from '../cluster-client/index.ts';
import type { ExportResult } from '../connector.ts';
import { isNotFound, isWorthAnotherLook, ObjectWriter } from './object-writer.ts';
import { decideRestore } from './restore-decision.ts';
import { readObject } from './restore-entry.ts';
import { TargetKinds } from './target-kinds.ts';

/** An entry that holds an object, and which by its path. */
export interface RestoreCandidate {
  readonly entry: SnapshotEntry;
  readonly object: ResourceIdentity;
}

const LOOKS_MAX = 3;
/** For kinds that were just defined: not every API server of a cluster knows them at once. */
const NEW_KIND_LOOKS_MAX = 20;
const NEW_KIND_PAUSE_MS = 250;

/** One restore: what it has made so far decides what can follow. */
export class RestoreRun {
  readonly #snapshot: SnapshotReader;
  readonly #dryRun: boolean;
  readonly #writer: ObjectWriter;
  readonly #kinds: TargetKinds;
  /** Namespaces and kinds that would exist by now if this were not a dry run. */
  readonly #untried = { namespaces: new Set<string>(), definitions: new Set<string>() };
  /** Kinds defined by this restore, by the names of their CustomResourceDefinitions, and why they cannot be used. */
  readonly #newKinds = new Map<string, string>();
  readonly #unusableKinds = new Map<string, string>();
  readonly #signal: AbortSignal;
  #newDefinitions: string[] = [];

  constructor(
    client: ClusterClient,
    snapshot: SnapshotReader,
    options: { readonly dryRun: boolean; readonly signal: AbortSignal },
  ) {
    this.#snapshot = snapshot;
    this.#dryRun = options.dryRun;
    this.#signal = options.signal;
    this.#writer = new ObjectWriter(client, options);
    this.#kinds = new TargetKinds(client, options.signal);
  }

  async begin(): Promise<void> {
    await this.#kinds.refresh();
  }

  /** Called between ranks: kinds that were made must be served before what follows. */
  async settle(): Promise<void> {
    if (this.#newDefinitions.length === 0) return;
    const refused = await this.#kinds.awaitEstablished(this.#newDefinitions.splice(0));
    for (const [definition, reason] of refused) {
      this.#unusableKinds.set(
        this.#newKinds.get(definition) ?? '',
        `CustomResourceDefinition ${definition}: ${reason}`,
      );
    }
  }

  async *restore({ entry, object }: RestoreCandidate): AsyncGenerator<ExportResult> {
    const result = { path: entry.path, name: formatIdentity(object) };
    try {
      yield { ...result, ...(await this.#restoreObject(await readObject(this.#snapshot, entry), object)) };
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      yield { ...result, outcome: 'failed', reason: error.message, code: error.code };
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
      if (decision.action === 'refuse') {
        return { outcome: 'failed', reason: this.#unusableKinds.get(`${kind}.${group}`) ?? decision.reason };
      }
      try {
        const written = await this.#writer.write(decision);
        this.#remember(captured, decision.action);
        if (decision.action === 'create') return { outcome: 'created' };
        const hasStatus = decision.resource.subresources.includes('status');
        return { outcome: isUnchanged(decision.live, written, hasStatus) ? 'unchanged' : 'updated' };
      } catch (error) {
        const unknownYet = isNotFound(error) && [...this.#newKinds.values()].includes(`${kind}.${group}`);
        if (look >= (unknownYet ? NEW_KIND_LOOKS_MAX : LOOKS_MAX)) throw error;
        if (unknownYet) await pause(NEW_KIND_PAUSE_MS, this.#signal);
        else if (!isWorthAnotherLook(error)) throw error;
      }
    }
  }

  #remember(captured: JsonObject, action: 'create' | 'apply'): void {
    const kind = stringAt(captured, 'kind');
    const name = stringAt(captured, 'metadata', 'name') ?? '';
    if (kind === 'CustomResourceDefinition') {
      const group = stringAt(captured, 'spec', 'group') ?? '';
      const defined = `${stringAt(captured, 'spec', 'names', 'kind') ?? ''}.${group}`;
      if (this.#dryRun) {
        if (action === 'create') this.#untried.definitions.add(defined);
        return;
      }
      this.#newDefinitions.push(name);
      this.#newKinds.set(name, defined);
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
