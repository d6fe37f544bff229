import type { ApiResource } from '../../connectors/cluster-client/index.ts';
import { awaitApiService, awaitNamespace } from '../../connectors/kubernetes/readiness.ts';
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { ConnectorError, isPtarError, throwIfCancelled } from '../../errors.ts';
import { joinPath, type MacKey, type SnapshotReader } from '../../format/index.ts';
import { stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import { ownersOf, relinkOwners } from '../../resources/restorable-object.ts';
import { formatIdentity, type ResourceIdentity } from '../../resources/object-path.ts';
import { ownerId } from './draft.ts';
import type { Journal, JournalState } from './journal.ts';
import { liveReference } from './live-reference.ts';
import { objectKey } from './object-key.ts';
import { isWrittenByUs, ObjectSteps } from './object-steps.ts';
import {
  isObstructed,
  isWriting,
  type LiveReference,
  type Plan,
  type PlanItem,
  type WritingVerdict,
} from './plan.ts';
import { hasStatusSubresource, preparedObject } from './prepared-object.ts';
import type { ItemResult, ObjectTransform, Outcome } from './restore-events.ts';
import { sourceForm } from './source-form.ts';
import { SourceObjects } from './source-objects.ts';
import { TargetFacts } from './target-facts.ts';
import type { VersionConverter } from './version-converter.ts';

/** What a run works with. */
export interface RunContext {
  readonly plan: Plan;
  readonly target: RestoreTarget;
  readonly snapshot: SnapshotReader;
  readonly journal: Journal;
  readonly mac: MacKey;
  readonly transform: ObjectTransform | undefined;
  readonly converter: VersionConverter | undefined;
  /** Why items must not be written. */
  readonly drifted: ReadonlyMap<string, string>;
  /** What was begun and done before a restore was killed. */
  readonly earlier?: JournalState;
  readonly signal: AbortSignal;
}

interface Written {
  readonly outcome: Outcome;
  readonly live?: JsonObject;
}

const DEFINITION = 'CustomResourceDefinition';
const OUTCOME_OF: Readonly<Record<WritingVerdict, Outcome>> = {
  create: 'created',
  update: 'updated',
  recreate: 'recreated',
  delete: 'deleted',
};

/** Carries out the items of a plan; each write stands in the journal before and after. */
export class PlanRun {
  readonly #context: RunContext;
  readonly #source: SourceObjects;
  readonly #facts: TargetFacts;
  readonly #steps: ObjectSteps;
  /** uids of what this restore has written. */
  readonly #uids = new Map<string, string>();
  /** Kinds whose definitions this restore has made. */
  readonly #newKinds = new Set<string>();
  readonly #fresh: { definitions: string[]; namespaces: string[]; apis: PlanItem[] } = {
    definitions: [],
    namespaces: [],
    apis: [],
  };
  readonly #unusable = new Map<string, string>();

  constructor(context: RunContext) {
    this.#context = context;
    this.#source = new SourceObjects(context.snapshot);
    this.#facts = new TargetFacts(context.target);
    this.#steps = new ObjectSteps(context.target, context.signal);
    for (const item of context.plan.items) {
      const uid = context.earlier?.done.get(item.id)?.live?.uid;
      if (uid !== undefined) this.#uids.set(objectKey(item.identity), uid);
    }
  }

  /** Does what the plan says of an item. @throws ConnectorError where the target is gone; CancelledError */
  async run(item: PlanItem): Promise<ItemResult> {
    const startedMs = performance.now();
    const result = (outcome: Outcome, reason = '', notes: readonly string[] = []): ItemResult => {
      return { item, outcome, reason, notes, elapsedMs: performance.now() - startedMs };
    };
    const { earlier, drifted, journal, signal } = this.#context;
    if (isObstructed(item)) return result('failed', item.reason);
    if (!isWriting(item)) return result(item.verdict === 'unchanged' ? 'unchanged' : 'skipped', item.reason);
    const before = earlier?.done.get(item.id);
    if (before !== undefined && before.outcome !== 'failed') {
      this.#remember(item);
      return result(before.outcome, before.reason);
    }
    throwIfCancelled(signal);
    const drift = drifted.get(item.id);
    if (drift !== undefined) return result('failed', `${drift}: plan again`);
    const notes: string[] = [];
    try {
      const wasBegun = earlier?.intents.has(item.id) === true;
      if (!wasBegun) {
        await journal.append({ type: 'intent', id: item.id, action: item.verdict as WritingVerdict });
      }
      const { outcome, live } = await this.#write(item, wasBegun, notes);
      const reference = live === undefined ? undefined : this.#reference(item, live);
      await journal.append({
        type: 'done',
        id: item.id,
        outcome,
        reason: '',
        ...(reference && { live: reference }),
      });
      if (reference !== undefined) this.#uids.set(objectKey(item.identity), reference.uid);
      this.#remember(item);
      return result(outcome, '', notes);
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      await journal.append({ type: 'done', id: item.id, outcome: 'failed', reason: error.message });
      return result('failed', error.message, notes);
    }
  }

  /**
   * Waits until what was made is ready for what follows. Called between ranks.
   * @returns what did not get ready within its limit, one line each
   * @throws ConnectorError; CancelledError
   */
  async *settle(): AsyncGenerator<{ readonly what: string } | { readonly problem: string }> {
    const { target, plan, signal } = this.#context;
    const definitions = this.#fresh.definitions.splice(0);
    if (definitions.length > 0) {
      yield { what: `${definitions.length} new kinds to be served` };
      for (const [name, reason] of await target.kinds.awaitEstablished(definitions)) {
        const problem = `CustomResourceDefinition ${name}: ${reason}`;
        this.#unusable.set(name, problem);
        yield { problem };
      }
    }
    const hasPods = plan.items.some(
      ({ identity, verdict }) => identity.kind === 'Pod' && verdict === 'create',
    );
    for (const namespace of this.#fresh.namespaces.splice(0)) {
      if (!hasPods) continue;
      yield { what: `namespace ${namespace}` };
      const problem = await awaitNamespace(target, namespace, signal);
      if (problem !== undefined) yield { problem };
    }
    for (const item of this.#fresh.apis.splice(0)) {
      const resource = target.kinds.preferred(item.identity.group, item.identity.kind);
      const isNeeded = plan.items.some(({ dependsOn }) => dependsOn.includes(item.id));
      if (resource === undefined || !isNeeded) continue;
      yield { what: formatIdentity(item.identity) };
      const problem = await awaitApiService(target, resource, item.identity.name, signal);
      if (problem !== undefined) yield { problem };
    }
  }

  async #write(item: PlanItem, wasBegun: boolean, notes: string[]): Promise<Written> {
    if (item.verdict === 'delete') return this.#delete(item);
    const { plan } = this.#context;
    const forms = { ...this.#context, facts: this.#facts };
    const form = await sourceForm(forms, item.identity, await this.#captured(item));
    const { captured: restored, resolved, problem } = form;
    if (resolved === undefined) throw this.#unserved(item, problem);
    const { resource } = resolved;
    const object = preparedObject(restored, resource, plan.options);
    await this.#relink(item, object, restored);
    const outcome = OUTCOME_OF[item.verdict as WritingVerdict];
    let live = await this.#put(item, resource, object, wasBegun);
    const status = restored.get('status');
    if (plan.options.status && status !== undefined && hasStatusSubresource(resource)) {
      await this.#aside(notes, 'its status', () => this.#steps.applyStatus(resource, object, status));
    }
    const managedFields = valueAt(restored, 'metadata', 'managedFields');
    if (plan.options.managedFields && managedFields !== undefined) {
      await this.#aside(notes, 'who owned its fields', async () => {
        live = await this.#steps.setManagedFields(resource, live, managedFields);
      });
    }
    return { outcome, live };
  }

  /** What goes wrong after the object is there is worth a note, not a failure. */
  async #aside(notes: string[], what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      notes.push(`${what} could not be restored: ${error.message}`);
    }
  }

  async #put(
    item: PlanItem,
    resource: ApiResource,
    object: JsonObject,
    wasBegun: boolean,
  ): Promise<JsonObject> {
    const { options } = this.#context.plan;
    const { namespace, name, group, kind } = item.identity;
    if (item.verdict === 'update') {
      return options.existing === 'replace'
        ? this.#steps.replace(resource, object, item.live?.uid ?? '')
        : this.#steps.apply(resource, object, options.conflicts === 'force');
    }
    const there =
      wasBegun || item.verdict === 'recreate' ? await this.#steps.live(resource, object) : undefined;
    if (there !== undefined) {
      const uid = stringAt(there, 'metadata', 'uid') ?? '';
      if (item.verdict === 'recreate' && uid === item.live?.uid) {
        await this.#steps.remove(resource, namespace, name, uid);
      } else if (wasBegun && isWrittenByUs(there)) return there;
    }
    return this.#steps.create(resource, object, {
      kind: this.#newKinds.has(`${kind}.${group}`),
      room: item.verdict === 'recreate',
    });
  }

  async #delete({ identity, live }: PlanItem): Promise<Written> {
    const { group, version, kind, namespace, name } = identity;
    const { target } = this.#context;
    const resource = target.kinds.find(group, version, kind);
    if (resource !== undefined) {
      await target.objects.delete(resource, namespace, name, live === undefined ? {} : { uid: live.uid });
    }
    return { outcome: 'deleted' };
  }

  async #captured(item: PlanItem): Promise<JsonObject> {
    const { snapshot } = this.#context;
    return this.#source.object(await snapshot.entry(item.path ?? joinPath('/', item.id)));
  }

  async #relink({ identity }: PlanItem, object: JsonObject, captured: JsonObject): Promise<void> {
    const found = new Map<string, string>();
    for (const owner of ownersOf(captured)) {
      const made = ownerId(owner, identity.namespace, this.#uids);
      const live =
        made === undefined
          ? await this.#facts.objectNamed(owner.group, owner.kind, identity.namespace, owner.name)
          : undefined;
      const uid = made ?? (live === 'unknown' ? undefined : stringAt(live, 'metadata', 'uid'));
      if (uid !== undefined) found.set(owner.uid, uid);
    }
    relinkOwners(object, captured, (owner) => found.get(owner.uid));
  }

  #reference(item: PlanItem, live: JsonObject): LiveReference {
    const { group, kind } = item.identity;
    const resource = this.#context.target.kinds.preferred(group, kind);
    return liveReference(this.#context.mac, live, resource === undefined || hasStatusSubresource(resource));
  }

  #unserved({ identity, dependsOn }: PlanItem, problem: string): Error {
    const definitions = this.#context.plan.items.filter(({ id }) => dependsOn.includes(id));
    const reason = definitions
      .map((item) => this.#unusable.get(item.identity.name))
      .find((text) => text !== undefined);
    return unservedError(identity, reason, problem);
  }

  /** What others wait for. */
  #remember(item: PlanItem): void {
    const { kind, group, name } = item.identity;
    if (item.verdict === 'delete') return;
    if (kind === DEFINITION && group === 'apiextensions.k8s.io') {
      this.#fresh.definitions.push(name);
      for (const other of this.#context.plan.items) {
        if (other.dependsOn.includes(item.id)) {
          this.#newKinds.add(`${other.identity.kind}.${other.identity.group}`);
        }
      }
    } else if (kind === 'Namespace' && group === '' && item.verdict === 'create') {
      this.#fresh.namespaces.push(name);
    } else if (kind === 'APIService' && group === 'apiregistration.k8s.io') this.#fresh.apis.push(item);
  }
}

function unservedError(
  { kind, group, version }: ResourceIdentity,
  reason: string | undefined,
  problem: string,
): Error {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return new ConnectorError(
    'CONNECTOR_REJECTED',
    reason ??
      `the cluster does not serve ${kind} of ${apiVersion}${problem === '' ? '' : `; not converted: ${problem}`}`,
  );
}
