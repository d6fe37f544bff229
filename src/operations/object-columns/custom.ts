/**
 * The columns that a CustomResourceDefinition asks for, `additionalPrinterColumns`.
 *
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns
 */
import { isPtarError } from '../../errors.ts';
import { parseJsonPath, type JsonPathNode } from '../../resources/jsonpath-parser.ts';
import { evaluateJsonPath, JsonPathMisfit, jsonPathText } from '../../resources/jsonpath.ts';
import {
  arrayAt,
  JsonNumber,
  stringAt,
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
  const template = parsed(stringAt(asked, 'jsonPath') ?? '');
  const type = stringAt(asked, 'type') ?? 'string';
  return {
    header: (stringAt(asked, 'name') ?? '').toUpperCase(),
    ...(countAt(asked, 'priority') > 0 && { wide: true }),
    cell: (object, { nowMs }) => {
      const value = firstValue(template, object);
      return value === undefined ? '' : cellText(value, type, nowMs);
    },
  };
}

/** No parts for what is no JSONPath; a server would not have taken it. */
function parsed(path: string): readonly JsonPathNode[] {
  try {
    return parseJsonPath(`{${path}}`);
  } catch (error) {
    if (isPtarError(error)) return [];
    throw error;
  }
}

function firstValue(template: readonly JsonPathNode[], object: JsonObject): JsonValue | undefined {
  try {
    return evaluateJsonPath(template, object)[0]?.[0];
  } catch (error) {
    if (error instanceof JsonPathMisfit) return undefined;
    throw error;
  }
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
      return jsonPathText([[value]]);
  }
}
