/** What objects need of the cluster that they are restored into. Plain data: shown as a table and as JSON. */

/** Kinds of things that are needed, in the order in which they are listed. */
export const REQUIREMENT_KINDS = [
  'server',
  'api',
  'definition',
  'namespace',
  'storage class',
  'volume attributes class',
  'snapshot class',
  'csi driver',
  'ingress class',
  'gateway class',
  'priority class',
  'runtime class',
  'device class',
  'object',
  'image',
] as const;
/** See {@link REQUIREMENT_KINDS}. `definition`: a CustomResourceDefinition. `object`: what others name, a Secret for instance. */
export type RequirementKind = (typeof REQUIREMENT_KINDS)[number];

/** How it stands with a requirement. */
export const REQUIREMENT_STATES = ['missing', 'unknown', 'convertible', 'comes along', 'there'] as const;
/**
 * `there`: the target has it; `comes along`: it is restored too; `convertible`: the target has another version that takes the same object;
 * `missing`: what needs it cannot be restored, or will not run; `unknown`: nobody can tell, the detail says why.
 */
export type RequirementState = (typeof REQUIREMENT_STATES)[number];

/** One thing that is needed. */
export interface Requirement {
  readonly kind: RequirementKind;
  /** `Deployment.apps/v1` of an API, `KIND/NAME` with its namespace of an object, else the name. */
  readonly name: string;
  readonly state: RequirementState;
  /** One line; empty where there is nothing to say. */
  readonly detail: string;
  /** `NAMESPACE/KIND/NAME` of some that need it, at most {@link NEEDED_BY_MAX}. */
  readonly neededBy: readonly string[];
  /** How many need it. */
  readonly count: number;
}

/** Most objects that a requirement names. */
export const NEEDED_BY_MAX = 20;

/** Something that is needed, before the target was asked. */
export interface Need<Subject> {
  readonly kind: RequirementKind;
  readonly name: string;
  readonly subject: Subject;
  readonly neededBy: string[];
  count: number;
}

/** Gathers needs, each once with those that have it. */
export class NeedList<Subject> {
  readonly #needs = new Map<string, Need<Subject>>();

  add(kind: RequirementKind, name: string, subject: Subject, by: string): void {
    const key = `${kind}\0${name}`;
    const need = this.#needs.get(key) ?? { kind, name, subject, neededBy: [], count: 0 };
    this.#needs.set(key, need);
    need.count += 1;
    if (need.neededBy.length < NEEDED_BY_MAX) need.neededBy.push(by);
  }

  /** In the order of the kinds, then by name. */
  all(): Need<Subject>[] {
    return [...this.#needs.values()].sort(
      (left, right) =>
        REQUIREMENT_KINDS.indexOf(left.kind) - REQUIREMENT_KINDS.indexOf(right.kind) ||
        (left.name < right.name ? -1 : 1),
    );
  }
}
