/**
 * What controllers make of a workload when it is created: a Deployment is admitted whatever it asks for, its Pods are not.
 *
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/
 */
import { labelSelectorFrom, matchesLabels } from './label-selector.ts';
import {
  arrayAt,
  JsonNumber,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from './json-value.ts';

/** Equal objects that a controller makes of a workload. */
export interface MadeObjects {
  readonly kind: 'Pod' | 'ReplicaSet' | 'PersistentVolumeClaim';
  readonly plural: 'pods' | 'replicasets' | 'persistentvolumeclaims';
  readonly group: '' | 'apps';
  readonly count: number;
  /** One of them, as far as it is known: its spec. */
  readonly object: JsonObject;
}

/** What it depends on how much is made. */
export interface MakingPlace {
  /** All nodes; undefined where they may not be read. */
  readonly nodes: readonly JsonObject[] | undefined;
  /** Names of the PersistentVolumeClaims that the workload's namespace has. */
  readonly claims: ReadonlySet<string>;
}

/** Kinds that {@link madeObjects} knows, as `Kind.group`. */
export const MAKING_KINDS: ReadonlySet<string> = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'ReplicaSet.apps',
  'DaemonSet.apps',
  'ReplicationController.',
  'Job.batch',
]);

/** Taints that a DaemonSet's Pods tolerate by themselves. Source: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations */
const TOLERATED = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
].map((name) => `node.kubernetes.io/${name}`);

/** What controllers make of `workload`, which is of one of `MAKING_KINDS`; nothing for other kinds. */
export function madeObjects(workload: JsonObject, place: MakingPlace): MadeObjects[] {
  const template = objectAt(workload, 'spec', 'template');
  const pods = (count: number): MadeObjects => {
    const object: JsonObject = new Map<string, JsonValue>([['spec', template?.get('spec') ?? null]]);
    return { kind: 'Pod', plural: 'pods', group: '', count, object };
  };
  switch (stringAt(workload, 'kind')) {
    case 'Deployment': {
      const set = { kind: 'ReplicaSet', plural: 'replicasets', group: 'apps' } as const;
      return [{ ...set, count: 1, object: new Map() }, pods(replicasOf(workload))];
    }
    case 'ReplicaSet':
    case 'ReplicationController':
      return [pods(replicasOf(workload))];
    case 'StatefulSet':
      return [...claimsOf(workload, place.claims), pods(replicasOf(workload))];
    case 'DaemonSet': {
      const spec = objectAt(template, 'spec');
      return place.nodes === undefined
        ? []
        : [pods(place.nodes.filter((node) => mayRunOn(spec, node)).length)];
    }
    case 'Job':
      return [pods(parallelPods(workload))];
    case undefined:
    default:
      return [];
  }
}

function countAt(object: JsonValue, ...path: readonly string[]): number | undefined {
  const value = valueAt(object, ...path);
  if (!(value instanceof JsonNumber)) return undefined;
  const count = value.toNumber();
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

function replicasOf(workload: JsonObject): number {
  return countAt(workload, 'spec', 'replicas') ?? 1;
}

/** Pods that a Job has at a time. */
function parallelPods(job: JsonObject): number {
  if (valueAt(job, 'spec', 'suspend') === true) return 0;
  const parallelism = countAt(job, 'spec', 'parallelism') ?? 1;
  return Math.min(parallelism, countAt(job, 'spec', 'completions') ?? parallelism);
}

/** The claims of a StatefulSet that are not there; it names them `TEMPLATE-SET-ORDINAL`. */
function claimsOf(workload: JsonObject, claims: ReadonlySet<string>): MadeObjects[] {
  const name = stringAt(workload, 'metadata', 'name') ?? '';
  const start = countAt(workload, 'spec', 'ordinals', 'start') ?? 0;
  const replicas = replicasOf(workload);
  return arrayAt(workload, 'spec', 'volumeClaimTemplates').map((template): MadeObjects => {
    const prefix = `${stringAt(template, 'metadata', 'name') ?? ''}-${name}-`;
    const there = [...claims].filter((claim) => {
      const ordinal = claim.startsWith(prefix) ? claim.slice(prefix.length) : '';
      return /^\d{1,9}$/.test(ordinal) && Number(ordinal) >= start && Number(ordinal) < start + replicas;
    });
    const count = replicas - there.length;
    const object: JsonObject = new Map<string, JsonValue>([['spec', valueAt(template, 'spec') ?? null]]);
    return { kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', group: '', count, object };
  });
}

/** True where a DaemonSet puts a Pod on a node. */
function mayRunOn(spec: JsonObject | undefined, node: JsonObject): boolean {
  const labels = new Map<string, string>();
  for (const [name, value] of objectAt(node, 'metadata', 'labels') ?? []) {
    if (typeof value === 'string') labels.set(name, value);
  }
  for (const [name, value] of objectAt(spec, 'nodeSelector') ?? []) {
    if (labels.get(name) !== value) return false;
  }
  const required = objectAt(
    spec,
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
  );
  const terms = arrayAt(required, 'nodeSelectorTerms').filter((term) => term instanceof Map);
  if (required !== undefined && !terms.some((term) => matchesLabels(labelSelectorFrom(term), labels))) {
    return false;
  }
  return arrayAt(node, 'spec', 'taints').every((taint) => isTolerated(spec, taint));
}

function isTolerated(spec: JsonObject | undefined, taint: JsonValue): boolean {
  const [key, effect] = [stringAt(taint, 'key') ?? '', stringAt(taint, 'effect') ?? ''];
  if (effect === 'PreferNoSchedule' || TOLERATED.includes(key)) return true;
  return arrayAt(spec, 'tolerations').some((toleration) => {
    const ofEffect = stringAt(toleration, 'effect') ?? '';
    if (ofEffect !== '' && ofEffect !== effect) return false;
    const ofKey = stringAt(toleration, 'key') ?? '';
    if (stringAt(toleration, 'operator') === 'Exists') return ofKey === '' || ofKey === key;
    return ofKey === key && (stringAt(toleration, 'value') ?? '') === (stringAt(taint, 'value') ?? '');
  });
}
