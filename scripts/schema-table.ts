/**
 * Writes src/resources/schema-table.ts: how the lists of Kubernetes' own kinds are merged, and which of their fields are quantities.
 * Source: api/openapi-spec/swagger.json of the k8s.io/kubernetes module that test/cluster is built from, in which the API server's
 * `+listType` and `+listMapKey` comments are `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`.
 *
 * Usage: npx tsx scripts/schema-table.ts
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const TARGET = path.join(import.meta.dirname, '../src/resources/schema-table.ts');

const [directory = '', version = ''] = execFileSync(
  'go',
  ['list', '-m', '-f', '{{.Dir}}\n{{.Version}}', 'k8s.io/kubernetes'],
  { cwd: path.join(import.meta.dirname, '../test/cluster'), encoding: 'utf8' },
)
  .trim()
  .split('\n');
const swagger = JSON.parse(readFileSync(path.join(directory, 'api/openapi-spec/swagger.json'), 'utf8')) as {
  definitions: Readonly<Record<string, Schema>>;
};
const { definitions } = swagger;

/** Defaults, which OpenAPI v2 does not carry, by type and property. */
const defaults = new Map<string, unknown>();
const v3 = path.join(directory, 'api/openapi-spec/v3');
for (const file of readdirSync(v3).filter((name) => name.endsWith('.json'))) {
  const { components } = JSON.parse(readFileSync(path.join(v3, file), 'utf8')) as {
    components?: { schemas?: Readonly<Record<string, Schema>> };
  };
  for (const [type, { properties = {} }] of Object.entries(components?.schemas ?? {})) {
    for (const [name, schema] of Object.entries(properties)) defaults.set(`${type} ${name}`, schema.default);
  }
}

function referenced(schema: Schema | undefined): string | undefined {
  return schema?.$ref?.replace('#/definitions/', '');
}

/** A name that is unique and short: `io.k8s.api.core.v1.Container` is `core.v1.Container`. */
function shortName(name: string): string {
  return name.replace(
    /^io\.k8s\.(?:api|apimachinery\.pkg\.apis|kube-aggregator\.pkg\.apis|apiextensions-apiserver\.pkg\.apis)\./,
    '',
  );
}

/** What a field says that plain JSON does not, besides what its type says. */
function ownMark(schema: Schema): string {
  if (schema.type === 'array') {
    const listType = schema['x-kubernetes-list-type'];
    if (listType === 'set') return '[=]';
    if (listType !== 'map') return '';
    const item = referenced(schema.items) ?? '';
    const keys = (schema['x-kubernetes-list-map-keys'] ?? []).map((key) => {
      const fallback = defaults.get(`${item} ${key}`);
      return typeof fallback === 'string' && fallback !== '' ? `${key}=${fallback}` : key;
    });
    return `[${keys.join(',')}]`;
  }
  return '';
}

function elementOf(schema: Schema): { readonly mark: string; readonly element: Schema } {
  if (schema.type === 'array' && schema.items !== undefined) return { mark: '[]', element: schema.items };
  if (schema.additionalProperties !== undefined) return { mark: '*', element: schema.additionalProperties };
  return { mark: '', element: schema };
}

/** Types from which a marked list or a quantity can be reached; the others say nothing that JSON does not. */
const telling = new Set<string>();
for (let before = -1; before < telling.size;) {
  before = telling.size;
  for (const [name, { properties = {} }] of Object.entries(definitions)) {
    const tells = Object.values(properties).some((field) => {
      const target = referenced(elementOf(field).element);
      return ownMark(field) !== '' || target === QUANTITY || (target !== undefined && telling.has(target));
    });
    if (tells) telling.add(name);
  }
}

function fieldText(name: string, schema: Schema): string | undefined {
  const { mark, element } = elementOf(schema);
  const target = referenced(element);
  const own = ownMark(schema);
  if (target === QUANTITY) return `${name}${own || mark}#`;
  if (target !== undefined && telling.has(target)) return `${name}${own || mark}>${shortName(target)}`;
  return own === '' ? undefined : `${name}${own}`;
}

const roots = new Map<string, string>();
for (const [name, schema] of Object.entries(definitions)) {
  const [identity] = schema['x-kubernetes-group-version-kind'] ?? [];
  const several = (schema['x-kubernetes-group-version-kind']?.length ?? 0) > 1;
  if (identity === undefined || several || !telling.has(name) || identity.kind.endsWith('List')) continue;
  if (schema.properties?.['metadata'] === undefined) continue;
  roots.set(name, [identity.group, identity.version, identity.kind].filter((part) => part !== '').join('/'));
}

const reached = new Set<string>();
function reach(name: string): void {
  if (reached.has(name) || !telling.has(name)) return;
  reached.add(name);
  for (const field of Object.values(definitions[name]?.properties ?? {})) {
    const target = referenced(elementOf(field).element);
    if (target !== undefined) reach(target);
  }
}
for (const name of roots.keys()) reach(name);

const lines = [...reached]
  .map((name) => {
    const fields = Object.entries(definitions[name]?.properties ?? {})
      .map(([field, schema]) => fieldText(field, schema))
      .filter((text) => text !== undefined);
    return [roots.get(name) ?? shortName(name), ...fields].join(' ');
  })
  .sort();
writeFileSync(
  TARGET,
  `// Generated by scripts/schema-table.ts; do not edit.
/**
 * The merge rules of Kubernetes' own kinds, a type a line: its name (\`group/version/Kind\` where it is a kind), then its fields.
 * \`>Type\` the field's type; \`*\` a map, \`[]\` an atomic list of it; \`[key,key=default]\` a list-map by these keys; \`[=]\` a set; \`#\` a
 * quantity. What a line does not name is plain JSON, and lists in it are atomic.
 *
 * Source: api/openapi-spec/swagger.json of k8s.io/kubernetes ${version}.
 */
export const SCHEMA_TABLE = \`
${lines.join('\n')}
\`;
`,
);
console.log(`${lines.length} types, ${roots.size} kinds of Kubernetes ${version}`);
