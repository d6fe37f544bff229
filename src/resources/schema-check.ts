/**
 * Checks a custom resource against the structural schema of a definition that is not in the cluster yet. What takes an API server (CEL
 * rules, formats) is not checked.
 *
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import {
  arrayAt,
  equalJson,
  JsonNumber,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from './json-value.ts';

/** Deepest place that is looked at. */
const DEPTH_MAX = 64;
/** Longest text that a pattern is tried on: patterns come from the archive. */
const PATTERN_TEXT_MAX = 1_000;

/** The schema of a version in a CustomResourceDefinition; undefined where the version is not served. */
export function definedSchema(definition: JsonObject, version: string): JsonObject | undefined {
  const found = arrayAt(definition, 'spec', 'versions').find(
    (one) => stringAt(one, 'name') === version && valueAt(one, 'served') === true,
  );
  return found === undefined ? undefined : (objectAt(found, 'schema', 'openAPIV3Schema') ?? new Map());
}

/** The first thing that is wrong with `object`, for a person; undefined where nothing is found. */
export function schemaProblem(object: JsonObject, schema: JsonObject): string | undefined {
  const checked = new Map(object);
  // Every API server fills and checks these by itself.
  const given = ['apiVersion', 'kind', 'metadata', 'status'].filter((field) => checked.delete(field));
  const required = arrayAt(schema, 'required').filter(
    (name) => typeof name !== 'string' || !given.includes(name),
  );
  return problemOf(checked, new Map(schema).set('required', required), '', 0);
}

function problemOf(value: JsonValue, schema: JsonObject, path: string, depth: number): string | undefined {
  if (depth > DEPTH_MAX) return undefined;
  const at = path === '' ? 'the object' : path;
  if (value === null) {
    return schema.get('nullable') === true || depth === 0 || !schema.has('type')
      ? undefined
      : `${at} is null`;
  }
  const wrongType = typeProblem(value, schema);
  if (wrongType !== undefined) return `${at} is not ${wrongType}`;
  const options = arrayAt(schema, 'enum');
  if (options.length > 0 && !options.some((option) => equalJson(option, value))) {
    return `${at} is none of the values that its schema allows`;
  }
  if (typeof value === 'string') return textProblem(value, schema, at);
  if (value instanceof JsonNumber) return numberProblem(value, schema, at);
  if (Array.isArray(value)) return listProblem(value, schema, path, depth);
  return value instanceof Map ? fieldsProblem(value, schema, path, depth) : undefined;
}

function typeProblem(value: JsonValue, schema: JsonObject): string | undefined {
  const isNumber = value instanceof JsonNumber;
  if (schema.get('x-kubernetes-int-or-string') === true) {
    return isNumber || typeof value === 'string' ? undefined : 'a number or text';
  }
  switch (stringAt(schema, 'type')) {
    case 'object':
      return value instanceof Map ? undefined : 'an object';
    case 'array':
      return Array.isArray(value) ? undefined : 'a list';
    case 'string':
      return typeof value === 'string' ? undefined : 'text';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'integer':
      return isNumber && Number.isInteger(value.toNumber()) ? undefined : 'a whole number';
    case 'number':
      return isNumber ? undefined : 'a number';
    case undefined:
    default:
      return undefined;
  }
}

function textProblem(text: string, schema: JsonObject, at: string): string | undefined {
  const length = Array.from(text).length;
  if (length > limitOf(schema, 'maxLength', Infinity)) return `${at} is too long`;
  if (length < limitOf(schema, 'minLength', 0)) return `${at} is too short`;
  const pattern = stringAt(schema, 'pattern');
  if (pattern === undefined || text.length > PATTERN_TEXT_MAX) return undefined;
  try {
    return new RegExp(pattern, 'u').test(text) ? undefined : `${at} does not match ${pattern}`;
  } catch {
    // Go knows expressions that JavaScript does not.
    return undefined;
  }
}

function numberProblem(number: JsonNumber, schema: JsonObject, at: string): string | undefined {
  const value = number.toNumber();
  const [minimum, maximum] = [limitOf(schema, 'minimum', -Infinity), limitOf(schema, 'maximum', Infinity)];
  if (value < minimum || (value === minimum && schema.get('exclusiveMinimum') === true)) {
    return `${at} is below ${minimum}`;
  }
  if (value > maximum || (value === maximum && schema.get('exclusiveMaximum') === true)) {
    return `${at} is above ${maximum}`;
  }
  return undefined;
}

function listProblem(
  list: readonly JsonValue[],
  schema: JsonObject,
  path: string,
  depth: number,
): string | undefined {
  if (list.length > limitOf(schema, 'maxItems', Infinity)) return `${path} has too many elements`;
  if (list.length < limitOf(schema, 'minItems', 0)) return `${path} has too few elements`;
  const items = objectAt(schema, 'items');
  if (items === undefined) return undefined;
  for (const [index, item] of list.entries()) {
    const problem = problemOf(item, items, `${path}[${index}]`, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldsProblem(
  object: JsonObject,
  schema: JsonObject,
  path: string,
  depth: number,
): string | undefined {
  const properties = objectAt(schema, 'properties');
  const additional = objectAt(schema, 'additionalProperties');
  const schemaOf = (name: string): JsonObject | undefined => objectAt(properties, name) ?? additional;
  // The API server takes a null where none may be for a field that is not there.
  const isGiven = (name: string): boolean =>
    object.has(name) && (object.get(name) !== null || schemaOf(name)?.get('nullable') === true);
  for (const name of arrayAt(schema, 'required')) {
    if (typeof name !== 'string' || isGiven(name)) continue;
    if (valueAt(properties, name, 'default') !== undefined) continue;
    return `${join(path, name)} is required`;
  }
  for (const [name, value] of object) {
    const field = schemaOf(name);
    if (field === undefined || !isGiven(name)) continue;
    const problem = problemOf(value, field, join(path, name), depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function limitOf(schema: JsonObject, name: string, without: number): number {
  const limit = schema.get(name);
  return limit instanceof JsonNumber ? limit.toNumber() : without;
}
