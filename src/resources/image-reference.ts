/**
 * Names of container images, as container runtimes read them: `nginx`, `quay.io/acme/web:1.2`, `registry:5000/web@sha256:…`. A name
 * without registry is one of docker.io, and there one without a path lies in `library`.
 *
 * Source: https://kubernetes.io/docs/concepts/containers/images/#image-names, https://github.com/distribution/reference
 */

/** An image's name, complete. */
export interface ImageReference {
  /** With the port where it has one: `docker.io`, `registry:5000`. */
  readonly registry: string;
  /** Path without the registry: `library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

/** The registry of names that name none. */
export const DEFAULT_REGISTRY = 'docker.io';
const DEFAULT_FOLDER = 'library';
/** Longest name that is read (characters); registries take 255 without tag and digest. */
const LENGTH_MAX = 1024;

const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/;
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAIL =
  /^(.*?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z0-9]+)*:[0-9A-Fa-f]{32,}))?$/;

/** Takes an image's name apart; undefined for what is none. */
export function parseImage(text: string): ImageReference | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const [, name = '', tag, digest] = TAIL.exec(text) ?? [];
  const place = splitName(name);
  if (place === undefined) return undefined;
  return { ...place, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The complete name: `docker.io/library/nginx:1.25`. A name without tag and digest means `latest`, which is not written. */
export function formatImage({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The name as a registry needs it: with registry, and `latest` where neither tag nor digest is said. What is no image stays as it is. */
export function completeImage(text: string): string {
  const parsed = parseImage(text);
  if (parsed === undefined) return text;
  const isBare = parsed.tag === undefined && parsed.digest === undefined;
  return formatImage(isBare ? { ...parsed, tag: 'latest' } : parsed);
}

/** True where the name itself says which registry: without that any word could be an image. */
export function namesRegistry(text: string): boolean {
  return text.includes('/') && isRegistry(text.slice(0, text.indexOf('/'))) && parseImage(text) !== undefined;
}

function splitName(name: string): Pick<ImageReference, 'registry' | 'repository'> | undefined {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isNamed = isRegistry(first);
  const registry = !isNamed || first === 'index.docker.io' ? DEFAULT_REGISTRY : first;
  const path = isNamed ? name.slice(slash + 1) : name;
  const repository =
    registry === DEFAULT_REGISTRY && !path.includes('/') ? `${DEFAULT_FOLDER}/${path}` : path;
  return REGISTRY.test(registry) && REPOSITORY.test(repository) ? { registry, repository } : undefined;
}

/** A first element is a registry where it could be no folder of docker.io. */
function isRegistry(element: string): boolean {
  return element === 'localhost' || /[.:A-Z]/.test(element);
}
