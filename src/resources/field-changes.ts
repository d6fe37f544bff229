/** Changes of fields in one object, each at most once: two rules may know the same place, and a name that is mapped twice is another one. */
import type { JsonArray, JsonObject, JsonValue } from './json-value.ts';

/** Remembers what was changed. */
export class FieldChanges {
  readonly #finished = new WeakSet<JsonObject>();
  readonly #settled = new WeakMap<JsonObject | JsonArray, Set<string | number>>();

  /** Keeps a value and everything below it as it is from now on. */
  finish(value: JsonObject): void {
    this.#finished.add(value);
  }

  /** True for what {@link finish} was called for. */
  isFinished(value: JsonValue): boolean {
    return value instanceof Map && this.#finished.has(value);
  }

  /** Keeps a place as it is from now on. True the first time. */
  settle(holder: JsonValue | undefined, key: string | number): boolean {
    if (!(holder instanceof Map) && !Array.isArray(holder)) return false;
    const keys = this.#settled.get(holder) ?? new Set();
    if (keys.has(key)) return false;
    this.#settled.set(holder, keys.add(key));
    return true;
  }

  /** Replaces the string at `key` of an object or list, where there is one. */
  text(holder: JsonValue | undefined, key: string | number, replace: (text: string) => string): void {
    if (holder instanceof Map) {
      const text = holder.get(String(key));
      if (typeof text === 'string' && this.settle(holder, key)) holder.set(String(key), replace(text));
    } else if (Array.isArray(holder) && typeof key === 'number') {
      const text = holder[key];
      if (typeof text === 'string' && this.settle(holder, key)) holder[key] = replace(text);
    }
  }

  /** Replaces the strings in the list at `key`, where there is one. */
  texts(holder: JsonValue | undefined, key: string, replace: (text: string, index: number) => string): void {
    const list = holder instanceof Map ? holder.get(key) : undefined;
    if (!Array.isArray(list)) return;
    for (const index of list.keys()) this.text(list, index, (text) => replace(text, index));
  }
}
