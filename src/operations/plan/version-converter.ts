import { randomBytes } from 'node:crypto';
import { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import type { ApiResource, ClusterClientOptions } from '../../connectors/cluster-client/index.ts';
import { ConnectorError, isPtarError, throwIfCancelled } from '../../errors.ts';
import { objectAt, stringAt, type JsonObject, type JsonValue } from '../../resources/json-value.ts';
import { apiVersionOf, identityOf, type ResourceIdentity } from '../../resources/object-path.ts';
import { contentText, restorableObject } from '../../resources/restorable-object.ts';
import type { PlanOptions } from './plan.ts';
import { hasStatusSubresource } from './prepared-object.ts';

/** An object in another version, or why there is none. */
export type Conversion =
  | { readonly object: JsonObject; readonly version: string; readonly note: string }
  | { readonly problem: string };

/** Of a name that nobody else gives (bytes). */
const RANDOM_BYTES = 8;

/**
 * Converts objects by letting a cluster do it that serves both versions. The API has no request that converts without storing, so the object
 * must be there: either still as it was captured, then it is only read; or, where the URI names a namespace, as a copy that is put into that
 * namespace and taken away at once. Controllers of that cluster may act on such a copy while it is there.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions, and
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#writing-reading-and-updating-versioned-customresourcedefinition-objects
 */
export class VersionConverter {
  readonly #uri: string;
  readonly #access: ClusterClientOptions;
  readonly #signal: AbortSignal | undefined;
  #server: Promise<RestoreTarget> | undefined;
  /** Hears no signal: a copy is taken away also when everything else stops. */
  #copier: Promise<RestoreTarget> | undefined;

  /**
   * Connects when the first object asks.
   * @param uri `k8s://CONTEXT[/NAMESPACE]`
   */
  constructor(uri: string, access: ClusterClientOptions, signal: AbortSignal | undefined) {
    this.#uri = uri;
    this.#access = access;
    this.#signal = signal;
  }

  /**
   * `captured` in the first of `versions` that the converting cluster serves too.
   * @throws UsageError; ConnectorError where that cluster cannot be asked, or refuses the copy; CancelledError
   */
  async convert(captured: JsonObject, versions: readonly string[]): Promise<Conversion> {
    const identity = identityOf(captured);
    if (identity === undefined) return { problem: 'it is no API object' };
    const server = await this.#open();
    const { group, version, kind } = identity;
    const from = server.kinds.find(group, version, kind);
    if (from === undefined) {
      return { problem: `${this.#uri} does not serve ${apiVersionOf(identity)} either` };
    }
    const to = versions
      .map((other) => server.kinds.find(group, other, kind))
      .find((resource) => resource !== undefined);
    if (to === undefined) {
      const served = server.kinds.servedVersions(group, kind).join(', ');
      return { problem: `${this.#uri} serves ${served}, none of which the target does` };
    }
    return (
      (await this.#readConverted(server, captured, identity, from, to)) ??
      (await this.#storeConverted(server, captured, identity, from, to))
    );
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    for (const opened of [this.#server, this.#copier]) {
      const server = await opened?.catch(() => undefined);
      await server?.close();
    }
  }

  #open(): Promise<RestoreTarget> {
    this.#server ??= RestoreTarget.open(this.#uri, this.#access, this.#signal);
    return this.#server;
  }

  /** The object as the cluster has it, where that is what was captured. */
  async #readConverted(
    server: RestoreTarget,
    captured: JsonObject,
    { namespace, name }: ResourceIdentity,
    from: ApiResource,
    to: ApiResource,
  ): Promise<Conversion | undefined> {
    throwIfCancelled(this.#signal);
    const before = await server.objects.get(from, namespace, name);
    if (before === undefined) return undefined;
    const hasStatus = hasStatusSubresource(from);
    if (contentText(before, hasStatus) !== contentText(captured, hasStatus)) return undefined;
    const object = await server.objects.get(to, namespace, name);
    const isSame =
      stringAt(object, 'metadata', 'resourceVersion') === stringAt(before, 'metadata', 'resourceVersion');
    if (object === undefined || !isSame) return undefined;
    return converted(object, captured, to, `where it is as it was captured (${server.facts.server})`);
  }

  /** A copy that is stored for a moment. */
  async #storeConverted(
    server: RestoreTarget,
    captured: JsonObject,
    { namespace: home }: ResourceIdentity,
    from: ApiResource,
    to: ApiResource,
  ): Promise<Conversion> {
    const { namespace } = server;
    if (home === undefined) {
      return {
        problem: `${this.#uri} does not have it as it was captured, and a copy would act on all of that cluster`,
      };
    }
    if (namespace === undefined) {
      return {
        problem: `${this.#uri} does not have it as it was captured; name a namespace there that copies may be put into for a moment (k8s://CONTEXT/NAMESPACE)`,
      };
    }
    throwIfCancelled(this.#signal);
    this.#copier ??= RestoreTarget.open(this.#uri, this.#access, undefined);
    const { objects } = await this.#copier;
    const name = `ptar-${randomBytes(RANDOM_BYTES).toString('hex')}`;
    const hasStatus = hasStatusSubresource(from);
    const copy = restorableObject(captured, { hasStatus, choices: new Set(['finalizers']) });
    const metadata = new Map(objectAt(copy, 'metadata')).set('namespace', namespace).set('name', name);
    const stored = await objects.create(from, copy.set('metadata', metadata));
    try {
      const object = await objects.get(to, namespace, name);
      if (object === undefined) return { problem: `its copy in ${this.#uri} was deleted at once` };
      const note = `by a copy in namespace ${namespace} of ${server.facts.server}`;
      const lost = hasStatus && captured.has('status') ? ', without its status' : '';
      return converted(object, captured, to, `${note}${lost}`);
    } finally {
      const uid = stringAt(stored, 'metadata', 'uid');
      await objects.delete(from, namespace, name, uid === undefined ? {} : { uid });
    }
  }
}

/** A conversion may change labels and annotations, and no other part of metadata. */
function converted(
  object: JsonObject,
  captured: JsonObject,
  to: ApiResource,
  how: string,
): Exclude<Conversion, { problem: string }> {
  const metadata = new Map<string, JsonValue>(objectAt(captured, 'metadata'));
  // Its fields are those of the other version.
  metadata.delete('managedFields');
  for (const field of ['labels', 'annotations']) {
    const value = objectAt(object, 'metadata', field);
    if (value === undefined) metadata.delete(field);
    else metadata.set(field, value);
  }
  const note = `converted to ${apiVersionOf(to)}, which the cluster serves, ${how}`;
  return { object: new Map(object).set('metadata', metadata), version: to.version, note };
}

/** The converter that a plan names; undefined where it names none. */
export function converterOf(
  { convertWith }: Pick<PlanOptions, 'convertWith'>,
  access: ClusterClientOptions,
  signal: AbortSignal | undefined,
): VersionConverter | undefined {
  return convertWith === undefined ? undefined : new VersionConverter(convertWith, access, signal);
}

/** The problem of a conversion that could not even be tried. @throws what says nothing of the object */
export function conversionProblem(error: unknown): string {
  if (error instanceof ConnectorError || (isPtarError(error) && error.code === 'USAGE')) return error.message;
  throw error;
}
