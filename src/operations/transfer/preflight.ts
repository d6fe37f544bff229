/** Compares what a selection needs with what a cluster has, before anything is planned. Only reads. */
import type { ClusterClientOptions } from '../../connectors/cluster-client/index.ts';
import { mapParallel } from '../../connectors/kubernetes/parallel.ts';
import { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { ConnectorError, throwIfCancelled } from '../../errors.ts';
import type { SnapshotReader } from '../../format/index.ts';
import { completeImage, parseImage } from '../../resources/image-reference.ts';
import { arrayAt, stringAt } from '../../resources/json-value.ts';
import { apiVersionOf } from '../../resources/object-path.ts';
import { REQUESTS_WIDTH } from '../plan/make-plan.ts';
import { kindKey, objectKey } from '../plan/object-key.ts';
import { resolveResource } from '../plan/prepared-object.ts';
import type { ObjectTransform, PlanSelection } from '../plan/restore-events.ts';
import { TargetFacts } from '../plan/target-facts.ts';
import type { Need, Requirement, RequirementState } from './requirements.ts';
import { kindName, needsOfSelection, type NeedSubject, type SelectionNeeds } from './selection-needs.ts';

/** What to compare. */
export interface PreflightRequest {
  readonly snapshot: SnapshotReader;
  readonly selection: PlanSelection;
  /** `k8s://[CONTEXT][/NAMESPACE]` */
  readonly target: string;
  readonly access: ClusterClientOptions;
  readonly transform?: ObjectTransform;
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface PreflightResult {
  /** URL and context of the target, for people. */
  readonly target: string;
  /** Objects that would be restored. */
  readonly objects: number;
  readonly requirements: readonly Requirement[];
  /** Objects that could not be read. */
  readonly problems: SelectionNeeds['problems'];
}

type Finding = Pick<Requirement, 'state' | 'detail'>;

const THERE: Finding = { state: 'there', detail: '' };
const COMES_ALONG: Finding = { state: 'comes along', detail: '' };
/** In front of provisioners that are built into Kubernetes. */
const IN_TREE = 'kubernetes.io/';

/**
 * Asks the target for everything that the selection needs. It reads definitions, classes, names of drivers, nodes, and the objects that are
 * named and not selected.
 * @throws UsageError; NotFoundError; ConnectorError; IntegrityError; FormatError; CancelledError
 */
export async function preflight(request: PreflightRequest): Promise<PreflightResult> {
  const { snapshot, selection, transform, signal } = request;
  const needs = await needsOfSelection(snapshot, selection, transform, signal);
  const target = await RestoreTarget.open(request.target, request.access, signal);
  try {
    const check = new TargetCheck(target, needs);
    const requirements = await mapParallel(needs.needs, REQUESTS_WIDTH, (need) => {
      throwIfCancelled(signal);
      return check.requirement(need);
    });
    const version = versionRequirement(sourceVersion(snapshot), target.facts.version);
    const { server, context } = target.facts;
    const { objects, problems } = needs;
    return {
      target: `${server} (context ${context})`,
      objects,
      requirements: [version, ...requirements],
      problems,
    };
  } finally {
    await target.close();
  }
}

/** True where something is missing. */
export function isObstructed({ requirements }: PreflightResult): boolean {
  return requirements.some(({ state }) => state === 'missing');
}

class TargetCheck {
  readonly #target: RestoreTarget;
  readonly #facts: TargetFacts;
  readonly #needs: SelectionNeeds;
  #drivers: Promise<ReadonlySet<string> | undefined> | undefined;
  #images: Promise<ReadonlySet<string> | undefined> | undefined;

  constructor(target: RestoreTarget, needs: SelectionNeeds) {
    this.#target = target;
    this.#facts = new TargetFacts(target);
    this.#needs = needs;
  }

  async requirement({ kind, name, subject, neededBy, count }: Need<NeedSubject>): Promise<Requirement> {
    return { kind, name, ...(await this.#finding(kind, name, subject)), neededBy, count };
  }

  async #finding(kind: Requirement['kind'], name: string, subject: NeedSubject): Promise<Finding> {
    if (subject.is === 'api') return this.#api(subject);
    if (subject.is === 'image') return this.#image(name);
    if (this.#needs.selected.has(objectKey(subject.target))) return COMES_ALONG;
    if (kind === 'csi driver') return this.#driver(name);
    const { group, kind: type, namespace } = subject.target;
    const found = await this.#facts.objectNamed(
      group,
      type,
      namespace,
      name.slice(name.lastIndexOf('/') + 1),
    );
    if (found === 'unknown') return { state: 'unknown', detail: 'it may not be read' };
    return found === undefined ? { state: 'missing', detail: hintFor(kind) } : THERE;
  }

  async #api({ identity, object }: NeedSubject & { readonly is: 'api' }): Promise<Finding> {
    const { group, kind, version } = identity;
    const resolved = await resolveResource(this.#target, this.#facts, identity, object);
    if (resolved !== undefined) {
      return resolved.note === ''
        ? THERE
        : {
            state: 'convertible',
            detail: `becomes ${apiVersionOf(resolved.resource)}, whose fields are the same`,
          };
    }
    if (this.#needs.defined.get(kindKey(identity))?.includes(version) === true) return COMES_ALONG;
    if (this.#needs.aggregated.has(apiVersionOf(identity))) return COMES_ALONG;
    const served = this.#target.kinds.versionsOf(group, kind);
    const detail =
      served.length > 0
        ? `the target serves ${served.join(', ')}, which may have other fields`
        : `the target does not know ${kindName(identity)}`;
    return { state: 'missing', detail };
  }

  async #driver(name: string): Promise<Finding> {
    if (name.startsWith(IN_TREE)) return { state: 'there', detail: 'built into Kubernetes' };
    this.#drivers ??= this.#nodeDrivers();
    const [object, ofNodes] = await Promise.all([
      this.#facts.objectNamed('storage.k8s.io', 'CSIDriver', undefined, name),
      this.#drivers,
    ]);
    if ((object !== undefined && object !== 'unknown') || ofNodes?.has(name) === true) return THERE;
    if (object === 'unknown' || ofNodes === undefined) {
      return { state: 'unknown', detail: 'drivers may not be read' };
    }
    return name.includes('/')
      ? { state: 'unknown', detail: 'a provisioner that is no CSI driver leaves no trace before it works' }
      : { state: 'missing', detail: 'no node has this driver' };
  }

  #nodeDrivers(): Promise<ReadonlySet<string> | undefined> {
    return this.#gather('storage.k8s.io', 'CSINode', (node) =>
      arrayAt(node, 'spec', 'drivers').flatMap((driver) => stringAt(driver, 'name') ?? []),
    );
  }

  async #image(name: string): Promise<Finding> {
    this.#images ??= this.#gather('', 'Node', (node) =>
      arrayAt(node, 'status', 'images').flatMap((image) =>
        arrayAt(image, 'names').flatMap((one) => (typeof one === 'string' ? completeImage(one) : [])),
      ),
    );
    const images = await this.#images;
    if (images?.has(name) === true) return { state: 'there', detail: 'a node has it already' };
    const registry = parseImage(name)?.registry ?? '';
    return { state: 'unknown', detail: `whether nodes reach ${registry} cannot be seen from here` };
  }

  /** What all objects of a kind say; undefined where they may not be read. */
  async #gather(
    group: string,
    kind: string,
    textsOf: (object: Parameters<typeof arrayAt>[0]) => readonly string[],
  ): Promise<ReadonlySet<string> | undefined> {
    const resource = this.#target.kinds.preferred(group, kind);
    const found = new Set<string>();
    if (resource === undefined) return found;
    try {
      for await (const object of this.#target.list(resource)) {
        for (const text of textsOf(object)) found.add(text);
      }
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'CONNECTOR_FORBIDDEN') return undefined;
      throw error;
    }
    return found;
  }
}

function hintFor(kind: Requirement['kind']): string {
  if (kind === 'namespace') return 'restore it too, or create it';
  return kind === 'object' ? 'neither selected nor in the target' : 'create it, or map to one that is there';
}

function sourceVersion(snapshot: SnapshotReader): string {
  return (snapshot.source.context ?? []).find(({ key }) => key === 'kubernetes.version')?.value ?? '';
}

function versionRequirement(source: string, target: string): Requirement {
  const [from, to] = [minorOf(source), minorOf(target)];
  const found = ((): { state: RequirementState; detail: string } => {
    if (to === undefined) return { state: 'unknown', detail: 'the target does not say its version' };
    if (from === undefined) {
      return { state: 'unknown', detail: `${target}; the archive does not say where it comes from` };
    }
    if (to === from) return { state: 'there', detail: target };
    const difference = `${target}, ${Math.abs(to - from)} minor ${Math.abs(to - from) === 1 ? 'version' : 'versions'}`;
    return {
      state: 'there',
      detail: `${difference} ${to > from ? 'newer' : 'older: newer fields may be refused or dropped'}`,
    };
  })();
  return {
    kind: 'server',
    name: source === '' ? 'Kubernetes' : `Kubernetes ${source}`,
    ...found,
    neededBy: [],
    count: 0,
  };
}

function minorOf(version: string): number | undefined {
  const minor = /^v?1\.(\d+)/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}
