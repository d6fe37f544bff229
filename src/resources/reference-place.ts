/** What a row of the table of references says: where one object names another. */

/** What a reference is for. */
export type ReferenceRole =
  | 'owner'
  | 'volume'
  | 'environment'
  | 'image pull secret'
  | 'service account'
  | 'priority class'
  | 'runtime class'
  | 'node'
  | 'network identity'
  | 'resource claim'
  | 'device class'
  | 'storage class'
  | 'volume attributes class'
  | 'bound volume'
  | 'bound claim'
  | 'data source'
  | 'driver'
  | 'driver secret'
  | 'snapshot class'
  | 'scale target'
  | 'metric source'
  | 'ingress class'
  | 'gateway class'
  | 'gateway'
  | 'backend'
  | 'certificate'
  | 'parameters'
  | 'filter'
  | 'role'
  | 'subject'
  | 'webhook'
  | 'API server'
  | 'token'
  | 'endpoint'
  | 'event'
  | 'policy'
  | 'priority level'
  | 'reservation';

/** How a name lies in its string, where it is not the whole of it. */
export type NameForm =
  /** `system:serviceaccount:NAMESPACE:NAME`, the user name of a ServiceAccount. */
  | 'account user'
  /** `system:serviceaccounts:NAMESPACE`, the group of a namespace's ServiceAccounts; the name is that of the Namespace. */
  | 'account group';

/** The kind that is referred to: fixed, or named by fields beside the name. */
export type TargetRule =
  /** `Kind` or `Kind.group`. */
  | string
  | {
      /** The field that holds the kind, or the resource (`pods`). */
      readonly kind: string;
      readonly isResource?: true;
      /** The field that holds the group, or group and version. */
      readonly group?: string;
      /** Where the fields are missing: `Kind.group`. */
      readonly fallback?: string;
      /** The group where only that field is missing; the core group without it. */
      readonly groupFallback?: string;
    };

/** What differs from a name that stands alone, for an object of the same namespace that has to be there. */
export interface PlaceOptions {
  /** The field beside the name that holds the namespace. Without a value there: the object's own. */
  readonly namespace?: string;
  /** Without a value in the field of the namespace the target has none: the reference says all of it. */
  readonly isWhole?: true;
  /** Kubernetes goes on without the target: always, or where this field beside the name is true. */
  readonly optional?: true | string;
  /** Only where this field beside the name has this value. */
  readonly where?: readonly [field: string, value: string];
  readonly form?: NameForm;
}

/** Where the name stands below the section's own place, what for, what of. */
export type PlaceRow = readonly [
  path: string,
  role: ReferenceRole,
  target: TargetRule,
  options?: PlaceOptions,
];

/** Places of one kind or several, with their source. */
export interface PlaceSection {
  /** `Kind` or `Kind.group`; `*` for every kind. */
  readonly kinds: readonly string[];
  /** The pattern below which the rows count; the object itself without it. */
  readonly base?: string;
  readonly source: string;
  readonly rows: readonly PlaceRow[];
}

/** `kind` and `apiGroup` beside the name. */
export const BY_API_GROUP: TargetRule = { kind: 'kind', group: 'apiGroup' };
/** `kind` and `apiVersion` beside the name. */
export const BY_API_VERSION: TargetRule = { kind: 'kind', group: 'apiVersion' };
/** `namespace` beside the name; the object's own without it. */
export const HERE_OR_THERE: PlaceOptions = { namespace: 'namespace' };
/** `namespace` beside the name; none without it. */
export const THERE: PlaceOptions = { namespace: 'namespace', isWhole: true };
/** Kubernetes goes on without the target. */
export const PERHAPS: PlaceOptions = { optional: true };
/** Kubernetes goes on without the target where `optional` beside the name is true. */
export const IF_SAID: PlaceOptions = { optional: 'optional' };
