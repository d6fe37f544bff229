/**
 * What becomes of the names in objects that move to another place: namespaces, names, classes, hosts, registries. Every name is looked
 * up once and all of them at the same time, so that two can change places. `mapping-file.ts` reads it, `map-object.ts` applies it.
 */
import { DEFAULT_REGISTRY, formatImage, parseImage } from './image-reference.ts';

/** A mapping. What it does not name stays as it is. */
export interface Mapping {
  readonly namespaces: ReadonlyMap<string, string>;
  /** Put before the names of the objects that are restored, and where these are named. */
  readonly namePrefix: string;
  /** Taken from the beginning of names that have it: the inverse of `namePrefix`. */
  readonly droppedPrefix: string;
  readonly storageClasses: ReadonlyMap<string, string>;
  readonly ingressClasses: ReadonlyMap<string, string>;
  /** Host names; one with a leading dot stands for all names below it. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Registries, also with a path: `docker.io`, `quay.io/acme`. */
  readonly imageRegistries: ReadonlyMap<string, string>;
}

/** Changes nothing. */
export const IDENTITY_MAPPING: Mapping = {
  namespaces: new Map(),
  namePrefix: '',
  droppedPrefix: '',
  storageClasses: new Map(),
  ingressClasses: new Map(),
  hosts: new Map(),
  imageRegistries: new Map(),
};

const TABLES = ['namespaces', 'storageClasses', 'ingressClasses', 'hosts', 'imageRegistries'] as const;

/** True where nothing changes whatever the objects are. */
export function isIdentity(mapping: Mapping): boolean {
  const isEmpty = TABLES.every((table) => [...mapping[table]].every(([from, to]) => from === to));
  return isEmpty && mapping.namePrefix === mapping.droppedPrefix;
}

/**
 * The mapping that takes back what `mapping` does, provided that what it maps to was not there before; undefined where two names would
 * become one. An image whose name said no registry comes back with its complete name.
 */
export function invertMapping(mapping: Mapping): Mapping | undefined {
  const inverted = TABLES.map((table) => [table, invert(mapping[table])] as const);
  if (inverted.some(([, map]) => map === undefined)) return undefined;
  return {
    ...IDENTITY_MAPPING,
    ...Object.fromEntries(inverted),
    namePrefix: mapping.droppedPrefix,
    droppedPrefix: mapping.namePrefix,
  };
}

function invert(map: ReadonlyMap<string, string>): ReadonlyMap<string, string> | undefined {
  const inverse = new Map([...map].map(([from, to]) => [to, from]));
  return inverse.size === map.size ? inverse : undefined;
}

/** `name` with the prefix, or without it. */
export function mapPrefix(mapping: Mapping, name: string): string {
  const { namePrefix, droppedPrefix } = mapping;
  const bare =
    droppedPrefix !== '' && name.length > droppedPrefix.length && name.startsWith(droppedPrefix)
      ? name.slice(droppedPrefix.length)
      : name;
  return namePrefix + bare;
}

/** What a host name becomes: itself by name, or else by the longest domain that it lies in. Also for `*.example.com`. */
export function mapHost(mapping: Mapping, host: string): string {
  const { hosts } = mapping;
  const exact = hosts.get(host);
  if (exact !== undefined) return exact;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const domain = hosts.get(host.slice(dot));
    if (domain !== undefined) return host.slice(0, dot) + domain;
  }
  return host;
}

/** What an image becomes, by the longest path that it lies in; the text itself where nothing is said of it, or where it is no image. */
export function mapImage(mapping: Mapping, text: string): string {
  if (mapping.imageRegistries.size === 0) return text;
  const image = parseImage(text);
  if (image === undefined) return text;
  const { tag, digest } = image;
  const name = `${image.registry}/${image.repository}`;
  let longest: readonly [string, string] | undefined;
  for (const [key, to] of mapping.imageRegistries) {
    const from = completeRegistry(key);
    const lies = name === from || name.startsWith(`${from}/`);
    if (lies && from.length > (longest?.[0].length ?? 0)) longest = [from, to];
  }
  if (longest === undefined) return text;
  const [from, to] = longest;
  const rest = `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  const mapped = completeRegistry(to) + name.slice(from.length) + rest;
  const complete = parseImage(mapped);
  return complete === undefined ? mapped : formatImage(complete);
}

/** `acme` is a folder of docker.io; `localhost`, `quay.io` and `registry:5000` are registries. */
function completeRegistry(text: string): string {
  const [first = ''] = text.split('/');
  return first === 'localhost' || /[.:]/.test(first) ? text : `${DEFAULT_REGISTRY}/${text}`;
}
