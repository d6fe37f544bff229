import { ConnectorError, isPtarError } from '../../errors.ts';
import {
  kubeconfigContextNames,
  openClusterClient,
  type ApiResource,
  type ClusterClient,
  type ClusterClientOptions,
} from '../cluster-client/index.ts';
import type { JsonObject } from '../../resources/json-value.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { parseClusterUri } from './cluster-uri.ts';
import { listObjects, LiveObjects } from './live-objects.ts';
import { ObjectWriter } from './object-writer.ts';
import { TargetKinds } from './target-kinds.ts';

/** Which cluster it is. */
export interface TargetFacts {
  /** URL of the API server, without credentials. */
  readonly server: string;
  readonly context: string;
  /** uid of the Namespace kube-system; empty where it may not be read. */
  readonly clusterId: string;
  /** `v1.34.1`; empty where it is not known. */
  readonly version: string;
}

/** A right that is asked for. */
export interface AskedRight {
  readonly verb: string;
  readonly resource: Pick<ApiResource, 'group' | 'plural'>;
  readonly namespace: string | undefined;
}

/** The cluster that a plan is about: what it serves and holds, what a write would do, and the writes. */
export class RestoreTarget {
  readonly facts: TargetFacts;
  /** Only objects of this namespace are meant; all where undefined. */
  readonly namespace: string | undefined;
  readonly kinds: TargetKinds;
  /** Writes. */
  readonly objects: ObjectWriter;
  /** Asks what a write would do. */
  readonly dryRun: ObjectWriter;
  readonly #client: ClusterClient;
  readonly #signal: AbortSignal | undefined;
  readonly #rights = new Map<string, Promise<boolean>>();

  private constructor(
    client: ClusterClient,
    facts: TargetFacts,
    namespace: string | undefined,
    signal: AbortSignal | undefined,
  ) {
    this.facts = facts;
    this.namespace = namespace;
    this.#client = client;
    this.#signal = signal;
    this.kinds = new TargetKinds(client, signal);
    this.objects = new ObjectWriter(client, { dryRun: false, ...(signal && { signal }) });
    this.dryRun = new ObjectWriter(client, { dryRun: true, ...(signal && { signal }) });
  }

  /**
   * Opens `k8s://[CONTEXT][/NAMESPACE]` and asks what it serves.
   * @throws UsageError; ConnectorError; CancelledError
   */
  static async open(
    uri: string,
    access: ClusterClientOptions,
    signal: AbortSignal | undefined,
  ): Promise<RestoreTarget> {
    const place = parseClusterUri(uri, kubeconfigContextNames(access.kubeconfig));
    const context = place.context ?? access.context;
    const client = await openClusterClient({
      ...access,
      ...(context !== undefined && { context }),
      ...(signal && { signal }),
    });
    try {
      const { serverVersion = '', clusterUid = '' } = await readClusterFacts(
        client,
        signal ?? new AbortController().signal,
      );
      const facts = {
        server: client.server,
        context: client.contextName,
        clusterId: clusterUid,
        version: serverVersion,
      };
      const target = new RestoreTarget(client, facts, place.namespace, signal);
      await target.kinds.refresh();
      return target;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** For many reads. */
  liveObjects(): LiveObjects {
    return new LiveObjects(this.#client, this.objects, this.#signal);
  }

  /** All objects of a resource. @throws ConnectorError; CancelledError */
  list(resource: ApiResource, namespace?: string): AsyncGenerator<JsonObject> {
    return listObjects(this.#client, resource, namespace, this.#signal);
  }

  /**
   * True where RBAC allows it, whether the namespace exists or not; also where nobody can be asked.
   * Source: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
   * @throws CancelledError
   */
  mayDo({ verb, resource, namespace }: AskedRight): Promise<boolean> {
    const key = [verb, resource.group, resource.plural, namespace ?? ''].join('\0');
    const asked = this.#rights.get(key) ?? this.#ask({ verb, resource, namespace });
    this.#rights.set(key, asked);
    return asked;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #ask({ verb, resource, namespace }: AskedRight): Promise<boolean> {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: {
          verb,
          group: resource.group,
          resource: resource.plural,
          ...(namespace !== undefined && { namespace }),
        },
      },
    };
    try {
      const answer = (await this.#client.json({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: JSON.stringify(review),
        repeatable: true,
        ...(this.#signal ? { signal: this.#signal } : {}),
      })) as { status?: { allowed?: boolean } };
      return answer.status?.allowed !== false;
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      if (error instanceof ConnectorError && error.status === undefined) throw error;
      return true;
    }
  }
}
