/**
 * Places that hold a mapped name and were left as they are, because nothing says that they mean it: for a person to look at. Values of
 * Secrets are looked into, and only said where.
 */
import { isIdentity } from './mapping.ts';
import { isBuiltIn, type MapContext } from './map-object.ts';
import { stringAt, type JsonObject, type JsonPath, type JsonValue } from './json-value.ts';
import { identityOf } from './object-path.ts';
import { isSecret } from './secret-mask.ts';

/** One place that was left alone. */
export interface LeftAlonePlace {
  /** For a person: `spec.url`, `data[app.yaml] line 3`. */
  readonly place: string;
  /** What is there: `namespace shop`, `host shop.example.com`. */
  readonly holds: string;
  /** Why it stays. */
  readonly reason: string;
}

/** Most places of one object; the rest is only counted. */
const PLACES_MAX = 50;
const SKIPPED_METADATA = new Set([
  'managedFields',
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'selfLink',
]);
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const TEXT_FIELD = /^(?:value|command|args|externalName|url)$/;

interface Token {
  readonly what: 'namespace' | 'host' | 'registry' | 'name';
  readonly pattern: RegExp;
}

/** Looks for what the mapping names, in objects and what they have become. */
export class LeftAloneSearch {
  readonly #tokens: readonly Token[];
  readonly #context: MapContext;

  constructor(context: MapContext) {
    this.#context = context;
    const { namespaces, hosts, imageRegistries } = context.mapping;
    this.#tokens = [
      ...token('namespace', movedNames(namespaces), '(?<![A-Za-z0-9-])', '(?![A-Za-z0-9-])'),
      ...token(
        'host',
        movedNames(hosts).filter((host) => !host.startsWith('.')),
        '(?<![A-Za-z0-9.-])',
        '(?![A-Za-z0-9-]|\\.[a-z0-9])',
      ),
      ...token(
        'host',
        movedNames(hosts).filter((host) => host.startsWith('.')),
        '(?<=[A-Za-z0-9])',
        '(?![A-Za-z0-9-]|\\.[a-z0-9])',
      ),
      ...token('registry', movedNames(imageRegistries), '(?<![A-Za-z0-9./-])', '(?=[/"\'\\s]|$)'),
    ];
  }

  /**
   * The places in `before` that `mapObject` has left as they were.
   * @param after what it made of it
   */
  places(before: JsonObject, after: JsonObject): LeftAlonePlace[] {
    const identity = identityOf(before);
    if (identity === undefined || isIdentity(this.#context.mapping)) return [];
    const found: LeftAlonePlace[] = [];
    const search: Search = {
      found,
      isBuiltIn: isBuiltIn(identity.group, identity.kind),
      isSecret: isSecret(before),
      isData: isSecret(before) || identity.kind === 'ConfigMap',
    };
    const helm = helmReleaseOf(before);
    if (helm !== undefined) {
      found.push({
        place: helm,
        holds: 'the manifests of a Helm release',
        reason: 'packed; helm would bring the old names back',
      });
      return found;
    }
    this.#search(before, after, [], search);
    const more = found.length - PLACES_MAX;
    return more <= 0
      ? found
      : [
          ...found.slice(0, PLACES_MAX),
          { place: '…', holds: `${more} more`, reason: 'the list is cut here' },
        ];
  }

  #search(before: JsonValue, after: JsonValue | undefined, path: JsonPath, search: Search): void {
    if (before instanceof Map) {
      for (const [key, value] of before) {
        if (isSkipped(path, key)) continue;
        const other = after instanceof Map ? after.get(key) : undefined;
        if (other !== undefined) this.#search(value, other, [...path, key], search);
      }
    } else if (Array.isArray(before)) {
      for (const [index, item] of before.entries()) {
        const other = Array.isArray(after) ? after[index] : undefined;
        if (other !== undefined) this.#search(item, other, [...path, index], search);
      }
    } else if (typeof before === 'string' && typeof after === 'string') {
      this.#searchText(before, after, path, search);
    }
  }

  #searchText(before: string, after: string, path: JsonPath, search: Search): void {
    const isEncoded = search.isSecret && path[0] === 'data';
    const text = isEncoded ? decoded(before) : before;
    const lines = text.split('\n');
    const others = isEncoded ? lines : after.split('\n');
    for (const [index, line] of lines.entries()) {
      if (line !== others[index]) continue;
      const place = `${formatPath(path)}${lines.length > 1 ? ` line ${index + 1}` : ''}`;
      for (const [what, name] of this.#tokensIn(line, path, search)) {
        search.found.push({ place, holds: `${what} ${name}`, reason: reasonOf(path, search) });
      }
    }
  }

  *#tokensIn(line: string, path: JsonPath, search: Search): Generator<readonly [what: string, name: string]> {
    for (const { what, pattern } of this.#tokens) {
      // Words like "default" are everywhere; in a known field they mean what the field says.
      if (what === 'namespace' && !mayMeanNamespace(path, search)) continue;
      const name = pattern.exec(line)?.[0];
      if (name !== undefined) yield [what, name];
    }
    const { mapping, set } = this.#context;
    if (mapping.namePrefix === mapping.droppedPrefix || !isFreeText(path, search)) return;
    for (const kind of ['Service', 'ConfigMap', 'Secret', 'PersistentVolumeClaim', 'ServiceAccount']) {
      if (set.hasAnywhere({ group: '', kind, name: line })) {
        yield [`the name of ${kind}`, line];
        return;
      }
    }
  }
}

interface Search {
  readonly found: LeftAlonePlace[];
  readonly isBuiltIn: boolean;
  readonly isSecret: boolean;
  /** Everything below `data` is somebody's own text. */
  readonly isData: boolean;
}

function token(what: Token['what'], names: readonly string[], before: string, after: string): Token[] {
  if (names.length === 0) return [];
  const escaped = names.map((name) => name.replace(/[\\^$.|?*+(){}[\]/-]/g, '\\$&'));
  // The longest first: alternatives are tried in their order.
  const pattern = escaped.toSorted((left, right) => right.length - left.length).join('|');
  return [{ what, pattern: new RegExp(`${before}(?:${pattern})${after}`) }];
}

function movedNames(map: ReadonlyMap<string, string>): string[] {
  return [...map].filter(([from, to]) => from !== to).map(([from]) => from);
}

function isSkipped(path: JsonPath, key: string): boolean {
  if (path.length === 0) return key === 'status' || key === 'apiVersion' || key === 'kind';
  if (path.length === 1 && path[0] === 'metadata') return SKIPPED_METADATA.has(key);
  return key === LAST_APPLIED || key === 'caBundle';
}

/** Places whose content is somebody's own: annotations, arguments, values of variables, data. */
function isFreeText(path: JsonPath, search: Search): boolean {
  const field = path.findLast((step) => typeof step === 'string') ?? '';
  if (path[0] === 'metadata') return path[1] === 'annotations';
  if (search.isData) return ['data', 'stringData'].includes(String(path[0]));
  return !search.isBuiltIn || TEXT_FIELD.test(field);
}

function mayMeanNamespace(path: JsonPath, search: Search): boolean {
  if (isFreeText(path, search)) return true;
  const field = path.findLast((step) => typeof step === 'string') ?? '';
  return /namespace/i.test(field);
}

function reasonOf(path: JsonPath, search: Search): string {
  if (path[0] === 'metadata') {
    return `what this ${path[1] === 'labels' ? 'label' : 'annotation'} means is not known`;
  }
  if (search.isSecret) return 'values of Secrets are not changed';
  if (!search.isBuiltIn) return 'the schema of this kind does not say that it is one';
  return 'text that may mean something else';
}

function helmReleaseOf(object: JsonObject): string | undefined {
  if (stringAt(object, 'metadata', 'labels', 'owner') !== 'helm') return undefined;
  return stringAt(object, 'data', 'release') === undefined ? undefined : 'data.release';
}

function decoded(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    return '';
  }
}

/** `spec.rules[0].host`, `data[app.yaml]`. */
export function formatPath(path: JsonPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/[.[\]/]/.test(step)) text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
