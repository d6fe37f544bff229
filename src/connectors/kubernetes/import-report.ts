import type { SourceContext } from '../connector.ts';
import { formatRequestedRule, type ApiResource, type ClusterClient } from '../cluster-client/index.ts';
import type { Selection } from './selection.ts';

/** Why something of the cluster is not in the snapshot, or not of its moment. `what` is a kind, with its namespace where it matters. */
interface Remark {
  readonly what: string;
  readonly reason: string;
}

/** Gathers what becomes known during an import and turns it into the snapshot's source context. */
export class ImportReport {
  resourceVersion: string | undefined;
  serverVersion: string | undefined;
  clusterUid: string | undefined;
  readonly #counts = new Map<string, number>();
  readonly #mixed = new Map<string, string>();
  readonly #leftOut: Remark[] = [];
  readonly #forbidden: string[] = [];
  readonly #failed: Remark[] = [];
  readonly #fallbacks: Remark[] = [];
  #generated = 0;

  /** One more object. */
  count(resource: ApiResource): void {
    this.#counts.set(kindName(resource), this.countOf(resource) + 1);
  }

  /** Objects of a kind so far. */
  countOf(resource: ApiResource): number {
    return this.#counts.get(kindName(resource)) ?? 0;
  }

  /** The kind was not read as of the moment, because of `reason`. */
  mixed(resource: ApiResource, reason: string): void {
    this.#mixed.set(kindName(resource), reason);
  }

  generated(): void {
    this.#generated++;
  }

  leftOut(resource: ApiResource, reason: string): void {
    this.#leftOut.push({ what: kindName(resource), reason });
  }

  /** A kind may not be listed; `readIn`: namespaces where it may. */
  forbidden({ group, plural }: ApiResource, namespace: string | undefined, readIn: readonly string[]): void {
    const rule = formatRequestedRule({
      verb: 'list',
      group,
      resource: plural,
      namespace,
      name: undefined,
      path: '',
    });
    this.#forbidden.push(readIn.length === 0 ? rule : `${rule} outside of ${readIn.join(', ')}`);
  }

  /** A kind was read in another version than the preferred one. */
  fellBack(resource: ApiResource, reason: string): void {
    this.#fallbacks.push({ what: kindName(resource), reason });
  }

  failed(what: string, reason: string): void {
    this.#failed.push({ what, reason });
  }

  /** Objects captured so far. */
  get objects(): number {
    let objects = 0;
    for (const count of this.#counts.values()) objects += count;
    return objects;
  }

  /** The pairs for the snapshot's header. Keys: `kubernetes.*`; lists as one line per item. */
  context(client: ClusterClient, selection: Selection): SourceContext {
    const mixed = [...this.#mixed].map(([what, reason]) => ({ what, reason }));
    const pairs: (readonly [string, string | undefined])[] = [
      ['kubernetes.context', client.contextName],
      ['kubernetes.server', client.server],
      ['kubernetes.version', this.serverVersion],
      ['kubernetes.cluster-uid', this.clusterUid],
      ['kubernetes.resource-version', this.resourceVersion],
      ['kubernetes.consistency', this.resourceVersion === undefined || mixed.length > 0 ? 'mixed' : 'exact'],
      ['kubernetes.mixed', remarkLines(mixed)],
      ['kubernetes.selection', JSON.stringify(selection)],
      ['kubernetes.objects', String(this.objects)],
      [
        'kubernetes.counts',
        [...this.#counts]
          .sort()
          .map(([kind, count]) => `${kind} ${count}`)
          .join('\n'),
      ],
      ['kubernetes.left-out', remarkLines(this.#leftOut)],
      ['kubernetes.generated', this.#generated === 0 ? undefined : String(this.#generated)],
      ['kubernetes.forbidden', this.#forbidden.join('\n')],
      ['kubernetes.failed', remarkLines(this.#failed)],
      ['kubernetes.other-versions', remarkLines(this.#fallbacks)],
    ];
    return pairs.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  }
}

/** `Deployment.apps`, `Secret`. */
export function kindName({ kind, group }: Pick<ApiResource, 'kind' | 'group'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function remarkLines(remarks: readonly Remark[]): string {
  return remarks.map(({ what, reason }) => `${what}: ${reason}`).join('\n');
}
