/** From a captured object to what is sent: the same for the plan and for its application. */
import type { ApiResource } from '../../connectors/cluster-client/index.ts';
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { equivalentVersion } from '../../resources/equivalent-version.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import { apiVersionOf, type ResourceIdentity } from '../../resources/object-path.ts';
import { restorableObject } from '../../resources/restorable-object.ts';
import type { CleaningChoice } from '../../resources/runtime-field-table.ts';
import type { PlanOptions } from './plan.ts';
import type { TargetFacts } from './target-facts.ts';

/** The resource that an object is written to, in a version that the target serves. */
export interface ResolvedResource {
  readonly resource: ApiResource;
  /** What a person should know of the version; empty where it is the captured one. */
  readonly note: string;
}

/**
 * The resource for an object; undefined where the target serves none that takes it. Another version is taken where its objects are the same:
 * by the table of `equivalent-version.ts`, or because the target's definition converts by changing the version alone.
 * @throws ConnectorError; CancelledError
 */
export async function resolveResource(
  target: RestoreTarget,
  facts: TargetFacts,
  identity: ResourceIdentity,
  captured: JsonObject,
): Promise<ResolvedResource | undefined> {
  const { group, version, kind } = identity;
  const exact = target.kinds.find(group, version, kind);
  if (exact !== undefined) return { resource: exact, note: '' };
  const preferred = target.kinds.preferred(group, kind);
  if (preferred === undefined) return undefined;
  const versions = target.kinds.versionsOf(group, kind);
  const equivalent = equivalentVersion(captured, identity, versions);
  const other = equivalent ?? ((await convertsByName(facts, preferred)) ? preferred.version : undefined);
  const resource = other === undefined ? undefined : target.kinds.find(group, other, kind);
  if (resource === undefined) return undefined;
  const note = `written as ${apiVersionOf(resource)}: the cluster does not serve ${apiVersionOf(identity)}, whose fields are the same`;
  return { resource, note };
}

/** Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#overview, strategy `None`. */
async function convertsByName(facts: TargetFacts, { group, plural }: ApiResource): Promise<boolean> {
  const definition = await facts.objectNamed(
    'apiextensions.k8s.io',
    'CustomResourceDefinition',
    undefined,
    `${plural}.${group}`,
  );
  if (definition === undefined || definition === 'unknown') return false;
  return (stringAt(definition, 'spec', 'conversion', 'strategy') ?? 'None') === 'None';
}

/** True where controllers write the status of a resource's objects through a subresource. */
export function hasStatusSubresource(resource: ApiResource): boolean {
  return resource.subresources.includes('status');
}

/** `captured` as it is written to `resource`, without owner references. */
export function preparedObject(
  captured: JsonObject,
  resource: ApiResource,
  options: PlanOptions,
): JsonObject {
  const choices = new Set<CleaningChoice>();
  if (options.dropFinalizers) choices.add('finalizers');
  if (options.dropCaBundles) choices.add('CA bundles');
  const object = restorableObject(captured, { hasStatus: hasStatusSubresource(resource), choices });
  return object.set('apiVersion', apiVersionOf(resource));
}
