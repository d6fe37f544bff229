import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, ConnectorError } from '../../errors.ts';
import { apiVersionOf } from '../../resources/object-path.ts';
import {
  discoverResources,
  type ApiResource,
  type ClusterClient,
  type Discovery,
} from '../cluster-client/index.ts';

const ESTABLISHED_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

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

  /** apiVersions in which a kind is served. */
  servedVersions(group: string, kind: string): string[] {
    return this.#discovery.resources
      .filter((resource) => resource.group === group && resource.kind === kind)
      .map((resource) => apiVersionOf(resource));
  }

  /**
   * Waits until CustomResourceDefinitions are established and discovery shows their kinds, at most a minute.
   * @param definitions names: `<plural>.<group>`
   * @throws ConnectorError CONNECTOR_TIMEOUT; CancelledError
   */
  async awaitEstablished(definitions: readonly string[]): Promise<void> {
    const deadlineMs = performance.now() + ESTABLISHED_TIMEOUT_MS;
    let missing = definitions;
    while (missing.length > 0) {
      await this.refresh();
      const served = new Set(
        this.#discovery.resources.map((resource) => `${resource.plural}.${resource.group}`),
      );
      missing = missing.filter((definition) => !served.has(definition));
      if (missing.length === 0) return;
      if (performance.now() > deadlineMs) {
        throw new ConnectorError(
          'CONNECTOR_TIMEOUT',
          `${missing.join(', ')} not established after ${ESTABLISHED_TIMEOUT_MS / 1000} s`,
        );
      }
      await pause(this.#signal);
    }
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  } catch {
    throw new CancelledError();
  }
}
