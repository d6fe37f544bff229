/** What CustomResourceDefinitions say of their kinds: the scope, and the schema of each version as it is written. */
import { arrayAt, objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import type { ResourceIdentity } from './object-path.ts';
import { builtInScope } from './references.ts';

/** The definitions of an archive or cluster. What was added first stays. */
export class DefinitionSchemas {
  readonly #scopes = new Map<string, boolean>();
  readonly #schemas = new Map<string, JsonObject>();

  /** Adds a CustomResourceDefinition; other objects are passed over. */
  addDefinition(object: JsonValue): void {
    if (stringAt(object, 'kind') !== 'CustomResourceDefinition') return;
    const group = stringAt(object, 'spec', 'group') ?? '';
    const kind = stringAt(object, 'spec', 'names', 'kind') ?? '';
    const type = `${group}/${kind}`;
    if (this.#scopes.has(type)) return;
    this.#scopes.set(type, stringAt(object, 'spec', 'scope') !== 'Cluster');
    for (const version of arrayAt(object, 'spec', 'versions')) {
      const schema = objectAt(version, 'schema', 'openAPIV3Schema');
      if (schema !== undefined) this.#schemas.set(`${type}/${stringAt(version, 'name') ?? ''}`, schema);
    }
  }

  /** Whether objects of a kind lie in namespaces; undefined where it is not known. */
  scopeOf(group: string, kind: string): boolean | undefined {
    return builtInScope(group, kind) ?? this.#scopes.get(`${group}/${kind}`);
  }

  /** `openAPIV3Schema` of a custom kind's version. */
  schemaOf({
    group,
    kind,
    version,
  }: Pick<ResourceIdentity, 'group' | 'kind' | 'version'>): JsonObject | undefined {
    return this.#schemas.get(`${group}/${kind}/${version}`);
  }
}
