/** Questions about a target that many objects of a plan have in common, each asked once. */
import type { ApiResource } from '../../connectors/cluster-client/index.ts';
import { namespaceResource } from '../../connectors/kubernetes/readiness.ts';
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { ConnectorError } from '../../errors.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import type { ClassReference } from './draft.ts';

/** How a namespace is; `unknown` where it may not be read. */
export type NamespaceState = 'there' | 'missing' | 'terminating' | 'unknown';

/** See the head of this file. */
export class TargetFacts {
  readonly #target: RestoreTarget;
  readonly #namespaces = new Map<string, Promise<NamespaceState>>();
  readonly #objects = new Map<string, Promise<JsonObject | 'unknown' | undefined>>();
  #volumeClasses: Promise<ReadonlySet<string>> | undefined;

  constructor(target: RestoreTarget) {
    this.#target = target;
  }

  namespaceState(name: string): Promise<NamespaceState> {
    const known = this.#namespaces.get(name) ?? this.#readNamespace(name);
    this.#namespaces.set(name, known);
    return known;
  }

  async #readNamespace(name: string): Promise<NamespaceState> {
    const resource = namespaceResource(this.#target);
    if (resource === undefined) return 'unknown';
    const namespace = await this.#read(resource, undefined, name);
    if (namespace === 'unknown') return 'unknown';
    if (namespace === undefined) return 'missing';
    return stringAt(namespace, 'status', 'phase') === 'Terminating' ? 'terminating' : 'there';
  }

  /** The live object of a kind in any version; undefined where there is none, `unknown` where it may not be read. */
  objectNamed(
    group: string,
    kind: string,
    namespace: string | undefined,
    name: string,
  ): Promise<JsonObject | 'unknown' | undefined> {
    const resource = this.#target.kinds.preferred(group, kind);
    if (resource === undefined) return Promise.resolve(undefined);
    const key = [group, kind, namespace ?? '', name].join('\0');
    const known =
      this.#objects.get(key) ?? this.#read(resource, resource.namespaced ? namespace : undefined, name);
    this.#objects.set(key, known);
    return known;
  }

  /** False where the target is known not to have a class that an object names. */
  async mayHaveClass({ what, target }: ClassReference): Promise<boolean> {
    const found = await this.objectNamed(target.group, target.kind, undefined, target.name);
    if (found !== undefined) return true;
    // A claim may name a class that only volumes made by hand have.
    return what === 'storage-class' && (await this.#classesOfVolumes()).has(target.name);
  }

  #classesOfVolumes(): Promise<ReadonlySet<string>> {
    this.#volumeClasses ??= (async () => {
      const classes = new Set<string>();
      const resource = this.#target.kinds.preferred('', 'PersistentVolume');
      if (resource === undefined) return classes;
      try {
        for await (const volume of this.#target.list(resource)) {
          classes.add(stringAt(volume, 'spec', 'storageClassName') ?? '');
        }
      } catch (error) {
        if (!isForbidden(error)) throw error;
      }
      return classes;
    })();
    return this.#volumeClasses;
  }

  /** The ResourceQuotas of a namespace; none where they may not be read. */
  quotasIn(namespace: string): Promise<JsonObject[]> {
    return this.objectsIn('', 'ResourceQuota', namespace).then((quotas) => quotas ?? []);
  }

  /** The objects of a kind, of all namespaces where none is given; undefined where they may not be read. */
  async objectsIn(
    group: string,
    kind: string,
    namespace: string | undefined,
  ): Promise<JsonObject[] | undefined> {
    const resource = this.#target.kinds.preferred(group, kind);
    const objects: JsonObject[] = [];
    if (resource === undefined) return objects;
    try {
      for await (const object of this.#target.list(resource, namespace)) objects.push(object);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      return undefined;
    }
    return objects;
  }

  async #read(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
  ): Promise<JsonObject | 'unknown' | undefined> {
    try {
      return await this.#target.objects.get(resource, namespace, name);
    } catch (error) {
      if (isForbidden(error)) return 'unknown';
      throw error;
    }
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ConnectorError && error.code === 'CONNECTOR_FORBIDDEN';
}
