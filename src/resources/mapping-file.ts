/** Mapping files: YAML, in which nothing is passed over. */
import {
  LineCounter,
  isMap,
  isScalar,
  parseAllDocuments,
  type Document,
  type Node,
  type ParsedNode,
} from 'yaml';
import { UsageError } from '../errors.ts';
import { IDENTITY_MAPPING, type Mapping } from './mapping.ts';

/** Longest file that is read (characters). */
const LENGTH_MAX = 1 << 20;

/** What a name must look like, on either side; see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
interface NameRule {
  readonly what: string;
  readonly pattern: RegExp;
  /** Characters. */
  readonly lengthMax: number;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const LABEL_RULE: NameRule = {
  what: 'a namespace (a DNS label)',
  pattern: new RegExp(`^${LABEL}$`),
  lengthMax: 63,
};
const CLASS_RULE: NameRule = {
  what: 'a class (a DNS subdomain)',
  pattern: new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
  lengthMax: 253,
};
const HOST_RULE: NameRule = {
  what: 'a host name, or with a leading dot a domain',
  pattern: new RegExp(`^\\.?${LABEL}(?:\\.${LABEL})*$`),
  lengthMax: 253,
};
const REGISTRY_RULE: NameRule = {
  what: 'a registry, perhaps with a path',
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/,
  lengthMax: 255,
};
const PREFIX = /^[a-z0-9](?:[a-z0-9.-]{0,61})$/;

/** The keys of a mapping file that hold names and what becomes of them. */
const TABLES = {
  namespaces: LABEL_RULE,
  storageClasses: CLASS_RULE,
  ingressClasses: CLASS_RULE,
  hosts: HOST_RULE,
  imageRegistries: REGISTRY_RULE,
} as const satisfies Partial<Record<keyof Mapping, NameRule>>;
const PREFIX_KEY = 'namePrefix';
const KEYS = [PREFIX_KEY, ...Object.keys(TABLES)];

/**
 * Reads a mapping file:
 *
 *     namespaces: {shop: shop-staging}
 *     namePrefix: staging-
 *     storageClasses: {fast: standard}
 *     ingressClasses: {nginx: traefik}
 *     hosts: {shop.example.com: shop.staging.example.net, .example.org: .staging.example.net}
 *     imageRegistries: {docker.io: registry.local:5000/docker.io}
 *
 * @param file for messages
 * @throws UsageError with the line: unknown or repeated keys, values that no such name can have
 */
export function parseMapping(text: string, file: string): Mapping {
  if (text.length > LENGTH_MAX) throw new UsageError(`${file} is too long for a mapping`);
  const lines = new LineCounter();
  const reader = new MappingReader(file, lines);
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (!Array.isArray(documents)) return IDENTITY_MAPPING;
  const [document, second] = documents as Document.Parsed[];
  if (second !== undefined) return reader.fail('a second document', second.contents);
  const problem = document?.errors[0];
  if (problem !== undefined) return reader.failAt(describe(problem.code), problem.pos[0]);
  const root = document?.contents ?? undefined;
  const isEmpty = root === undefined || (isScalar(root) && root.value === null);
  return isEmpty ? IDENTITY_MAPPING : reader.mapping(root);
}

function describe(code: string): string {
  return code === 'DUPLICATE_KEY' ? 'a key occurs twice' : 'no YAML that can be read';
}

class MappingReader {
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  mapping(root: ParsedNode): Mapping {
    const fields: Record<string, unknown> = {};
    for (const [key, value, node] of this.#pairs(root, 'a mapping file holds keys and values')) {
      if (key === PREFIX_KEY) fields[key] = this.#prefix(value, node);
      else if (isTable(key)) fields[key] = this.#table(key, value, node);
      else this.fail(`unknown key ${JSON.stringify(key)}; known are ${KEYS.join(', ')}`, node);
    }
    return { ...IDENTITY_MAPPING, ...fields };
  }

  fail(problem: string, node: Node | null): never {
    return this.failAt(problem, node?.range?.[0] ?? 0);
  }

  failAt(problem: string, offset: number): never {
    throw new UsageError(`${this.#file}, line ${this.#lines.linePos(offset).line}: ${problem}`);
  }

  #prefix(value: Node | null, key: Node): string {
    const text = this.#text(value, key);
    if (PREFIX.test(text)) return text;
    return this.fail(
      `${PREFIX_KEY} must be the beginning of names: lower-case letters, digits, "-" and "."`,
      key,
    );
  }

  #table(table: keyof typeof TABLES, value: Node | null, key: Node): ReadonlyMap<string, string> {
    const rule = TABLES[table];
    const entries = new Map<string, string>();
    for (const [from, node, fromNode] of this.#pairs(
      value ?? key,
      `${table} holds names and what becomes of them`,
    )) {
      const to = this.#text(node, fromNode);
      for (const [name, where] of [
        [from, fromNode],
        [to, node ?? fromNode],
      ] as const) {
        if (name.length > rule.lengthMax || !rule.pattern.test(name)) {
          this.fail(`${table}: ${JSON.stringify(name)} is not ${rule.what}`, where);
        }
      }
      if (from.startsWith('.') !== to.startsWith('.')) {
        this.fail(`${table}: a domain (with a leading dot) becomes a domain, a host a host`, fromNode);
      }
      entries.set(from, to);
    }
    return entries;
  }

  #text(value: Node | null, key: Node): string {
    if (isScalar(value) && typeof value.value === 'string') return value.value;
    return this.fail('the value must be text', value ?? key);
  }

  /** Keys as they are written: a class may be called `1`. */
  *#pairs(node: Node, expectation: string): Generator<[key: string, value: Node | null, keyNode: Node]> {
    if (!isMap(node)) return this.fail(expectation, node);
    for (const { key, value } of node.items) {
      if (!isScalar(key)) return this.fail('a key must be text', node);
      const text = typeof key.value === 'string' ? key.value : (key.source ?? '');
      yield [text, value as Node | null, key];
    }
  }
}

function isTable(key: string): key is keyof typeof TABLES {
  return Object.hasOwn(TABLES, key);
}

/** The mapping as plain data, in the form of the file; {@link parseMapping} reads its JSON. */
export function mappingDocument(mapping: Mapping): Readonly<Record<string, unknown>> {
  const tables = Object.keys(TABLES) as (keyof typeof TABLES)[];
  return {
    ...(mapping.namePrefix !== '' && { namePrefix: mapping.namePrefix }),
    ...Object.fromEntries(
      tables
        .filter((table) => mapping[table].size > 0)
        .map((table) => [table, Object.fromEntries(mapping[table])]),
    ),
  };
}
