/**
 * The columns that a CustomResourceDefinition asks for, `additionalPrinterColumns`.
 *
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns
 */
import { stringifyJson } from '../../resources/json-text.ts';
import {
  arrayAt,
  JsonNumber,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../../resources/json-value.ts';
import { formatAge } from '../quantities.ts';
import { AGE, countAt, NAME, type ObjectColumn } from './column.ts';

/** Columns of one version that are read; hostile definitions could have thousands. */
const COLUMNS_MAX = 100;

/** The columns of objects of `version`; undefined where the definition does not have that version. */
export function customColumns(definition: JsonObject, version: string): readonly ObjectColumn[] | undefined {
  const found = arrayAt(definition, 'spec', 'versions').find((item) => stringAt(item, 'name') === version);
  if (found === undefined) return undefined;
  const asked = arrayAt(found, 'additionalPrinterColumns').slice(0, COLUMNS_MAX);
  return asked.length === 0 ? [NAME, AGE] : [NAME, ...asked.map(customColumn)];
}

function customColumn(asked: JsonValue): ObjectColumn {
  const steps = parseSimplePath(stringAt(asked, 'jsonPath') ?? '');
  const type = stringAt(asked, 'type') ?? 'string';
  return {
    header: (stringAt(asked, 'name') ?? '').toUpperCase(),
    ...(countAt(asked, 'priority') > 0 && { wide: true }),
    cell: (object, { nowMs }) => {
      const value = steps?.reduce<readonly JsonValue[]>((values, step) => values.flatMap(step), [object])[0];
      return value === undefined ? '' : cellText(value, type, nowMs);
    },
  };
}

function cellText(value: JsonValue, type: string, nowMs: number): string {
  switch (type) {
    case 'integer':
      return value instanceof JsonNumber ? String(Math.trunc(value.toNumber())) : '';
    case 'number':
      return value instanceof JsonNumber ? value.text : '';
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : '';
    case 'date': {
      if (typeof value !== 'string') return '';
      const ms = Date.parse(value);
      return Number.isNaN(ms) ? '<invalid>' : formatAge(nowMs - ms);
    }
    default:
      return typeof value === 'string' ? value : stringifyJson(value);
  }
}

type Step = (value: JsonValue) => readonly JsonValue[];

const FIELD = /^\.((?:\\.|[^.[\]\\])+)/;
const QUOTED = /^\[(?:'([^']*)'|"([^"]*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const ALL = /^(?:\[\*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@\.([\w.-]+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)"|([\w.-]+))\s*\)\]/;

/** The steps of a simple JSONPath (`.spec.size`, `.status.conditions[?(@.type=="Ready")].status`); undefined for any other. */
function parseSimplePath(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = text.trim().replace(/^\$/, '');
  while (rest !== '') {
    const found = nextStep(rest);
    if (found === undefined) return undefined;
    steps.push(found.step);
    rest = rest.slice(found.length);
  }
  return steps;
}

function nextStep(rest: string): { readonly step: Step; readonly length: number } | undefined {
  const all = ALL.exec(rest);
  if (all !== null) {
    return {
      step: (value) => (Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : []),
      length: all[0].length,
    };
  }
  const index = INDEX.exec(rest);
  if (index !== null) {
    const at = Number(index[1]);
    return {
      step: (value) => present(Array.isArray(value) ? value.at(at) : undefined),
      length: index[0].length,
    };
  }
  const key = FIELD.exec(rest) ?? QUOTED.exec(rest);
  if (key !== null) {
    const name = (key[1] ?? key[2] ?? '').replace(/\\(.)/g, '$1');
    return { step: (value) => present(valueAt(value, name)), length: key[0].length };
  }
  const filter = FILTER.exec(rest);
  if (filter === null) return undefined;
  const [whole, path = '', operator, single, double, bare] = filter;
  const wanted = single ?? double ?? bare ?? '';
  const matches = (item: JsonValue): boolean => {
    const value = valueAt(item, ...path.split('.'));
    if (value === undefined || value === null) return false;
    const text = typeof value === 'string' ? value : stringifyJson(value);
    return (text === wanted) === (operator === '==');
  };
  return { step: (value) => (Array.isArray(value) ? value.filter(matches) : []), length: whole.length };
}

function present(value: JsonValue | undefined): readonly JsonValue[] {
  return value === undefined ? [] : [value];
}
