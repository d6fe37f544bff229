/**
 * Selectors over labels and fields as kubectl takes them.
 *
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors, …/field-selectors/
 */
import { UsageError } from '../errors.ts';
import { JsonNumber, objectAt, valueAt, type JsonObject, type JsonValue } from './json-value.ts';

/** Whether an object is meant. */
export type ObjectPredicate = (object: JsonObject) => boolean;

const SET = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTENCE = /^(!?)\s*([^\s!=,()]+)$/;

/** `app=web,tier!=db,env in (a, b),!canary`. @throws UsageError */
export function labelPredicate(selector: string): ObjectPredicate {
  const requirements = splitTerms(selector).map(labelRequirement);
  return (object) => {
    const labels = objectAt(object, 'metadata', 'labels');
    return requirements.every((holds) => holds((name) => labels?.get(name)));
  };
}

function labelRequirement(term: string): (labelOf: (name: string) => JsonValue | undefined) => boolean {
  const [, setName = '', operator, list = ''] = SET.exec(term) ?? [];
  if (operator !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return (labelOf) => {
      const value = labelOf(setName);
      const isOne = typeof value === 'string' && values.includes(value);
      return operator === 'in' ? isOne : !isOne;
    };
  }
  const [, name = '', relation, wanted = ''] = EQUALITY.exec(term) ?? [];
  if (relation !== undefined) {
    return (labelOf) => (labelOf(name) === wanted) === (relation !== '!=');
  }
  const [, not, present] = EXISTENCE.exec(term) ?? [];
  if (present === undefined) throw new UsageError(`"${term}" is not a label selector; write app=web`);
  return (labelOf) => (labelOf(present) !== undefined) === (not === '');
}

/** `spec.type=NodePort,metadata.name!=web`, over any field. A field that is not there is empty. @throws UsageError */
export function fieldPredicate(selector: string): ObjectPredicate {
  const requirements = splitTerms(selector).map((term) => {
    const [, path = '', relation, wanted] = EQUALITY.exec(term) ?? [];
    if (relation === undefined) {
      throw new UsageError(`"${term}" is not a field selector; write spec.type=NodePort`);
    }
    return (object: JsonObject): boolean =>
      (textOf(valueAt(object, ...path.split('.'))) === wanted) === (relation !== '!=');
  });
  return (object) => requirements.every((holds) => holds(object));
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'string' ? value : undefined;
}

/** At commas, but for those in parentheses. */
function splitTerms(selector: string): string[] {
  return selector
    .split(/,(?![^()]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}
