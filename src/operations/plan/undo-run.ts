import { refusalOf, type ApiResource } from '../../connectors/cluster-client/index.ts';
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { ConnectorError, isPtarError } from '../../errors.ts';
import type { MacKey, SnapshotReader } from '../../format/index.ts';
import { equalJson, objectAt, stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import { contentText, ownersOf, relinkOwners, restorableObject } from '../../resources/restorable-object.ts';
import type { Journal, JournalState } from './journal.ts';
import { liveReference } from './live-reference.ts';
import { isWrittenByUs, ObjectSteps } from './object-steps.ts';
import type { PlanItem } from './plan.ts';
import { hasStatusSubresource } from './prepared-object.ts';
import type { ItemResult, Outcome } from './restore-events.ts';
import { TargetFacts } from './target-facts.ts';
import { savedObject } from './undo-archive.ts';

/** What an undo works with. */
export interface UndoContext {
  readonly target: RestoreTarget;
  /** Objects as they were before the restore. */
  readonly snapshot: SnapshotReader;
  readonly journal: Journal;
  readonly state: JournalState;
  readonly mac: MacKey;
  /** The restore wrote status too. */
  readonly hasStatus: boolean;
  /** Also what others have changed since. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

interface Undone {
  readonly outcome: Outcome;
  readonly reason: string;
}

const NOTHING_LEFT: Undone = { outcome: 'unchanged', reason: 'it is as it was' };
const CREATED_AGAIN: Undone = { outcome: 'recreated', reason: 'created again: it has a new uid' };
/** Of a captured object, what a create refuses or ignores. */
const IDENTITY_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];

/** Takes back single writes of a restore. Each looks at what is there first, so that it may be done twice. */
export class UndoRun {
  readonly #context: UndoContext;
  readonly #steps: ObjectSteps;

  constructor(context: UndoContext) {
    this.#context = context;
    this.#steps = new ObjectSteps(context.target, context.signal);
  }

  /** Takes back what was done to an item. @throws ConnectorError where the target is gone; CancelledError */
  async undo(item: PlanItem): Promise<ItemResult> {
    const startedMs = performance.now();
    const { journal } = this.#context;
    let undone: Undone;
    try {
      undone = await this.#undo(item);
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      undone = { outcome: 'failed', reason: error.message };
    }
    await journal.append({ type: 'undone', id: item.id, ...undone });
    return { item, ...undone, notes: [], elapsedMs: performance.now() - startedMs };
  }

  async #undo(item: PlanItem): Promise<Undone> {
    const { target, snapshot, state } = this.#context;
    const { group, version, kind, namespace, name } = item.identity;
    const resource = target.kinds.find(group, version, kind) ?? target.kinds.preferred(group, kind);
    // Its definition was part of the restore and is gone again.
    if (resource === undefined) return { outcome: 'unchanged', reason: 'its kind is gone' };
    const live = await target.objects.get(resource, namespace, name);
    if (state.intents.get(item.id) === 'create') return this.#removeCreated(item, resource, live);
    const before = await savedObject(snapshot, { ...item.identity, version: resource.version });
    if (before === undefined) {
      throw new ConnectorError('CONNECTOR_INPUT', 'the undo archive does not hold it');
    }
    return live === undefined
      ? this.#createAgain(resource, before)
      : this.#putBack(item, resource, before, live);
  }

  async #removeCreated(
    { id, identity }: PlanItem,
    resource: ApiResource,
    live: JsonObject | undefined,
  ): Promise<Undone> {
    if (live === undefined) return { outcome: 'unchanged', reason: 'it is gone already' };
    const made = this.#context.state.done.get(id);
    const uid = stringAt(live, 'metadata', 'uid') ?? '';
    // Without an uid the restore was killed before it knew: what it wrote bears its name.
    const isOurs = made?.live === undefined ? isWrittenByUs(live) : made.live.uid === uid;
    if (!isOurs) return { outcome: 'skipped', reason: 'the restore did not create it' };
    await this.#steps.remove(resource, identity.namespace, identity.name, uid);
    return { outcome: 'deleted', reason: '' };
  }

  async #putBack(
    item: PlanItem,
    resource: ApiResource,
    before: JsonObject,
    live: JsonObject,
  ): Promise<Undone> {
    const { state, force } = this.#context;
    const [uidBefore, uid] = [before, live].map((object) => stringAt(object, 'metadata', 'uid') ?? '');
    const now = this.#digest(resource, live);
    const isSame = uid === uidBefore;
    if (isSame && valueAt(live, 'metadata', 'deletionTimestamp') !== undefined) {
      await this.#steps.remove(resource, item.identity.namespace, item.identity.name, uid ?? '');
      return this.#createAgain(resource, before);
    }
    // Also what an undo that was killed has put back, as far as it came.
    const isBack = this.#isContentOf(resource, before, live);
    if (isBack && isSame && !this.#isChanged(resource, before, live)) return NOTHING_LEFT;
    if (isBack && !isSame) {
      await this.#restoreAside(resource, live, before);
      return CREATED_AGAIN;
    }
    const written = state.done.get(item.id)?.live;
    const isWritten = written === undefined || (written.uid === uid && written.digest === now);
    if (!isWritten && !isBack && !force) {
      throw new ConnectorError(
        'CONNECTOR_CONFLICT',
        'it was changed after the restore; --force undoes that too',
      );
    }
    if (!isSame) {
      await this.#steps.remove(resource, item.identity.namespace, item.identity.name, uid ?? '');
      return this.#createAgain(resource, before);
    }
    try {
      await this.#replace(resource, before, uid ?? '');
    } catch (error) {
      if (refusalOf(error)?.refusal !== 'immutable') throw error;
      await this.#steps.remove(resource, item.identity.namespace, item.identity.name, uid ?? '');
      return this.#createAgain(resource, before);
    }
    return { outcome: 'updated', reason: '' };
  }

  /** Status and books that the restore has changed are put back too, whatever else is the same. */
  #isChanged(resource: ApiResource, before: JsonObject, live: JsonObject): boolean {
    const [statusBefore = null, status = null] = [before.get('status'), live.get('status')];
    if (this.#restoresStatus(resource) && !equalJson(statusBefore, status)) return true;
    return (
      stringAt(before, 'metadata', 'resourceVersion') !== stringAt(live, 'metadata', 'resourceVersion') &&
      isWrittenByUs(live) &&
      !isWrittenByUs(before)
    );
  }

  async #replace(resource: ApiResource, before: JsonObject, uid: string): Promise<void> {
    const metadata = new Map(objectAt(before, 'metadata'));
    metadata.delete('resourceVersion');
    const written = await this.#steps.replace(resource, new Map(before).set('metadata', metadata), uid);
    await this.#restoreAside(resource, written, before);
  }

  #restoresStatus(resource: ApiResource): boolean {
    return this.#context.hasStatus && hasStatusSubresource(resource);
  }

  async #restoreAside(resource: ApiResource, written: JsonObject, before: JsonObject): Promise<void> {
    const latest = this.#restoresStatus(resource)
      ? await this.#steps.replaceStatus(resource, written, before.get('status'))
      : written;
    await this.#restoreBooks(resource, latest, before);
  }

  async #restoreBooks(resource: ApiResource, written: JsonObject, before: JsonObject): Promise<void> {
    const managedFields = valueAt(before, 'metadata', 'managedFields');
    if (managedFields !== undefined) await this.#steps.setManagedFields(resource, written, managedFields);
  }

  async #createAgain(resource: ApiResource, before: JsonObject): Promise<Undone> {
    const metadata = new Map(objectAt(before, 'metadata'));
    for (const field of IDENTITY_FIELDS) metadata.delete(field);
    const exact = new Map(before).set('metadata', metadata);
    await this.#relink(exact, before);
    let written: JsonObject;
    try {
      written = await this.#steps.create(resource, exact, { room: true });
    } catch (error) {
      // An address that is taken by now, the selector of a Job: what the cluster gives, it gives again.
      if (!(error instanceof ConnectorError) || error.status !== 422) throw error;
      const cleaned = restorableObject(before, { hasStatus: hasStatusSubresource(resource) });
      await this.#relink(cleaned, before);
      written = await this.#steps.create(resource, cleaned, { room: true });
    }
    await this.#restoreAside(resource, written, before);
    return CREATED_AGAIN;
  }

  async #relink(object: JsonObject, before: JsonObject): Promise<void> {
    const facts = new TargetFacts(this.#context.target);
    const namespace = stringAt(before, 'metadata', 'namespace');
    const uids = new Map<string, string>();
    for (const owner of ownersOf(before)) {
      const live = await facts.objectNamed(owner.group, owner.kind, namespace, owner.name);
      const uid = live === 'unknown' ? owner.uid : stringAt(live, 'metadata', 'uid');
      if (uid !== undefined) uids.set(owner.uid, uid);
    }
    const metadata = objectAt(object, 'metadata');
    metadata?.delete('ownerReferences');
    relinkOwners(object, before, (owner) => uids.get(owner.uid));
  }

  #isContentOf(resource: ApiResource, before: JsonObject, live: JsonObject): boolean {
    const hasStatus = hasStatusSubresource(resource);
    return contentText(before, hasStatus) === contentText(live, hasStatus);
  }

  #digest(resource: ApiResource, object: JsonObject): string {
    return liveReference(this.#context.mac, object, hasStatusSubresource(resource)).digest;
  }
}
