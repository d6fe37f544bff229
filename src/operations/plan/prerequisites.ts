import type { ApiResource } from '../../connectors/cluster-client/index.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import { formatIdentity } from '../../resources/object-path.ts';
import { relinkOwners, type OwnerName } from '../../resources/restorable-object.ts';
import { namespaceKey, ownerId, type PlacedDraft } from './draft.ts';
import type { JudgeContext } from './judge-context.ts';
import { obstructed, type Judgement } from './judgement.ts';
import { kindKey, objectKey } from './object-key.ts';

/** What to do about a version that is gone. */
const CONVERT =
  'name a cluster that serves both with --convert-with, or write the object anew in that version';

const CREATING: ReadonlySet<string> = new Set(['create', 'recreate']);

/** What objects of a plan need, in the target or from the plan itself, as far as it has been judged. */
export class Prerequisites {
  readonly #context: Pick<JudgeContext, 'target' | 'facts' | 'options'>;
  readonly #drafts = new Map<string, PlacedDraft>();
  readonly #byId = new Map<string, PlacedDraft>();
  /** Definitions by the kind that they define, APIServices by group and version. */
  readonly #definitions = new Map<string, PlacedDraft>();
  readonly #judged = new Map<string, Judgement>();

  constructor(context: Pick<JudgeContext, 'target' | 'facts' | 'options'>, drafts: readonly PlacedDraft[]) {
    this.#context = context;
    for (const draft of drafts) {
      if (draft.leftOut !== '' || draft.problem !== '') continue;
      this.#drafts.set(objectKey(draft.identity), draft);
      this.#byId.set(draft.id, draft);
      const { group = '', kind, versions = [] } = draft.api ?? {};
      if (kind !== undefined) this.#definitions.set(kindKey({ group, kind }), draft);
      else for (const version of versions) this.#definitions.set(`${group}/${version}`, draft);
    }
  }

  /** Keeps the judgement of an object for those that need it. */
  record(draft: PlacedDraft, judgement: Judgement): void {
    this.#judged.set(draft.id, judgement);
  }

  /** Of an item that was judged; empty before. */
  verdictOf(id: string): string {
    return this.#judged.get(id)?.verdict ?? '';
  }

  /** What an object needs, the plan makes, and `message` complains about. */
  awaited({ dependsOn }: PlacedDraft, message: string): PlacedDraft | undefined {
    return dependsOn
      .map((id) => this.#byId.get(id))
      .find(
        (needed) =>
          needed !== undefined &&
          CREATING.has(this.verdictOf(needed.id)) &&
          message.includes(needed.identity.name),
      );
  }

  /** The definition or APIService of the plan that an object's kind waits for. */
  pendingApi({ identity }: PlacedDraft, isServed: boolean): PlacedDraft | undefined {
    const { group, version } = identity;
    const found = this.#definitions.get(kindKey(identity)) ?? this.#definitions.get(`${group}/${version}`);
    if (found?.api?.versions.includes(version) !== true) return undefined;
    const verdict = this.verdictOf(found.id);
    return CREATING.has(verdict) || verdict === 'update' || (isServed && verdict === 'unchanged')
      ? found
      : undefined;
  }

  /** That nobody serves it. @param problem why it was not converted; empty where nobody was asked to */
  missingApi({ identity }: PlacedDraft, problem: string): Judgement {
    const { group, version, kind } = identity;
    const definition = this.#definitions.get(kindKey(identity));
    const served = this.#context.target.kinds.servedVersions(group, kind);
    const name = `${kind}.${group === '' ? '' : `${group}/`}${version}`;
    const why =
      definition !== undefined && served.length === 0
        ? `its ${formatIdentity(definition.identity)} is not restored: ${this.#judged.get(definition.id)?.reason ?? ''}`
        : served.length === 0
          ? 'restore its CustomResourceDefinition first'
          : `it serves ${served.join(', ')}, whose fields differ; ${problem === '' ? CONVERT : `not converted: ${problem}`}`;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return obstructed(
      { kind: 'missing', what: 'api', name },
      `the cluster does not serve ${kind} of ${apiVersion}: ${why}`,
    );
  }

  /** The Namespace of the plan that an object waits for. */
  pendingNamespace({ identity: { namespace } }: PlacedDraft): PlacedDraft | undefined {
    const found = namespace === undefined ? undefined : this.#drafts.get(namespaceKey(namespace));
    return found !== undefined && CREATING.has(this.verdictOf(found.id)) ? found : undefined;
  }

  /** That its namespace is not there. */
  async namespaceObstacle(draft: PlacedDraft): Promise<Judgement | undefined> {
    const { namespace } = draft.identity;
    if (namespace === undefined || this.pendingNamespace(draft) !== undefined) return undefined;
    const state = await this.#context.facts.namespaceState(namespace);
    if (state === 'there' || state === 'unknown') return undefined;
    const planned = this.#drafts.get(namespaceKey(namespace));
    const why =
      state === 'terminating'
        ? 'is being deleted'
        : planned === undefined
          ? 'does not exist; restore it too, or create it'
          : `does not exist and is not restored: ${this.#judged.get(planned.id)?.reason ?? ''}`;
    return obstructed(
      { kind: 'missing', what: 'namespace', name: namespace },
      `namespace ${namespace} ${why}`,
    );
  }

  async #missingClasses(draft: PlacedDraft): Promise<PlacedDraft['classes']> {
    const missing = [];
    for (const reference of draft.classes) {
      const planned = this.#drafts.get(objectKey(reference.target));
      const verdict = planned === undefined ? undefined : this.#judged.get(planned.id);
      if (verdict !== undefined && verdict.obstacle === undefined) continue;
      if (this.#hasPlannedVolumeOf(reference.target.name, reference.what)) continue;
      if (!(await this.#context.facts.mayHaveClass(reference))) missing.push(reference);
    }
    return missing;
  }

  #hasPlannedVolumeOf(name: string, what: string): boolean {
    if (what !== 'storage-class') return false;
    return [...this.#drafts.values()].some(
      ({ identity, classes }) =>
        identity.kind === 'PersistentVolume' && classes.some(({ target }) => target.name === name),
    );
  }

  /** That a class is not there that it names. */
  async classObstacle(draft: PlacedDraft): Promise<Judgement | undefined> {
    // A volume is there whatever its class: the class only says which claims it is for.
    if (this.#context.options.allowMissingClasses || draft.identity.kind === 'PersistentVolume') {
      return undefined;
    }
    const [missing] = await this.#missingClasses(draft);
    if (missing === undefined) return undefined;
    const { what, target } = missing;
    const reason = `${target.kind} ${target.name} does not exist; restore it too, or allow that with --allow-missing-classes`;
    return obstructed({ kind: 'missing', what, name: target.name }, reason);
  }

  /** The same, where it does not matter. */
  async classNotes(draft: PlacedDraft): Promise<string[]> {
    if (!this.#context.options.allowMissingClasses) return [];
    return (await this.#missingClasses(draft)).map(
      ({ target }) => `${target.kind} ${target.name} does not exist`,
    );
  }

  /** Gives the object the owners that it has in the target. @returns one that the plan has yet to create */
  async relink(
    { identity, owners }: PlacedDraft,
    object: JsonObject,
    captured: JsonObject,
    notes: string[],
  ): Promise<string | undefined> {
    if (owners.length === 0) return undefined;
    const uids = new Map<OwnerName['uid'], string>();
    let pending: string | undefined;
    for (const owner of owners) {
      const planned = ownerId(owner, identity.namespace, this.#drafts);
      if (planned !== undefined && CREATING.has(this.verdictOf(planned.id))) {
        pending = formatIdentity(planned.identity);
        continue;
      }
      const live = await this.#context.facts.objectNamed(
        owner.group,
        owner.kind,
        identity.namespace,
        owner.name,
      );
      const uid = live === 'unknown' ? undefined : stringAt(live, 'metadata', 'uid');
      if (uid !== undefined) uids.set(owner.uid, uid);
      else notes.push(`its owner ${formatIdentity(owner)} is not there: restored without it`);
    }
    relinkOwners(object, captured, (owner) => uids.get(owner.uid));
    return pending;
  }
}

/** The resource that a definition of the plan will make. */
export function plannedResource(
  { identity }: PlacedDraft,
  definition: PlacedDraft | undefined,
): ApiResource | undefined {
  if (definition === undefined) return undefined;
  const { group, version, kind, namespace } = identity;
  const plural = definition.api?.plural ?? kind.toLowerCase();
  const singular = kind.toLowerCase();
  const rest = { singular, shortNames: [], verbs: [], subresources: [] };
  return { group, version, kind, plural, namespaced: namespace !== undefined, ...rest };
}
