/** Columns of what makes Pods, and of what scales and guards them. */
import { timeAt } from '../../resources/conditions.ts';
import {
  arrayAt,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../../resources/json-value.ts';
import { splitApiVersion } from '../../resources/object-path.ts';
import { formatAge } from '../quantities.ts';
import {
  AGE,
  column,
  containerColumns,
  countAt,
  isDeleting,
  isTrue,
  labelsText,
  NAME,
  NONE,
  selectorColumn,
  selectorText,
  sinceAt,
  textAt,
  UNSET,
  type ObjectColumn,
} from './column.ts';

const TEMPLATE = ['spec', 'template', 'spec'] as const;

function count(header: string, ...path: readonly string[]): ObjectColumn {
  return { header, cell: (object) => String(countAt(object, ...path)) };
}

function desired(object: JsonObject): string {
  return textAt(object, ['spec', 'replicas'], '1');
}
const READY_OF_DESIRED: ObjectColumn = {
  header: 'READY',
  cell: (object) => `${countAt(object, 'status', 'readyReplicas')}/${desired(object)}`,
};
const REPLICA_COUNTS: readonly ObjectColumn[] = [
  NAME,
  { header: 'DESIRED', cell: desired },
  count('CURRENT', 'status', 'replicas'),
  count('READY', 'status', 'readyReplicas'),
  AGE,
  ...containerColumns(...TEMPLATE),
];

/** By `Kind` or `Kind.group`. */
export const WORKLOAD_COLUMNS: Readonly<Record<string, readonly ObjectColumn[]>> = {
  ReplicationController: [
    ...REPLICA_COUNTS,
    { header: 'SELECTOR', wide: true, cell: (object) => labelsText(objectAt(object, 'spec', 'selector')) },
  ],
  'ReplicaSet.apps': [...REPLICA_COUNTS, selectorColumn('spec', 'selector')],
  'Deployment.apps': [
    NAME,
    READY_OF_DESIRED,
    count('UP-TO-DATE', 'status', 'updatedReplicas'),
    count('AVAILABLE', 'status', 'availableReplicas'),
    AGE,
    ...containerColumns(...TEMPLATE),
    selectorColumn('spec', 'selector'),
  ],
  'StatefulSet.apps': [NAME, READY_OF_DESIRED, AGE, ...containerColumns(...TEMPLATE)],
  'DaemonSet.apps': [
    NAME,
    count('DESIRED', 'status', 'desiredNumberScheduled'),
    count('CURRENT', 'status', 'currentNumberScheduled'),
    count('READY', 'status', 'numberReady'),
    count('UP-TO-DATE', 'status', 'updatedNumberScheduled'),
    count('AVAILABLE', 'status', 'numberAvailable'),
    { header: 'NODE SELECTOR', cell: (object) => labelsText(objectAt(object, ...TEMPLATE, 'nodeSelector')) },
    AGE,
    ...containerColumns(...TEMPLATE),
    selectorColumn('spec', 'selector'),
  ],
  'Job.batch': [
    NAME,
    { header: 'STATUS', cell: jobStatus },
    { header: 'COMPLETIONS', cell: completions },
    {
      header: 'DURATION',
      cell: (object, { nowMs }) => {
        const startedMs = timeAt(object, 'status', 'startTime');
        const endedMs = timeAt(object, 'status', 'completionTime') ?? nowMs;
        return startedMs === undefined ? '' : formatAge(endedMs - startedMs);
      },
    },
    AGE,
    ...containerColumns(...TEMPLATE),
    selectorColumn('spec', 'selector'),
  ],
  'CronJob.batch': [
    NAME,
    column('SCHEDULE', 'spec.schedule'),
    column('TIMEZONE', 'spec.timeZone', NONE),
    {
      header: 'SUSPEND',
      cell: (object) => {
        const suspend = valueAt(object, 'spec', 'suspend');
        return typeof suspend !== 'boolean' ? UNSET : suspend ? 'True' : 'False';
      },
    },
    { header: 'ACTIVE', cell: (object) => String(arrayAt(object, 'status', 'active').length) },
    {
      header: 'LAST SCHEDULE',
      cell: (object, context) => sinceAt(object, context, 'status', 'lastScheduleTime') ?? NONE,
    },
    AGE,
    ...containerColumns('spec', 'jobTemplate', ...TEMPLATE),
    selectorColumn('spec', 'jobTemplate', 'spec', 'selector'),
  ],
  'ControllerRevision.apps': [
    NAME,
    { header: 'CONTROLLER', cell: controllerText },
    count('REVISION', 'revision'),
    AGE,
  ],
  'HorizontalPodAutoscaler.autoscaling': [
    NAME,
    {
      header: 'REFERENCE',
      cell: (object) => {
        const target = objectAt(object, 'spec', 'scaleTargetRef');
        return `${stringAt(target, 'kind') ?? ''}/${stringAt(target, 'name') ?? ''}`;
      },
    },
    { header: 'TARGETS', cell: metricsText },
    column('MINPODS', 'spec.minReplicas', UNSET),
    count('MAXPODS', 'spec', 'maxReplicas'),
    count('REPLICAS', 'status', 'currentReplicas'),
    AGE,
  ],
  'PodDisruptionBudget.policy': [
    NAME,
    column('MIN AVAILABLE', 'spec.minAvailable', 'N/A'),
    column('MAX UNAVAILABLE', 'spec.maxUnavailable', 'N/A'),
    count('ALLOWED DISRUPTIONS', 'status', 'disruptionsAllowed'),
    AGE,
  ],
  'NetworkPolicy.networking.k8s.io': [
    NAME,
    { header: 'POD-SELECTOR', cell: (object) => selectorText(valueAt(object, 'spec', 'podSelector')) },
    AGE,
  ],
};

function jobStatus(job: JsonObject): string {
  if (isTrue(job, 'Complete')) return 'Complete';
  if (isTrue(job, 'Failed')) return 'Failed';
  if (isDeleting(job)) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => isTrue(job, type)) ?? 'Running';
}

function completions(job: JsonObject): string {
  const succeeded = countAt(job, 'status', 'succeeded');
  const wanted = textAt(job, ['spec', 'completions']);
  if (wanted !== '') return `${succeeded}/${wanted}`;
  const parallelism = countAt(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function controllerText(object: JsonObject): string {
  const owner = arrayAt(object, 'metadata', 'ownerReferences').find(
    (reference) => valueAt(reference, 'controller') === true,
  );
  if (owner === undefined) return NONE;
  const { group } = splitApiVersion(stringAt(owner, 'apiVersion') ?? '');
  const kind = `${stringAt(owner, 'kind') ?? ''}${group === '' ? '' : `.${group}`}`;
  return `${kind.toLowerCase()}/${stringAt(owner, 'name') ?? ''}`;
}

/** Metrics of an autoscaler that its cell names before it counts the rest. */
const METRICS_SHOWN_MAX = 2;
/** The field of a metric's type, and whether the cell begins with the resource's name. */
const METRIC_FIELDS: Readonly<Record<string, readonly [field: string, isNamed: boolean]>> = {
  External: ['external', false],
  Pods: ['pods', false],
  Object: ['object', false],
  Resource: ['resource', true],
  ContainerResource: ['containerResource', true],
};

function metricsText(autoscaler: JsonObject): string {
  const statuses = arrayAt(autoscaler, 'status', 'currentMetrics');
  const texts = arrayAt(autoscaler, 'spec', 'metrics').map((metric, index) =>
    metricText(metric, statuses[index]),
  );
  if (texts.length === 0) return NONE;
  const shown = texts.slice(0, METRICS_SHOWN_MAX).join(', ');
  return texts.length > METRICS_SHOWN_MAX ? `${shown} + ${texts.length - METRICS_SHOWN_MAX} more...` : shown;
}

function metricText(metric: JsonValue, status: JsonValue | undefined): string {
  const type = METRIC_FIELDS[stringAt(metric, 'type') ?? ''];
  if (type === undefined) return '<unknown type>';
  const [field, isNamed] = type;
  const target = objectAt(metric, field, 'target');
  const current = objectAt(status, field, 'current');
  const name = isNamed ? `${stringAt(metric, field, 'name') ?? ''}: ` : '';
  const average = textAt(target, ['averageValue']);
  const unknown = '<unknown>';
  if (average !== '') {
    const note = isNamed || field === 'pods' ? '' : ' (avg)';
    return `${name}${textAt(current, ['averageValue'], unknown)}/${average}${note}`;
  }
  if (!isNamed) return `${textAt(current, ['value'], unknown)}/${textAt(target, ['value'])}`;
  const used = textAt(current, ['averageUtilization']);
  const wanted = textAt(target, ['averageUtilization']);
  return `${name}${used === '' ? unknown : `${used}%`}/${wanted === '' ? '<auto>' : `${wanted}%`}`;
}
