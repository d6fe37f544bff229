/** The objects that move together, and what they are called afterwards: only their names change, and only where they name each other. */
import { arrayAt, stringAt, type JsonValue } from './json-value.ts';
import { mapPrefix, type Mapping } from './mapping.ts';
import { identityOf, type ResourceIdentity } from './object-path.ts';

/** An object without regard to versions. */
export type ObjectName = Pick<ResourceIdentity, 'group' | 'kind' | 'namespace' | 'name'>;

/** Kinds whose names say what they are, as `Kind.group`: another name would be another thing. */
const FIXED_KINDS: ReadonlySet<string> = new Set([
  'CustomResourceDefinition.apiextensions.k8s.io', // plural and group
  'APIService.apiregistration.k8s.io', // version and group
  'Node.', // a machine
  'CSINode.storage.k8s.io', // a machine
  'CSIDriver.storage.k8s.io', // what the driver calls itself
  'StorageVersionMigration.storagemigration.k8s.io',
  'ServiceCIDR.networking.k8s.io', // `kubernetes`
  'IPAddress.networking.k8s.io', // an address
]);
/** Objects that Kubernetes makes in every namespace or cluster under this very name. */
const FIXED_OBJECTS: ReadonlySet<string> = new Set([
  'ServiceAccount/default',
  'ConfigMap/kube-root-ca.crt',
  'Service/kubernetes',
  'Endpoints/kubernetes',
  'ConfigMap/openshift-service-ca.crt',
]);
/** Of roles and priority classes that Kubernetes makes. */
const SYSTEM_NAME = /^system[:-]/;
const ORDINAL = /^(.+)-(\d{1,10})$/;

/** A claim that a StatefulSet makes from a template is called `TEMPLATE-SET-ORDINAL`. */
interface ClaimName {
  readonly template: string;
  readonly set: string;
  readonly ordinal: string;
}

/** Built once for all objects that are restored together; then mappings ask it. */
export class MappedSet {
  readonly #objects = new Set<string>();
  readonly #anywhere = new Set<string>();
  /** `NAMESPACE/SET` with the names of its templates. */
  readonly #templates = new Map<string, readonly string[]>();

  add(object: ObjectName): void {
    this.#objects.add(keyOf(object));
    this.#anywhere.add(keyOf({ ...object, namespace: undefined }));
  }

  /** Remembers the templates of a StatefulSet, from which the names of claims follow; other objects are passed over. */
  addTemplates(object: JsonValue): void {
    const identity = identityOf(object);
    if (identity?.kind !== 'StatefulSet' || identity.group !== 'apps') return;
    const names = arrayAt(object, 'spec', 'volumeClaimTemplates').flatMap(
      (template) => stringAt(template, 'metadata', 'name') ?? [],
    );
    this.#templates.set(`${identity.namespace ?? ''}/${identity.name}`, names);
  }

  has(object: ObjectName): boolean {
    return this.#objects.has(keyOf(object));
  }

  /** True where an object of this kind and name is in the set, in whatever namespace. */
  hasAnywhere({ group, kind, name }: Omit<ObjectName, 'namespace'>): boolean {
    return this.#anywhere.has(keyOf({ group, kind, namespace: undefined, name }));
  }

  /** The Pod of a StatefulSet of this set, by its name: `web-0`. */
  podOwner(namespace: string | undefined, pod: string): { set: string; ordinal: string } | undefined {
    const [, set = '', ordinal = ''] = ORDINAL.exec(pod) ?? [];
    return this.has({ group: 'apps', kind: 'StatefulSet', namespace, name: set })
      ? { set, ordinal }
      : undefined;
  }

  /** The parts of a claim's name where a StatefulSet of this set made it. */
  claimOwner(namespace: string | undefined, claim: string): ClaimName | undefined {
    const [, head = '', ordinal = ''] = ORDINAL.exec(claim) ?? [];
    // Both names may hold dashes.
    for (let dash = head.indexOf('-'); dash >= 0; dash = head.indexOf('-', dash + 1)) {
      const [template, set] = [head.slice(0, dash), head.slice(dash + 1)];
      if (this.#templates.get(`${namespace ?? ''}/${set}`)?.includes(template) === true) {
        return { template, set, ordinal };
      }
    }
    return undefined;
  }
}

/**
 * The name that an object has after `mapping`. Namespaces and classes that have a table of their own are found there; of the others only
 * those of `set` change, so that what is in the target already is still found.
 */
export function mapName(mapping: Mapping, set: MappedSet, object: ObjectName): string {
  const { group, kind, namespace, name } = object;
  const type = `${kind}.${group}`;
  if (type === 'Namespace.') return mapping.namespaces.get(name) ?? name;
  if (type === 'StorageClass.storage.k8s.io') return mapping.storageClasses.get(name) ?? name;
  if (type === 'IngressClass.networking.k8s.io') return mapping.ingressClasses.get(name) ?? name;
  if (mapping.namePrefix === mapping.droppedPrefix || isFixed(object)) return name;
  if (type === 'PersistentVolumeClaim.') {
    const claim = set.claimOwner(namespace, name);
    if (claim !== undefined) return `${claim.template}-${mapPrefix(mapping, claim.set)}-${claim.ordinal}`;
  }
  return set.has(object) ? mapPrefix(mapping, name) : name;
}

/** As {@link mapName}, where the namespace is not said: as if it were one in which the set has such an object. */
export function mapNameAnywhere(
  mapping: Mapping,
  set: MappedSet,
  object: Omit<ObjectName, 'namespace'>,
): string {
  const isMapped = set.hasAnywhere(object) && !isFixed(object);
  return isMapped ? mapPrefix(mapping, object.name) : object.name;
}

/** The namespace that things of `namespace` are in after `mapping`. */
export function mapNamespace(mapping: Mapping, namespace: string): string {
  return mapping.namespaces.get(namespace) ?? namespace;
}

function isFixed({ group, kind, name }: Omit<ObjectName, 'namespace'>): boolean {
  return (
    FIXED_KINDS.has(`${kind}.${group}`) ||
    (group === '' && FIXED_OBJECTS.has(`${kind}/${name}`)) ||
    SYSTEM_NAME.test(name)
  );
}

function keyOf({ group, kind, namespace, name }: ObjectName): string {
  return `${group}/${kind}/${namespace ?? ''}/${name}`;
}
