import type { ApiResource } from '../../connectors/cluster-client/index.ts';
import { refusalOf } from '../../connectors/cluster-client/index.ts';
import { isPtarError } from '../../errors.ts';
import {
  arrayAt,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../../resources/json-value.ts';
import { formatIdentity } from '../../resources/object-path.ts';
import { isUnchanged, replacementOf } from '../../resources/restorable-object.ts';
import { definedSchema, schemaProblem } from '../../resources/schema-check.ts';
import type { PlacedDraft } from './draft.ts';
import type { JudgeContext } from './judge-context.ts';
import { judgementOf, obstructed, type Judgement } from './judgement.ts';
import { liveReference } from './live-reference.ts';
import { MaskedChanges } from './masked-changes.ts';
import { STATUS_APPLY, statusPatch } from './object-steps.ts';
import { hasStatusSubresource, preparedObject } from './prepared-object.ts';
import { isWriting } from './plan.ts';
import { plannedResource, Prerequisites } from './prerequisites.ts';
import { sourceForm } from './source-form.ts';

/** An object as it would be written, and what is known of it. */
export interface Candidate {
  readonly draft: PlacedDraft;
  readonly resource: ApiResource;
  readonly object: JsonObject;
  /** Where it is to be restored too; its kind has the subresource. */
  readonly status: JsonValue | undefined;
  /** It names an owner that gets its uid only when the plan creates it. */
  readonly pendingOwner: string | undefined;
}

/** Another writer may come between a look and the dry run. */
const LOOKS_MAX = 3;

/** Judges objects of a plan one by one; what an object needs must have been judged and recorded before it. */
export class Judge {
  readonly changes = new MaskedChanges();
  readonly #context: JudgeContext;
  readonly #prerequisites: Prerequisites;

  constructor(context: JudgeContext, drafts: readonly PlacedDraft[]) {
    this.#context = context;
    this.#prerequisites = new Prerequisites(context, drafts);
    for (const { api } of drafts) if (api?.definition) this.changes.addDefinition(api.definition);
  }

  /** Keeps the judgement of an object for those that need it. */
  record(draft: PlacedDraft, judgement: Judgement): void {
    this.#prerequisites.record(draft, judgement);
  }

  /**
   * @returns the judgement, and the object where it would be written
   * @throws ConnectorError where the target cannot be asked at all; CancelledError
   */
  async judge(draft: PlacedDraft): Promise<{ judgement: Judgement; candidate?: Candidate }> {
    if (draft.leftOut !== '') {
      return { judgement: { verdict: 'left-out', how: 'proven', reason: draft.leftOut } };
    }
    if (draft.problem !== '') return { judgement: obstructed({ kind: 'rejected' }, draft.problem) };
    const { namespace } = this.#context.target;
    if (namespace !== undefined && !isWithin(draft, namespace)) {
      return { judgement: { verdict: 'left-out', how: 'proven', reason: `not in namespace ${namespace}` } };
    }
    try {
      return await this.#judgeObject(draft);
    } catch (error) {
      const judgement = judgementOf(error);
      if (judgement === undefined) throw error;
      return { judgement };
    }
  }

  async #judgeObject(draft: PlacedDraft): Promise<{ judgement: Judgement; candidate?: Candidate }> {
    const { source, options } = this.#context;
    const read = await source.object(draft.entry);
    const { captured, resolved, problem } = await sourceForm(this.#context, draft.identity, read);
    const definition = this.#prerequisites.pendingApi(draft, resolved !== undefined);
    const resource = resolved?.resource ?? plannedResource(draft, definition);
    if (resource === undefined) return { judgement: this.#prerequisites.missingApi(draft, problem) };
    const obstacle = await this.#prerequisites.namespaceObstacle(draft);
    if (obstacle !== undefined) return { judgement: obstacle };
    const notes = [
      ...(resolved?.note ? [resolved.note] : []),
      ...(await this.#prerequisites.classNotes(draft)),
    ];
    const object = preparedObject(captured, resource, options);
    const pendingOwner = await this.#prerequisites.relink(draft, object, captured, notes);
    const hasStatus = options.status && hasStatusSubresource(resource);
    const status = hasStatus ? captured.get('status') : undefined;
    const candidate = { draft, resource, object, status, pendingOwner };
    const pending =
      this.#prerequisites.pendingNamespace(draft) ?? (resolved === undefined ? definition : undefined);
    const judgement =
      pending === undefined
        ? await this.#judgeByDryRun(candidate, definition)
        : await this.#derive(candidate, pending, definition);
    const noted =
      notes.length === 0 ? judgement : { ...judgement, notes: [...notes, ...(judgement.notes ?? [])] };
    return { judgement: noted, ...(isWriting(judgement) && { candidate }) };
  }

  /** For what the plan has yet to make something for. */
  async #derive(
    candidate: Candidate,
    pending: PlacedDraft,
    definition: PlacedDraft | undefined,
  ): Promise<Judgement> {
    const { target, options } = this.#context;
    const { draft, resource, object } = candidate;
    const { namespace } = draft.identity;
    if (!(await target.mayDo({ verb: 'create', resource, namespace }))) {
      const group = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
      const rule = `a Role in namespace "${namespace ?? ''}" with verbs [create], apiGroups ["${resource.group}"], resources [${resource.plural}]`;
      return obstructed({ kind: 'forbidden', rule }, `forbidden: create ${group}: it takes ${rule}`);
    }
    const missing = await this.#prerequisites.classObstacle(draft);
    if (missing !== undefined) return missing;
    const problem = this.#schemaProblem(draft, object, definition);
    if (problem !== undefined) {
      return obstructed({ kind: 'rejected' }, `its definition refuses it: ${problem}`, 'derived');
    }
    const blocked = await this.#unansweredWebhook(candidate);
    if (blocked !== undefined) return blocked;
    const converting = this.#convertingService(draft, definition);
    if (converting !== undefined) {
      const open = `whether ${converting} is served in time to convert it shows only then`;
      return { verdict: 'create', how: 'unprovable', reason: `it is stored in another version: ${open}` };
    }
    const waits = `${formatIdentity(pending.identity)} is made by the plan`;
    const isKindThere = target.kinds.find(resource.group, resource.version, resource.kind) !== undefined;
    if (options.standIn !== undefined && namespace !== undefined && isKindThere) {
      const standIn = new Map(object).set(
        'metadata',
        new Map(object.get('metadata') as JsonObject).set('namespace', options.standIn),
      );
      try {
        await target.dryRun.create(resource, standIn);
      } catch (error) {
        const judgement = judgementOf(error);
        if (judgement === undefined) throw error;
        if (judgement.verdict !== 'exists') {
          return this.#afterRefusal(candidate, error, { ...judgement, how: 'derived' });
        }
      }
      return { verdict: 'create', how: 'derived', reason: `${waits}; tried in namespace ${options.standIn}` };
    }
    return { verdict: 'create', how: 'derived', reason: waits };
  }

  /** A webhook that no dry run asks, and that the API server will not be able to. */
  async #unansweredWebhook({ draft, resource, object }: Candidate): Promise<Judgement | undefined> {
    const { source, transform, facts, webhooks } = this.#context;
    const { namespace } = draft.identity;
    const planned = this.#prerequisites.pendingNamespace(draft);
    const read = planned && (await source.object(planned.entry));
    const home = read
      ? (transform?.apply(read).object ?? read)
      : await facts.objectNamed('', 'Namespace', undefined, namespace ?? '');
    const namespaceLabels = labelsOf(home instanceof Map ? home : undefined);
    namespaceLabels.set('kubernetes.io/metadata.name', namespace ?? '');
    const { group, version, plural } = resource;
    const asked = { group, version, plural, namespace, labels: labelsOf(object), namespaceLabels };
    const unanswered = await webhooks.unanswered(asked);
    if (unanswered === undefined) return undefined;
    const { webhook, why } = unanswered;
    const reason = `webhook ${webhook.name} cannot be called: ${why}`;
    if (webhook.isConditional) {
      const open = 'whether it is asked about the object depends on its conditions';
      return { verdict: 'create', how: 'unprovable', reason: `${reason}; ${open}` };
    }
    return obstructed({ kind: 'blocked', by: webhook.name, answered: false }, reason, 'derived');
  }

  /** Who is asked to convert an object before it can be stored, where its definition has somebody asked. */
  #convertingService({ identity }: PlacedDraft, definition: PlacedDraft | undefined): string | undefined {
    const defined = definition?.api?.definition;
    if (stringAt(defined, 'spec', 'conversion', 'strategy') !== 'Webhook') return undefined;
    const stored = arrayAt(defined, 'spec', 'versions').find((one) => valueAt(one, 'storage') === true);
    if (stringAt(stored, 'name') === identity.version) return undefined;
    const client = valueAt(defined, 'spec', 'conversion', 'webhook', 'clientConfig');
    const [namespace, name] = [stringAt(client, 'service', 'namespace'), stringAt(client, 'service', 'name')];
    return name === undefined ? 'its conversion webhook' : `Service ${namespace ?? ''}/${name}`;
  }

  #schemaProblem(
    { identity }: PlacedDraft,
    object: JsonObject,
    definition: PlacedDraft | undefined,
  ): string | undefined {
    const defined = definition?.api?.definition;
    const schema = defined === undefined ? undefined : definedSchema(defined, identity.version);
    return schema === undefined ? undefined : schemaProblem(object, schema);
  }

  async #judgeByDryRun(candidate: Candidate, definition: PlacedDraft | undefined): Promise<Judgement> {
    const { draft, resource } = candidate;
    for (let look = 1; ; look++) {
      const { namespace, name } = draft.identity;
      const live =
        look === 1
          ? await this.#context.live.get(resource, namespace, name)
          : await this.#context.target.objects.get(resource, namespace, name);
      try {
        return live === undefined
          ? await this.#tryCreate(candidate)
          : await this.#tryExisting(candidate, live);
      } catch (error) {
        const judgement = judgementOf(error);
        if (judgement === undefined) throw error;
        const isRace = live === undefined ? judgement.verdict === 'exists' : isStale(error);
        if (isRace && look < LOOKS_MAX) continue;
        const hasNewSchema =
          definition !== undefined && this.#prerequisites.verdictOf(definition.id) === 'update';
        if (judgement.verdict === 'rejected' && hasNewSchema && live === undefined) {
          return this.#derive(candidate, definition, definition);
        }
        const reference = live === undefined ? undefined : this.#reference(live, resource);
        const refused = this.#afterRefusal(candidate, error, judgement, live !== undefined);
        return reference === undefined ? refused : { ...refused, live: reference };
      }
    }
  }

  async #tryCreate({ draft, resource, object, pendingOwner }: Candidate): Promise<Judgement> {
    // What is there already gets along without its class.
    const missing = await this.#prerequisites.classObstacle(draft);
    if (missing !== undefined) return missing;
    await this.#context.target.dryRun.create(resource, object);
    if (pendingOwner === undefined) return { verdict: 'create', how: 'proven', reason: '' };
    return { verdict: 'create', how: 'derived', reason: `its owner ${pendingOwner} is made by the plan` };
  }

  async #tryExisting(candidate: Candidate, live: JsonObject): Promise<Judgement> {
    const { target, options } = this.#context;
    const { draft, resource, object, pendingOwner } = candidate;
    const { namespace, name } = draft.identity;
    const reference = this.#reference(live, resource);
    if (options.existing === 'skip') {
      return { verdict: 'kept', how: 'proven', reason: 'it is there, and stays as it is', live: reference };
    }
    if (options.existing === 'fail') {
      return { ...obstructed({ kind: 'exists' }, 'it is there already'), live: reference };
    }
    let written: JsonObject;
    try {
      written =
        options.existing === 'replace'
          ? await target.dryRun.replace(resource, replacementOf(object, live))
          : await target.dryRun.apply(resource, object, { force: options.conflicts === 'force' });
    } catch (error) {
      if (options.existing !== 'recreate' || refusalOf(error)?.refusal !== 'immutable') throw error;
      await target.dryRun.delete(resource, namespace, name, { uid: reference.uid });
      return {
        verdict: 'recreate',
        how: 'derived',
        reason: `fields that cannot change differ: ${immutableFields(error)}`,
        changes: this.changes.between(live, object, hasStatusSubresource(resource)),
        live: reference,
      };
    }
    const { status, notes } = await this.#tryStatus(candidate);
    if (status !== undefined) written = new Map(written).set('status', status);
    const isStatusTheirs = hasStatusSubresource(resource) && status === undefined;
    if (pendingOwner === undefined && isUnchanged(live, written, isStatusTheirs)) {
      return { verdict: 'unchanged', how: 'proven', reason: '', notes, live: reference };
    }
    return {
      verdict: 'update',
      how: pendingOwner === undefined ? 'proven' : 'derived',
      reason: pendingOwner === undefined ? '' : `its owner ${pendingOwner} is made by the plan`,
      changes: this.changes.between(live, written, isStatusTheirs),
      notes,
      live: reference,
    };
  }

  /** The status that the object would get; that it cannot get one is worth a note, as it is when the plan is applied. */
  async #tryStatus({
    resource,
    object,
    status,
  }: Candidate): Promise<{ status?: JsonValue | undefined; notes: readonly string[] }> {
    if (status === undefined) return { notes: [] };
    try {
      const { target } = this.#context;
      const written = await target.dryRun.apply(resource, statusPatch(object, status), STATUS_APPLY);
      return { status: written.get('status'), notes: [] };
    } catch (error) {
      if (!isPtarError(error) || judgementOf(error) === undefined) throw error;
      return { notes: [`its status cannot be restored: ${error.message}`] };
    }
  }

  #reference(live: JsonObject, resource: ApiResource): NonNullable<Judgement['live']> {
    return liveReference(this.#context.mac, live, hasStatusSubresource(resource));
  }

  /** A refusal may be for want of something that the plan makes, or say nothing because a webhook takes no dry runs. */
  #afterRefusal(candidate: Candidate, error: unknown, judgement: Judgement, isThere = false): Judgement {
    const refusal = refusalOf(error)?.refusal;
    const verdict = isThere ? 'update' : 'create';
    if (refusal === 'webhook without dry run' && judgement.obstacle?.kind === 'blocked') {
      const reason = `webhook ${judgement.obstacle.by} takes no dry runs: whether it lets the object pass shows only then`;
      return { verdict, how: 'unprovable', reason };
    }
    if (isThere || !isPtarError(error)) return judgement;
    const awaited = this.#prerequisites.awaited(candidate.draft, error.message);
    const mayBeFor = ['other', 'account missing', 'priority class missing', 'runtime class missing'];
    if (awaited === undefined || !mayBeFor.includes(refusal ?? '')) return judgement;
    return { verdict, how: 'derived', reason: `${formatIdentity(awaited.identity)} is made by the plan` };
  }
}

function labelsOf(object: JsonObject | undefined): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of objectAt(object, 'metadata', 'labels') ?? []) {
    if (typeof value === 'string') labels.set(name, value);
  }
  return labels;
}

function isWithin({ identity }: PlacedDraft, namespace: string): boolean {
  if (identity.namespace === namespace) return true;
  return identity.kind === 'Namespace' && identity.group === '' && identity.name === namespace;
}

function isStale(error: unknown): boolean {
  const refusal = refusalOf(error);
  if (refusal?.refusal === 'stale') return true;
  return refusal?.refusal === 'other' && isPtarError(error) && 'status' in error && error.status === 404;
}

function immutableFields(error: unknown): string {
  const refusal = refusalOf(error);
  return refusal?.refusal === 'immutable' ? refusal.fields.join(', ') : '';
}
