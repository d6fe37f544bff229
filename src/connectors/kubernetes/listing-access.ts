import { isPtarError } from '../../errors.ts';
import type { ApiResource, ClusterClient } from '../cluster-client/index.ts';
import { mapParallel } from './parallel.ts';

/** May the kind be listed in the namespace? Undefined where only trying tells. */
export type ListingAccess = (resource: ApiResource, namespace: string) => boolean | undefined;

interface ResourceRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/**
 * Asks what may be listed in each of `namespaces`: one SelfSubjectRulesReview each instead of one refused request per kind.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/
 */
export async function reviewListingAccess(
  client: ClusterClient,
  namespaces: readonly string[],
  width: number,
  signal: AbortSignal,
): Promise<ListingAccess> {
  const rules = new Map<string, readonly ResourceRule[]>();
  await mapParallel(namespaces, width, async (namespace) => {
    try {
      const review = (await client.json({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
        body: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectRulesReview',
          spec: { namespace },
        }),
        repeatable: true,
        signal,
      })) as { status?: { incomplete?: boolean; resourceRules?: readonly ResourceRule[] } };
      if (review.status?.incomplete !== true) rules.set(namespace, review.status?.resourceRules ?? []);
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
    }
  });
  return (resource, namespace) => rules.get(namespace)?.some((rule) => allowsListing(rule, resource));
}

function allowsListing(rule: ResourceRule, resource: ApiResource): boolean {
  const has = (values: readonly string[] | undefined, value: string): boolean =>
    values?.some((candidate) => candidate === '*' || candidate === value) ?? false;
  const anyName = (rule.resourceNames ?? []).length === 0;
  return (
    anyName &&
    has(rule.verbs, 'list') &&
    has(rule.apiGroups, resource.group) &&
    has(rule.resources, resource.plural)
  );
}
