/**
 * From what people type to kinds: `deploy`, `deployment`, `deployments`, `Deployment`, `deployments.apps`, `deployments.v1.apps`, and
 * `deploy/web` for one object. The spellings are kubectl's; the known kinds are the built-in ones, and what an archive holds.
 *
 * Source: https://kubernetes.io/docs/reference/kubectl/#resource-types, k8s.io/apimachinery `ParseResourceArg`.
 */
import { NotFoundError } from '../errors.ts';
import { BUILT_IN_KINDS, type KindDefinition } from './built-in-kinds.ts';
import { arrayAt, objectAt, stringAt, type JsonValue } from './json-value.ts';
import type { ResourceIdentity } from './object-path.ts';

/** What a person picked: a kind, perhaps in one version, perhaps one object of it. */
export interface Selector {
  readonly kind: KindDefinition;
  /** Only where it was written: `deployments.v1.apps`. */
  readonly version?: string;
  readonly name?: string;
}

/** The kinds that are known, with every spelling of each. Later ones of the same group and kind replace earlier ones. */
export class KindCatalog {
  readonly #kinds = new Map<string, KindDefinition>();

  /** Starts with the built-in kinds. */
  constructor() {
    for (const kind of BUILT_IN_KINDS) this.add(kind);
  }

  add(kind: KindDefinition): void {
    this.#kinds.set(`${kind.group}/${kind.kind}`, kind);
  }

  /** Adds what a CustomResourceDefinition defines; anything else is passed over. */
  addDefinition(object: JsonValue): void {
    const kind = kindFromDefinition(object);
    if (kind !== undefined) this.add(kind);
  }

  /** Adds the kind of an object whose definition is unknown; its plural is guessed as kubectl guesses it. */
  addObject(identity: ResourceIdentity): void {
    if (this.find(identity.group, identity.kind) === undefined) this.add(guessKind(identity));
  }

  /** The kind by its exact group and name. */
  find(group: string, kind: string): KindDefinition | undefined {
    return this.#kinds.get(`${group}/${kind}`);
  }

  all(): Iterable<KindDefinition> {
    return this.#kinds.values();
  }

  /**
   * What `text` selects: `KIND`, `KIND.GROUP`, `KIND.VERSION.GROUP`, each also with `/NAME`. A plain kind that several groups have
   * means the built-in one, else the one that was added first.
   * @throws NotFoundError NOT_FOUND_KIND with the nearest known spelling
   */
  select(text: string): Selector {
    const slash = text.indexOf('/');
    const spelling = slash < 0 ? text : text.slice(0, slash);
    const selector = this.#resolve(spelling.toLowerCase());
    if (selector === undefined) {
      const near = this.#nearest(spelling.toLowerCase());
      const hint =
        near === undefined ? 'see which kinds the archive holds' : `did you mean ${JSON.stringify(near)}?`;
      throw new NotFoundError('NOT_FOUND_KIND', `there is no kind ${JSON.stringify(spelling)}: ${hint}`);
    }
    return slash < 0 || slash === text.length - 1 ? selector : { ...selector, name: text.slice(slash + 1) };
  }

  #resolve(spelling: string): Selector | undefined {
    const [name = '', version = '', ...group] = spelling.split('.');
    const [, ...wholeGroup] = spelling.split('.');
    let plain: KindDefinition | undefined;
    let versioned: KindDefinition | undefined;
    for (const kind of this.#kinds.values()) {
      if (!spellingsOf(kind).includes(name)) continue;
      if (kind.group === wholeGroup.join('.') && wholeGroup.length > 0) return { kind };
      if (wholeGroup.length === 0) plain ??= kind;
      else if (group.join('.') === kind.group && VERSION.test(version)) versioned ??= kind;
    }
    if (plain !== undefined) return { kind: plain };
    return versioned === undefined ? undefined : { kind: versioned, version };
  }

  #nearest(spelling: string): string | undefined {
    let best: string | undefined;
    let distanceMax = Math.min(3, Math.ceil(spelling.length / 3));
    for (const kind of this.#kinds.values()) {
      for (const known of [kind.plural, kind.singular, `${kind.plural}.${kind.group}`]) {
        const distance = editDistance(spelling, known, distanceMax);
        if (distance > distanceMax || (best !== undefined && distance === distanceMax)) continue;
        best = known;
        distanceMax = distance;
      }
    }
    return best;
  }
}

/** Kubernetes' versions: `v1`, `v2beta3`. */
const VERSION = /^v[0-9]+(?:(?:alpha|beta)[0-9]+)?$/;

/**
 * The selectors of a command line, as kubectl takes them: `deploy,svc`, `deploy/web svc/api`, or a kind and then names.
 * @throws NotFoundError NOT_FOUND_KIND
 */
export function parseSelectors(catalog: KindCatalog, words: readonly string[]): Selector[] {
  const [first = '', ...names] = words;
  if (words.length > 1 && words.every((word) => !word.includes('/'))) {
    return first.split(',').flatMap((word) => {
      const selector = catalog.select(word);
      return names.map((name) => ({ ...selector, name }));
    });
  }
  return words
    .flatMap((word) => (word.includes('/') ? [word] : word.split(',')))
    .map((word) => catalog.select(word));
}

/** True where `selector` picks the object. */
export function isSelected(selector: Selector, identity: ResourceIdentity): boolean {
  return (
    selector.kind.kind === identity.kind &&
    selector.kind.group === identity.group &&
    (selector.version === undefined || selector.version === identity.version) &&
    (selector.name === undefined || selector.name === identity.name)
  );
}

/** The kind that a CustomResourceDefinition defines, in its storage version; undefined for other objects. */
export function kindFromDefinition(object: JsonValue): KindDefinition | undefined {
  if (stringAt(object, 'kind') !== 'CustomResourceDefinition') return undefined;
  const spec = objectAt(object, 'spec');
  const kind = stringAt(spec, 'names', 'kind');
  const plural = stringAt(spec, 'names', 'plural');
  const group = stringAt(spec, 'group');
  const versions = arrayAt(spec, 'versions');
  const stored = versions.find((version) => objectAt(version)?.get('storage') === true) ?? versions[0];
  const version = stringAt(stored, 'name') ?? stringAt(spec, 'version');
  if (!kind || !plural || !group || !version) return undefined;
  return {
    group,
    version,
    kind,
    plural,
    singular: stringAt(spec, 'names', 'singular') ?? kind.toLowerCase(),
    shortNames: arrayAt(spec, 'names', 'shortNames').filter((name) => typeof name === 'string'),
    namespaced: stringAt(spec, 'scope') !== 'Cluster',
  };
}

function guessKind(identity: ResourceIdentity): KindDefinition {
  const singular = identity.kind.toLowerCase();
  const plural = singular.endsWith('s')
    ? `${singular}es`
    : singular.endsWith('y')
      ? `${singular.slice(0, -1)}ies`
      : `${singular}s`;
  const { group, version, kind } = identity;
  return {
    group,
    version,
    kind,
    plural,
    singular,
    shortNames: [],
    namespaced: identity.namespace !== undefined,
  };
}

function spellingsOf(kind: KindDefinition): string[] {
  return [kind.plural, kind.singular, kind.kind.toLowerCase(), ...kind.shortNames];
}

/** Levenshtein's distance; anything above `max` where it is larger than that. */
function editDistance(left: string, right: string, max: number): number {
  if (Math.abs(left.length - right.length) > max) return max + 1;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
