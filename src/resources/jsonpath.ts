/**
 * What a JSONPath template gives for an object, as kubectl has it: missing fields give nothing, whatever else is wrong is an error.
 *
 * Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/, and the behaviour of k8s.io/client-go/util/jsonpath.
 */
import { compareScalars } from './jsonpath-compare.ts';
import type { JsonPathNode } from './jsonpath-parser.ts';
import { goJson, goText } from './jsonpath-text.ts';
import { JsonNumber, type JsonArray, type JsonValue } from './json-value.ts';

/** The template does not fit the object: an index out of bounds, a filter of what is no list, a comparison of different types. */
export class JsonPathMisfit extends Error {
  override readonly name = 'JsonPathMisfit';
}

/** The values that each part of a template gives, in order; parts in a `range` once for every element. */
export type JsonPathResults = readonly (readonly JsonValue[])[];

/**
 * What `template` (of `parseJsonPath`) gives for `value`.
 * @throws JsonPathMisfit
 */
export function evaluateJsonPath(template: readonly JsonPathNode[], value: JsonValue): JsonPathResults {
  return new Evaluation(template).results(0, value);
}

/** What kubectl prints for the results. */
export function jsonPathText(results: JsonPathResults): string {
  return results
    .map((values) =>
      values
        .map((value) => (value instanceof Map || Array.isArray(value) ? goJson(value) : goText(value)))
        .join(' '),
    )
    .join('');
}

/** What a step gives. After an error there may be values all the same, and a filter that asks only whether there are any looks at them. */
interface Step {
  readonly values: JsonArray;
  readonly problem?: string;
}

class Evaluation {
  readonly #template: readonly JsonPathNode[];
  #rangesToBegin = 0;
  #rangesOpen = 0;
  #rangesToEnd = 0;
  #lastEnd = -1;

  constructor(template: readonly JsonPathNode[]) {
    this.#template = template;
  }

  /** From part `start` on, up to the end of the range that it is in. `value` is undefined where a range has nothing to go over. */
  results(start: number, value: JsonValue | undefined): (readonly JsonValue[])[] {
    const input = value === undefined ? [] : [value];
    const all: (readonly JsonValue[])[] = [];
    for (let index = start; index < this.#template.length; index++) {
      const node = this.#template[index];
      if (node === undefined) break;
      const { values, problem } = this.#walk(input, node);
      if (problem !== undefined) throw new JsonPathMisfit(problem);
      if (this.#rangesToEnd > 0 && this.#rangesToEnd <= this.#rangesOpen) {
        this.#rangesToEnd -= 1;
        this.#lastEnd = index;
        break;
      }
      if (this.#rangesToBegin === 0) {
        all.push(values);
        continue;
      }
      this.#rangesToBegin -= 1;
      this.#rangesOpen += 1;
      // Also for nothing, so that its end is found.
      if (values.length === 0) this.results(index + 1, undefined);
      for (const item of values) all.push(...this.results(index + 1, item));
      this.#rangesOpen -= 1;
      if (this.#lastEnd > index) index = this.#lastEnd;
    }
    return all;
  }

  #walk(input: JsonArray, node: JsonPathNode): Step {
    switch (node.type) {
      case 'text':
        return { values: [node.text] };
      case 'number':
        return { values: input.map(() => new JsonNumber(node.text)) };
      case 'boolean':
        return { values: input.map(() => node.value) };
      case 'list':
        return this.#list(input, node.nodes);
      case 'field':
        return { values: fieldsOf(input, node.name) };
      case 'wildcard':
        return { values: input.flatMap(childrenOf) };
      case 'recursive':
        return { values: descendants(input) };
      case 'slice':
        return slice(input, node);
      case 'union':
        return this.#union(input, node.paths);
      case 'filter':
        return this.#filter(input, node);
      case 'identifier':
        return this.#identifier(input, node.name);
    }
  }

  #list(input: JsonArray, nodes: readonly JsonPathNode[]): Step {
    let step: Step = { values: input };
    for (const node of nodes) {
      step = this.#walk(step.values, node);
      if (step.problem !== undefined) break;
    }
    return step;
  }

  #union(input: JsonArray, paths: readonly JsonPathNode[]): Step {
    const values: JsonArray = [];
    for (const path of paths) {
      const step = this.#walk(input, path);
      if (step.problem !== undefined) return { values: input, problem: step.problem };
      values.push(...step.values);
    }
    return { values };
  }

  #identifier(input: JsonArray, name: string): Step {
    if (name === 'range') {
      this.#rangesToBegin += 1;
      return { values: input };
    }
    if (name !== 'end') return { values: input, problem: `unrecognized identifier ${name}` };
    if (this.#rangesOpen === 0) return { values: [], problem: 'not in range, nothing to end' };
    this.#rangesToEnd += 1;
    return { values: [] };
  }

  #filter(input: JsonArray, { left, operator, right }: Extract<JsonPathNode, { type: 'filter' }>): Step {
    const values: JsonArray = [];
    for (const list of input) {
      if (!Array.isArray(list)) return { values: input, problem: 'not a list and cannot be filtered' };
      for (const item of list) {
        const lefts = this.#walk([item], left);
        if (operator === 'exists') {
          if (lefts.values.length > 0) values.push(item);
          continue;
        }
        if (lefts.problem !== undefined) return { values: input, problem: lefts.problem };
        if (lefts.values.length === 0) continue;
        if (lefts.values.length > 1) return { values: input, problem: TOO_MANY };
        const rights = this.#walk([item], right);
        if (rights.problem !== undefined) return { values: input, problem: rights.problem };
        if (rights.values.length === 0) continue;
        if (rights.values.length > 1) return { values: input, problem: TOO_MANY };
        const passes = compareScalars(lefts.values[0] ?? null, operator, rights.values[0] ?? null);
        if (typeof passes === 'string') return { values, problem: passes };
        if (passes) values.push(item);
      }
    }
    return { values };
  }
}

const TOO_MANY = 'can only compare one element at a time';

function fieldsOf(input: JsonArray, name: string): JsonArray {
  const values: JsonArray = [];
  for (const object of input) {
    const value = object instanceof Map ? object.get(name) : undefined;
    if (value !== undefined) values.push(value);
  }
  return values;
}

/** The bytes of text are its elements. */
function childrenOf(value: JsonValue): JsonArray {
  if (value instanceof Map) return [...value.values()];
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [];
  return Array.from(new TextEncoder().encode(value), (byte) => new JsonNumber(String(byte)));
}

/** Every value that has elements, each before what is in it. */
function descendants(input: JsonArray): JsonArray {
  const found: JsonArray = [];
  for (const value of input) {
    if (typeof value === 'string') {
      if (value !== '') found.push(value);
      continue;
    }
    const children = childrenOf(value);
    if (children.length > 0) found.push(value, ...descendants(children));
  }
  return found;
}

function slice(input: JsonArray, node: Extract<JsonPathNode, { type: 'slice' }>): Step {
  const values: JsonArray = [];
  for (const list of input) {
    if (list === null) continue;
    if (!Array.isArray(list)) return { values: input, problem: 'not a list' };
    const { length } = list;
    let start = node.start ?? 0;
    let end = node.end ?? (node.isIndex ? start + 1 : length);
    if (start < 0) start += length;
    if (end < 0 || (end === 0 && node.isIndex)) end += length;
    // An empty slice ends it all, as in kubectl.
    if (start === end) return { values };
    if (start >= length || start < 0) return outOfBounds(input, start, length);
    if (end > length || end < 0) return outOfBounds(input, end - 1, length);
    if (start > end) {
      return { values: input, problem: `starting index ${start} is greater than ending index ${end}` };
    }
    const step = node.step ?? 1;
    if (step <= 0) return { values: input, problem: 'step must be > 0' };
    for (let index = start; index < end; index += step) values.push(list[index] ?? null);
  }
  return { values };
}

function outOfBounds(input: JsonArray, index: number, length: number): Step {
  return { values: input, problem: `array index out of bounds: index ${index}, length ${length}` };
}
