/**
 * What `kubectl get pods` shows. STATUS is no field: it is told from the phase and the states of the containers, the last reason that
 * matters first.
 *
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/, https://kubernetes.io/docs/tasks/debug/debug-application/debug-init-containers/
 */
import { conditionOf, timeAt } from '../../resources/conditions.ts';
import {
  arrayAt,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../../resources/json-value.ts';
import { formatAge } from '../quantities.ts';
import {
  AGE,
  countAt,
  isDeleting,
  isTrue,
  NAME,
  NONE,
  textAt,
  wideColumn,
  type ObjectColumn,
} from './column.ts';

/** What a Pod is doing, in kubectl's words. */
export interface PodState {
  readonly status: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** When the last container ended that was started again; Unix milliseconds. */
  readonly restartedMs: number | undefined;
}

interface Restarts {
  count: number;
  lastMs: number | undefined;
}

function countRestarts(restarts: Restarts, status: JsonValue): void {
  restarts.count += countAt(status, 'restartCount');
  const endedMs = timeAt(status, 'lastState', 'terminated', 'finishedAt');
  if (endedMs !== undefined && !(endedMs <= (restarts.lastMs ?? -Infinity))) restarts.lastMs = endedMs;
}

function endReason(terminated: JsonObject): string {
  const reason = stringAt(terminated, 'reason');
  if (reason !== undefined && reason !== '') return reason;
  const signal = countAt(terminated, 'signal');
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${countAt(terminated, 'exitCode')}`;
}

/** What `pod` was doing when it was read. */
export function podState(pod: JsonObject): PodState {
  const sidecars = new Set(
    arrayAt(pod, 'spec', 'initContainers')
      .filter((container) => stringAt(container, 'restartPolicy') === 'Always')
      .map((container) => stringAt(container, 'name')),
  );
  const total = arrayAt(pod, 'spec', 'containers').length + sidecars.size;
  const begun = initState(pod, sidecars);
  const isBegun = begun.status === undefined || isTrue(pod, 'Initialized');
  const main = isBegun ? containerState(pod, begun.status ?? phaseOf(pod), begun.sidecars) : undefined;
  const restarts = main?.restarts ?? begun.restarts;
  return {
    status: endingOf(pod) ?? main?.status ?? begun.status ?? phaseOf(pod),
    ready: begun.ready + (main?.ready ?? 0),
    total,
    restarts: restarts.count,
    restartedMs: restarts.lastMs,
  };
}

function phaseOf(pod: JsonObject): string {
  if (conditionOf(pod, 'PodScheduled')?.reason === 'SchedulingGated') return 'SchedulingGated';
  return textAt(pod, ['status', 'reason'], textAt(pod, ['status', 'phase']));
}

function endingOf(pod: JsonObject): string | undefined {
  if (!isDeleting(pod)) return undefined;
  if (stringAt(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  const hasEnded = ['Succeeded', 'Failed'].includes(stringAt(pod, 'status', 'phase') ?? '');
  return hasEnded ? undefined : 'Terminating';
}

/** Of the init containers; a status where one of them is still the matter. */
function initState(
  pod: JsonObject,
  sidecars: ReadonlySet<string | undefined>,
): { status: string | undefined; ready: number; restarts: Restarts; sidecars: Restarts } {
  const state = {
    status: undefined as string | undefined,
    ready: 0,
    restarts: { count: 0, lastMs: undefined } as Restarts,
    sidecars: { count: 0, lastMs: undefined } as Restarts,
  };
  const count = arrayAt(pod, 'spec', 'initContainers').length;
  for (const [index, container] of arrayAt(pod, 'status', 'initContainerStatuses').entries()) {
    const isSidecar = sidecars.has(stringAt(container, 'name'));
    countRestarts(state.restarts, container);
    if (isSidecar) countRestarts(state.sidecars, container);
    const terminated = objectAt(container, 'state', 'terminated');
    if (terminated !== undefined && countAt(terminated, 'exitCode') === 0) continue;
    if (isSidecar && valueAt(container, 'started') === true) {
      if (valueAt(container, 'ready') === true) state.ready += 1;
      continue;
    }
    const waiting = stringAt(container, 'state', 'waiting', 'reason') ?? '';
    if (terminated !== undefined) state.status = `Init:${endReason(terminated)}`;
    else if (waiting !== '' && waiting !== 'PodInitializing') state.status = `Init:${waiting}`;
    else state.status = `Init:${index}/${count}`;
    break;
  }
  return state;
}

/** Of the containers; the first one's reason wins. */
function containerState(
  pod: JsonObject,
  before: string,
  { count, lastMs }: Restarts,
): { status: string; ready: number; restarts: Restarts } {
  const restarts: Restarts = { count, lastMs };
  let status = before;
  let failure: string | undefined;
  let ready = 0;
  for (const container of arrayAt(pod, 'status', 'containerStatuses').toReversed()) {
    countRestarts(restarts, container);
    const waiting = stringAt(container, 'state', 'waiting', 'reason') ?? '';
    const terminated = objectAt(container, 'state', 'terminated');
    if (waiting !== '') status = waiting;
    else if (terminated !== undefined) {
      status = endReason(terminated);
      if (countAt(terminated, 'exitCode') !== 0) failure = status;
    } else if (
      valueAt(container, 'ready') === true &&
      objectAt(container, 'state', 'running') !== undefined
    ) {
      ready += 1;
    }
  }
  if (status === 'Completed' && ready > 0 && isTrue(pod, 'Ready')) status = 'Running';
  else if (status === 'Completed' && failure !== undefined) status = failure;
  else if (status === 'Completed' && ready > 0) status = 'NotReady';
  return { status, ready, restarts };
}

/** Columns of Pods. */
export const POD_COLUMNS: readonly ObjectColumn[] = [
  NAME,
  {
    header: 'READY',
    cell: (pod) => {
      const { ready, total } = podState(pod);
      return `${ready}/${total}`;
    },
  },
  { header: 'STATUS', cell: (pod) => podState(pod).status },
  {
    header: 'RESTARTS',
    cell: (pod, { nowMs }) => {
      const { restarts, restartedMs } = podState(pod);
      if (restarts === 0 || restartedMs === undefined) return String(restarts);
      return `${restarts} (${formatAge(nowMs - restartedMs)} ago)`;
    },
  },
  AGE,
  {
    header: 'IP',
    wide: true,
    cell: (pod) => textAt(pod, ['status', 'podIPs', 0, 'ip'], NONE),
  },
  wideColumn('NODE', 'spec.nodeName', NONE),
  wideColumn('NOMINATED NODE', 'status.nominatedNodeName', NONE),
  {
    header: 'READINESS GATES',
    wide: true,
    cell: (pod) => {
      const gates = arrayAt(pod, 'spec', 'readinessGates');
      const open = gates.filter((gate) => isTrue(pod, stringAt(gate, 'conditionType') ?? ''));
      return gates.length === 0 ? NONE : `${open.length}/${gates.length}`;
    },
  },
];
