/**
 * A plan: what a restore would do to every object of its selection, and how that is known. Plain data without Secret values: it can be
 * shown, saved, compared and applied. `make-plan.ts` makes it, `apply-plan.ts` carries it out, `undo.ts` takes it back.
 */
import type { ResourceIdentity } from '../../resources/object-path.ts';

/** Version of the plan's data; a file with another is refused. */
export const PLAN_VERSION = 1;

/** What is written: the object is created, changed, deleted and created again, or deleted (`--prune`). */
const WRITING_VERDICTS = ['create', 'update', 'recreate', 'delete'] as const;
/**
 * What stays as it is, by design: it is there as captured; it is there and `existing` is `skip`; a restore never writes it (Events,
 * mirror Pods, what controllers make again, token Secrets, …).
 */
export const RESTING_VERDICTS = ['unchanged', 'kept', 'left-out'] as const;
/**
 * What stands in the way; such an object is not written.
 * `conflict`: other field managers own fields; `immutable`: only `existing: 'recreate'` could change it; `exists`: it is there and
 * `existing` is `fail`; `blocked`: an admission webhook or policy refuses it, or cannot be called; `missing`: an API, namespace or class;
 * `forbidden`: a right is missing; `quota`: a ResourceQuota, with all that the plan creates before it; `rejected`: anything else that
 * the API server does not take, or an object that cannot be read from the archive.
 */
const OBSTACLE_VERDICTS = [
  'conflict',
  'immutable',
  'exists',
  'blocked',
  'missing',
  'forbidden',
  'quota',
  'rejected',
] as const;
/** Every verdict, in the order in which summaries list them. */
export const VERDICTS = [...WRITING_VERDICTS, ...RESTING_VERDICTS, ...OBSTACLE_VERDICTS] as const;

/** What would happen to an object. */
export type Verdict = (typeof VERDICTS)[number];
/** See `WRITING_VERDICTS`. */
export type WritingVerdict = (typeof WRITING_VERDICTS)[number];

/**
 * How a verdict is known. `proven`: the API server said so to a dry run, or nothing has to be asked. `derived`: the object needs
 * something that the plan itself makes, so it was checked against the schema, or by a dry run in the stand-in namespace. `unprovable`:
 * nobody can know before; the reason says why (a webhook that refuses dry runs, by name).
 */
export const PROOFS = ['proven', 'derived', 'unprovable'] as const;
/** See {@link PROOFS}. */
export type Proof = (typeof PROOFS)[number];

/** What stands in the way of an object, in parts; `reason` of the item says the same in one line. */
export type Obstacle =
  | {
      readonly kind: 'conflict';
      /** Fields as the API server names them, each with the manager that owns it. */
      readonly fields: readonly { readonly field: string; readonly manager: string }[];
    }
  | { readonly kind: 'immutable'; readonly fields: readonly string[] }
  | { readonly kind: 'exists' }
  | {
      readonly kind: 'blocked';
      /** Name of the webhook or policy. */
      readonly by: string;
      /** False where it could not be called at all. */
      readonly answered: boolean;
    }
  | {
      readonly kind: 'missing';
      readonly what:
        'api' | 'namespace' | 'storage-class' | 'ingress-class' | 'priority-class' | 'runtime-class';
      /** `Kind.group/version` of an API, else the name. */
      readonly name: string;
    }
  | {
      readonly kind: 'forbidden';
      /** What a Role or ClusterRole would have to allow, for a person; undefined where it is not a matter of RBAC. */
      readonly rule?: string;
    }
  | {
      readonly kind: 'quota';
      /** Name of the ResourceQuota. */
      readonly quota: string;
      /** Names of resources that run out: `pods`, `requests.storage`. */
      readonly resources: readonly string[];
    }
  | { readonly kind: 'rejected' };

/** One change of a field. Values of Secrets are hidden. */
export interface PlannedChange {
  readonly op: 'add' | 'remove' | 'replace' | 'reorder';
  /** For a person: `spec.containers[web].image`. */
  readonly field: string;
  /** JSON, cut at 2,000 characters. */
  readonly before?: string;
  readonly after?: string;
}

/** One object of a plan. */
export interface PlanItem {
  /** Path that the object has in an archive, by what it will be called in the target: unique in a plan. */
  readonly id: string;
  /** As it will be in the target. */
  readonly identity: ResourceIdentity;
  /** Where it lies in the archive; undefined for what is deleted. */
  readonly path?: string;
  readonly verdict: Verdict;
  readonly how: Proof;
  /** One line for a person; empty where there is nothing to say. */
  readonly reason: string;
  /** Exactly for `OBSTACLE_VERDICTS`. */
  readonly obstacle?: Obstacle;
  /** Of `update`, and of what a `recreate` changes. */
  readonly changes: readonly PlannedChange[];
  /** What else a person should know: an owner that is not there, a converted version. One line each. */
  readonly notes: readonly string[];
  /** Objects of one rank are written side by side, lower ranks first; deletions come after everything, the other way round. */
  readonly rank: number;
  /** Ids of items that must be there before it. */
  readonly dependsOn: readonly string[];
  /** The object in the target when the plan was made; undefined where there was none, or nobody may know. */
  readonly live?: LiveReference;
}

/** Tells whether an object is still the one that was planned for, without saying what is in it. */
export interface LiveReference {
  readonly uid: string;
  /** Of what people and tools wrote, not of status; of a Secret its resourceVersion. Hexadecimal. */
  readonly digest: string;
}

/** What to do with objects that are there already. */
export const EXISTING_POLICIES = ['update', 'skip', 'replace', 'recreate', 'fail'] as const;
/** See {@link EXISTING_POLICIES}. */
export type ExistingPolicy = (typeof EXISTING_POLICIES)[number];

/** Choices that a plan is made with. They are saved with it. */
export interface PlanOptions {
  /**
   * `update`: server-side apply, fields that the archive does not know stay; `replace`: the object becomes what the archive has;
   * `recreate`: as update, but deleted and created again where a field is immutable; `skip`, `fail`. Default: `update`.
   */
  readonly existing: ExistingPolicy;
  /** Fields that other managers own: `force` takes them over, `fail` makes it a conflict. Default: `force`. */
  readonly conflicts: 'fail' | 'force';
  /** Deletes objects of the selection's kinds and namespaces that the archive does not have. Default: false. */
  readonly prune: boolean;
  /** Restores status too, through its subresource. Default: false. */
  readonly status: boolean;
  /** Creates objects without their finalizers. Default: false. */
  readonly dropFinalizers: boolean;
  /** Leaves out the CA bundles of webhooks, conversions and APIServices. Default: false. */
  readonly dropCaBundles: boolean;
  /** Keeps who owned which field. Default: false. */
  readonly managedFields: boolean;
  /** Restores objects whose storage, ingress or priority class is in neither the plan nor the target. Default: false. */
  readonly allowMissingClasses: boolean;
  /** A namespace of the target for dry runs of objects whose own the plan makes. */
  readonly standIn?: string;
  /** `k8s://CONTEXT[/NAMESPACE]`, a cluster that converts objects whose versions the target does not serve; see `version-converter.ts`. */
  readonly convertWith?: string;
}

/** The defaults of {@link PlanOptions}. */
export const DEFAULT_PLAN_OPTIONS: PlanOptions = {
  existing: 'update',
  conflicts: 'force',
  prune: false,
  status: false,
  dropFinalizers: false,
  dropCaBundles: false,
  managedFields: false,
  allowMissingClasses: false,
};

/** Where the objects come from. */
export interface PlanSource {
  /** Path or URL as it was given. */
  readonly archive: string;
  readonly repositoryId: string;
  /** 64 hex digits. It authenticates everything that the snapshot holds. */
  readonly snapshotId: string;
}

/** Where the objects go. */
export interface PlanTarget {
  /** URI as it was given: `k8s://prod`. */
  readonly uri: string;
  /** URL of the API server. */
  readonly server: string;
  readonly context: string;
  /** uid of the namespace kube-system: two clusters never share it. Empty where it may not be read. */
  readonly clusterId: string;
  /** Version of Kubernetes: `v1.34.1`. */
  readonly version: string;
}

/** How many items have which verdict; every verdict is a key. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** What goes wrong after the plan, or besides it, without standing in the way of an object itself. */
export interface PlanWarning {
  /** `quota`: controllers will not be able to make all of what workloads ask for. `webhook`: see `webhook-warnings.ts`. */
  readonly kind: 'quota' | 'webhook';
  readonly how: Proof;
  /** Name of the ResourceQuota or of the webhook. */
  readonly by: string;
  /** Ids of the items that it is about. */
  readonly items: readonly string[];
  /** One line for a person. */
  readonly reason: string;
}

/** What a restore would do. */
export interface Plan {
  readonly version: typeof PLAN_VERSION;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly source: PlanSource;
  readonly target: PlanTarget;
  readonly options: PlanOptions;
  /** What the transformation of the objects was made from, as plain data; undefined where they are restored as they are. */
  readonly mapping?: unknown;
  readonly warnings: readonly PlanWarning[];
  /** In the order in which they are written. */
  readonly items: readonly PlanItem[];
}

/** Counts the verdicts of `items`. */
export function countVerdicts(items: Iterable<Pick<PlanItem, 'verdict'>>): VerdictCounts {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of items) counts[verdict] += 1;
  return counts;
}

/** True for an item that the plan writes or deletes. */
export function isWriting(item: Pick<PlanItem, 'verdict'>): boolean {
  return (WRITING_VERDICTS as readonly Verdict[]).includes(item.verdict);
}

/** True for an item that something stands in the way of. */
export function isObstructed(item: Pick<PlanItem, 'verdict'>): boolean {
  return (OBSTACLE_VERDICTS as readonly Verdict[]).includes(item.verdict);
}
