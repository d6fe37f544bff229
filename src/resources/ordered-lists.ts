/**
 * Lists whose elements are told apart by keys, and whose order counts all the same: the schema says only the first. Every other list-map
 * has no order, as the schema says.
 */
import { stringAt, type JsonArray } from './json-value.ts';

interface OrderedList {
  readonly field: string;
  /** Types of the schema that have the field; `custom` for types of custom kinds, which hold templates of Pods. */
  readonly types: readonly string[];
  /** Where only some lists have an order that counts. */
  readonly where?: (list: JsonArray) => boolean;
  readonly reason: string;
  /** Where Kubernetes says so. */
  readonly source: string;
}

const DOCS = 'https://kubernetes.io/docs';

/** The table. */
export const ORDERED_LISTS: readonly OrderedList[] = [
  {
    field: 'initContainers',
    types: ['core.v1.PodSpec', 'custom'],
    reason: 'they run one after the other, in this order',
    source: `${DOCS}/concepts/workloads/pods/init-containers/#understanding-init-containers`,
  },
  {
    field: 'env',
    types: ['core.v1.Container', 'core.v1.EphemeralContainer', 'custom'],
    where: refersToItself,
    reason: '$(NAME) in a value stands for a variable that was defined before it',
    source: `${DOCS}/tasks/inject-data-application/define-interdependent-environment-variables/`,
  },
  {
    field: 'variables',
    types: ['admissionregistration.v1.ValidatingAdmissionPolicySpec'],
    reason: 'an expression can use the variables before it only',
    source: `${DOCS}/reference/access-authn-authz/validating-admission-policy/#variable-composition`,
  },
];

/** Whether the order of a list in `field` of a type counts; undefined where it never does. */
export function orderRule(type: string, field: string): ((list: JsonArray) => boolean) | undefined {
  const row = ORDERED_LISTS.find((other) => other.field === field && other.types.includes(type));
  return row === undefined ? undefined : (row.where ?? (() => true));
}

/** True where the value of a variable names another variable of the list. */
function refersToItself(list: JsonArray): boolean {
  const names = new Set(list.map((item) => stringAt(item, 'name')));
  return list.some((item) => {
    for (const [, name] of (stringAt(item, 'value') ?? '').matchAll(/\$\(([^()]+)\)/g)) {
      if (names.has(name)) return true;
    }
    return false;
  });
}
