import { isPtarError } from '../../errors.ts';
import { apiVersionOf } from '../../resources/object-path.ts';
import {
  collectionPath,
  discoverResources,
  pause,
  type ApiResource,
  type ClusterClient,
  type Discovery,
} from '../cluster-client/index.ts';

const ESTABLISHED_TIMEOUT_MS = 60_000;
const POLL_MS = 200;
const DEFINITIONS = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  namespaced: false,
} as const;

/** The kinds that the target serves, kept up while CustomResourceDefinitions are restored. */
export class TargetKinds {
  readonly #client: ClusterClient;
  readonly #signal: AbortSignal | undefined;
  #discovery: Discovery = { resources: [], failures: [] };

  constructor(client: ClusterClient, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Asks the cluster again. @throws ConnectorError; CancelledError */
  async refresh(): Promise<void> {
    this.#discovery = await discoverResources(this.#client, this.#signal);
  }

  /** The resource of a kind in a version. */
  find(group: string, version: string, kind: string): ApiResource | undefined {
    return this.#discovery.resources.find(
      (resource) => resource.group === group && resource.version === version && resource.kind === kind,
    );
  }

  /** The resource of a kind in the version that the cluster prefers. */
  preferred(group: string, kind: string): ApiResource | undefined {
    return this.#discovery.resources.find((resource) => resource.group === group && resource.kind === kind);
  }

  /** Versions in which a kind is served, the preferred one first. */
  versionsOf(group: string, kind: string): string[] {
    return this.#discovery.resources
      .filter((resource) => resource.group === group && resource.kind === kind)
      .map((resource) => resource.version);
  }

  /** apiVersions in which a kind is served. */
  servedVersions(group: string, kind: string): string[] {
    return this.#discovery.resources
      .filter((resource) => resource.group === group && resource.kind === kind)
      .map((resource) => apiVersionOf(resource));
  }

  /**
   * Waits until CustomResourceDefinitions are established and discovery shows their kinds, at most a minute. Ends early for those
   * whose names the API server does not accept.
   * @param definitions names: `<plural>.<group>`
   * @returns why some are not, by name
   * @throws ConnectorError; CancelledError
   */
  async awaitEstablished(definitions: readonly string[]): Promise<Map<string, string>> {
    const deadlineMs = performance.now() + ESTABLISHED_TIMEOUT_MS;
    const refused = new Map<string, string>();
    for (;;) {
      await this.refresh();
      const served = new Set(this.#discovery.resources.map(({ plural, group }) => `${plural}.${group}`));
      const missing = definitions.filter((definition) => !served.has(definition) && !refused.has(definition));
      if (missing.length === 0) return refused;
      for (const definition of missing) {
        const reason = await this.#refusal(definition);
        if (reason !== undefined) refused.set(definition, reason);
        else if (performance.now() > deadlineMs) {
          refused.set(definition, `not established after ${ESTABLISHED_TIMEOUT_MS / 1000} s`);
        }
      }
      await pause(POLL_MS, this.#signal);
    }
  }

  async #refusal(definition: string): Promise<string | undefined> {
    const path = `${collectionPath(DEFINITIONS)}/${encodeURIComponent(definition)}`;
    try {
      const { status } = (await this.#client.json({
        path,
        ...(this.#signal ? { signal: this.#signal } : {}),
      })) as {
        status?: { conditions?: readonly { type?: string; status?: string; message?: string }[] };
      };
      const names = status?.conditions?.find(({ type }) => type === 'NamesAccepted');
      return names?.status === 'False' ? `its names are not accepted: ${names.message ?? ''}` : undefined;
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      return error.message;
    }
  }
}
