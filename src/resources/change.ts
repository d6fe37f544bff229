/** What a comparison of two objects says. */
import type { JsonPath, JsonValue } from './json-value.ts';

/** One change. Fields are the union of what the operations say. */
export interface Change {
  readonly op: 'add' | 'remove' | 'replace' | 'reorder';
  /**
   * Where, in the object before. An element that is added stands before the index, or behind the last. Applied from the last change to
   * the first, every path is still right.
   */
  readonly path: JsonPath;
  /** The path for a person: `spec.containers[web].ports[80,TCP]`. */
  readonly label: string;
  /** Of a `reorder`: the names of the elements that both lists have, in their order. */
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  /** Where both are text that holds an object: what changed in it. Empty where only its layout did. */
  readonly embedded?: readonly Change[];
  /** Of a `reorder`: for every element of the list after, its index in the list after all other changes. */
  readonly order?: readonly number[];
}

/** A place in both values. */
export interface Position {
  readonly path: JsonPath;
  readonly label: string;
}
