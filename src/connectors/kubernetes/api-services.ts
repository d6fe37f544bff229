import { isPtarError } from '../../errors.ts';
import type { ApiResource, ClusterClient } from '../cluster-client/index.ts';

/** An APIService that another server than the API server itself answers for. */
export interface AggregatedApi {
  /** `metrics-server` in `kube-system`. */
  readonly service: string;
  /** Why it is not available, of its condition; undefined while it is. */
  readonly unavailable: string | undefined;
}

/** The aggregated API behind a group version; undefined for what the API server stores itself. */
export type AggregatedApis = (
  groupVersion: Pick<ApiResource, 'group' | 'version'>,
) => AggregatedApi | undefined;

interface ApiServiceItem {
  readonly spec?: {
    group?: string;
    version?: string;
    service?: { name?: string; namespace?: string } | null;
  };
  readonly status?: { conditions?: readonly { type?: string; status?: string; message?: string }[] };
}

/** Reads which group versions are aggregated. Knows of none where APIServices may not be listed. */
export async function readAggregatedApis(
  client: ClusterClient,
  signal: AbortSignal,
): Promise<AggregatedApis> {
  const known = new Map<string, AggregatedApi>();
  try {
    const list = (await client.json({ path: '/apis/apiregistration.k8s.io/v1/apiservices', signal })) as {
      items?: readonly ApiServiceItem[];
    };
    for (const { spec, status } of list.items ?? []) {
      if (!spec?.service) continue;
      const available = status?.conditions?.find((condition) => condition.type === 'Available');
      known.set(`${spec.group ?? ''}/${spec.version ?? ''}`, {
        service: `${spec.service.name ?? ''} in ${spec.service.namespace ?? ''}`,
        unavailable:
          available?.status === 'True'
            ? undefined
            : (available?.message ?? 'not reached yet').replace(/\s+/g, ' '),
      });
    }
  } catch (error) {
    if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
  }
  return ({ group, version }) => known.get(`${group}/${version}`);
}
