/**
 * Label selectors: `{matchLabels, matchExpressions}` in objects, `app=web,tier!=cache,env in (prod,test),!canary` on command lines.
 *
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import { UsageError } from '../errors.ts';
import { arrayAt, objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';

/** What is asked of one label. A label that is missing is `NotIn` everything. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** Selects what meets all requirements; everything where there is none. */
export type LabelSelector = readonly LabelRequirement[];

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
const REQUIREMENT =
  /^\s*(?:(!)\s*([^\s,=!()]+)|([^\s,=!()]+)\s*(?:(==?|!=)\s*([^\s,=!()]*)|\s(in|notin)\s*\(([^()]*)\))?)\s*(?:,|$)/;

/**
 * The selector that `text` writes, as `kubectl -l` takes it.
 * @throws UsageError
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements: LabelRequirement[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    const match = REQUIREMENT.exec(rest);
    if (match === null) {
      throw new UsageError(
        `"${text}" selects no labels; write name=value, name!=value, name in (a,b), name or !name, with commas between`,
      );
    }
    const [whole, not, absent = '', key = '', sign, value = '', word, list = ''] = match;
    if (not !== undefined) requirements.push({ key: absent, operator: 'DoesNotExist', values: [] });
    else if (sign !== undefined) {
      requirements.push({ key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] });
    } else if (word !== undefined) {
      const values = list.split(',').map((item) => item.trim());
      requirements.push({ key, operator: word === 'in' ? 'In' : 'NotIn', values });
    } else requirements.push({ key, operator: 'Exists', values: [] });
    rest = rest.slice(whole.length);
  }
  return requirements;
}

/** The selector of a `LabelSelector` object. What is no valid expression selects nothing. */
export function labelSelectorFrom(selector: JsonObject): LabelSelector {
  const expressions = arrayAt(selector, 'matchExpressions').map((expression): LabelRequirement => {
    const operator = OPERATORS.find((name) => name === stringAt(expression, 'operator'));
    const values = arrayAt(expression, 'values').filter((value) => typeof value === 'string');
    return { key: stringAt(expression, 'key') ?? '', operator: operator ?? 'In', values };
  });
  return [
    ...labelSelectorFromMap(objectAt(selector, 'matchLabels') ?? new Map<string, JsonValue>()),
    ...expressions,
  ];
}

/** The selector of a plain map of labels, as Services have it. */
export function labelSelectorFromMap(labels: JsonObject): LabelSelector {
  return [...labels].map(([key, value]) => ({
    key,
    operator: 'In',
    values: typeof value === 'string' ? [value] : [],
  }));
}

/** True where `labels` meet every requirement. */
export function matchesLabels(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = labels.get(key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  });
}

/** As kubectl prints it: `app=web,env in (a,b)`; `<none>` where it selects everything. */
export function formatLabelSelector(selector: LabelSelector): string {
  const parts = selector.map(({ key, operator, values }) => {
    switch (operator) {
      case 'In':
        return values.length === 1 ? `${key}=${values[0] ?? ''}` : `${key} in (${values.join(',')})`;
      case 'NotIn':
        return values.length === 1 ? `${key}!=${values[0] ?? ''}` : `${key} notin (${values.join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
    }
  });
  return parts.length === 0 ? '<none>' : parts.join(',');
}
