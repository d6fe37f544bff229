/** Pods in objects: where the PodSpec of each kind stands, and the images it names. */
import { arrayAt, objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { splitApiVersion } from './object-path.ts';

/** Where a kind keeps its PodSpec. */
export interface PodSpecPlace {
  /** `Kind` or `Kind.group`. */
  readonly kind: string;
  readonly path: readonly string[];
  readonly source: string;
}

const DOCS = 'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources';

/** Every built-in kind that makes Pods, and Pods. */
export const POD_SPEC_PLACES: readonly PodSpecPlace[] = [
  { kind: 'Pod', path: ['spec'], source: `${DOCS}/pod-v1/#PodSpec` },
  { kind: 'PodTemplate', path: ['template', 'spec'], source: `${DOCS}/pod-template-v1/` },
  ...[
    ['ReplicationController', 'replication-controller-v1'],
    ['ReplicaSet.apps', 'replica-set-v1'],
    ['Deployment.apps', 'deployment-v1'],
    ['StatefulSet.apps', 'stateful-set-v1'],
    ['DaemonSet.apps', 'daemon-set-v1'],
    ['Job.batch', 'job-v1'],
  ].map(([kind = '', page = '']): PodSpecPlace => ({
    kind,
    path: ['spec', 'template', 'spec'],
    source: `${DOCS}/${page}/`,
  })),
  {
    kind: 'CronJob.batch',
    path: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
    source: `${DOCS}/cron-job-v1/`,
  },
];

const pathByKind = new Map(POD_SPEC_PLACES.map(({ kind, path }) => [kind, path]));

/** The PodSpec that `object` is or makes Pods of; undefined for other kinds. */
export function podSpecOf(object: JsonValue): JsonObject | undefined {
  const { group } = splitApiVersion(stringAt(object, 'apiVersion') ?? '');
  const kind = stringAt(object, 'kind') ?? '';
  const path = pathByKind.get(group === '' ? kind : `${kind}.${group}`);
  return path && objectAt(object, ...path);
}

/** An image that a workload runs. */
export interface ContainerImage {
  readonly container: string;
  readonly type: 'init' | 'container' | 'ephemeral';
  /** As the workload names it. */
  readonly image: string;
  /** What a Pod runs, as its status says: a digest in most cases. */
  readonly imageId?: string;
}

const CONTAINER_LISTS = [
  ['initContainers', 'initContainerStatuses', 'init'],
  ['containers', 'containerStatuses', 'container'],
  ['ephemeralContainers', 'ephemeralContainerStatuses', 'ephemeral'],
] as const;

/** The images of a Pod or of whatever makes Pods, in the order of the containers; none for other kinds. */
export function imagesOf(object: JsonValue): readonly ContainerImage[] {
  const spec = podSpecOf(object);
  if (spec === undefined) return [];
  return CONTAINER_LISTS.flatMap(([list, statuses, type]) =>
    arrayAt(spec, list).map((item): ContainerImage => {
      const container = stringAt(item, 'name') ?? '';
      const status = arrayAt(object, 'status', statuses).find((one) => stringAt(one, 'name') === container);
      const imageId = stringAt(status, 'imageID');
      const image = stringAt(item, 'image') ?? '';
      return { container, type, image, ...(imageId !== undefined && imageId !== '' && { imageId }) };
    }),
  );
}
