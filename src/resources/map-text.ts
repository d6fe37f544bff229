/**
 * Names inside text: addresses of Services and hosts in arguments, environment variables, configuration. Only what can be nothing else is
 * changed:
 *
 * - host names of the mapping, whole or by their domain, but not in mail addresses;
 * - `SERVICE.NAMESPACE.svc…`, also with a Pod's name before it, and `NAMESPACE.svc…` of search lists;
 * - `SERVICE.NAMESPACE` of a Service in the set, and `POD.SERVICE` of a StatefulSet there;
 * - `://SERVICE` and `SERVICE:PORT` of a Service in the set, in its own namespace;
 * - `--…namespace(s)=NAMESPACE` of a command line.
 *
 * Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
import { mapHost, type Mapping } from './mapping.ts';
import { mapName, mapNamespace, type MappedSet } from './mapped-set.ts';

/** Where the text stands. */
export interface TextContext {
  readonly mapping: Mapping;
  readonly set: MappedSet;
  /** Namespace of the object, before it is mapped. */
  readonly namespace: string | undefined;
}

/** Longest text that is looked into (characters); etcd takes no larger object. */
const LENGTH_MAX = 2 << 20;
/** Longest name of the DNS (RFC 1035 §2.3.4), and some for a `*.` or a dot at its end. */
const HOST_LENGTH_MAX = 256;
const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?';
const BOUNDARY_BEFORE = '(?<![A-Za-z0-9_.-])';
const BOUNDARY_AFTER = '(?![A-Za-z0-9_-])';
/** Two labels or more. A `*` may stand for the first. */
const DOTTED = new RegExp(`${BOUNDARY_BEFORE}(?:\\*\\.)?${LABEL}(?:\\.${LABEL})+${BOUNDARY_AFTER}`, 'g');
const URL_HOST = new RegExp(`(?<=://(?:[^\\s/@"']{1,200}@)?)${LABEL}(?=[:/?#"'\\s,;]|$)`, 'g');
const HOST_PORT = new RegExp(`(?<![A-Za-z0-9_.:/@-])(${LABEL})(?=:\\d{1,5}(?![A-Za-z0-9_.:-]))`, 'g');
const NAMESPACE_FLAG = /(?<=(?:^|\s)--?(?:[A-Za-z-]*-)?namespaces?[= ])[a-z0-9][a-z0-9,-]*(?=$|\s)/g;

/** `text` with the names that it has after the mapping. */
export function mapText(text: string, context: TextContext): string {
  if (text.length > LENGTH_MAX) return text;
  const { mapping } = context;
  const dotted = text.replaceAll(DOTTED, (host, offset: number) =>
    mapDotted(host, context, isMail(text, offset)),
  );
  const named =
    mapping.namespaces.size === 0
      ? dotted
      : dotted.replaceAll(NAMESPACE_FLAG, (names) =>
          names
            .split(',')
            .map((name) => mapNamespace(mapping, name))
            .join(','),
        );
  if (mapping.namePrefix === mapping.droppedPrefix) return named;
  return named
    .replaceAll(URL_HOST, (name) => mapService(name, context.namespace, context))
    .replaceAll(HOST_PORT, (name) => mapService(name, context.namespace, context));
}

function mapDotted(text: string, context: TextContext, mail: boolean): string {
  if (text.length > HOST_LENGTH_MAX) return text;
  const { mapping, set, namespace } = context;
  const mapped = mail ? text : mapHost(mapping, text);
  if (mapped !== text) return mapped;
  const labels = text.split('.');
  const svc = labels.indexOf('svc');
  if (svc > 0) {
    const [space = '', service = ''] = [labels[svc - 1], labels[svc - 2]];
    const pods = labels.slice(0, Math.max(svc - 2, 0)).map((pod) => mapPod(pod, space, context));
    const head = svc > 1 ? [...pods, mapService(service, space, context)] : [];
    return [...head, mapNamespace(mapping, space), ...labels.slice(svc)].join('.');
  }
  const [first = '', second = '', third] = labels;
  if (third !== undefined) return text;
  if (hasService(set, second, first)) {
    return `${mapService(first, second, context)}.${mapNamespace(mapping, second)}`;
  }
  if (!hasService(set, namespace, second) || set.podOwner(namespace, first) === undefined) return text;
  return `${mapPod(first, namespace, context)}.${mapService(second, namespace, context)}`;
}

function mapService(name: string, namespace: string | undefined, { mapping, set }: TextContext): string {
  return mapName(mapping, set, { group: '', kind: 'Service', namespace, name });
}

function mapPod(name: string, namespace: string | undefined, { mapping, set }: TextContext): string {
  const owner = set.podOwner(namespace, name);
  if (owner === undefined) return name;
  const of = { group: 'apps', kind: 'StatefulSet', namespace, name: owner.set };
  return `${mapName(mapping, set, of)}-${owner.ordinal}`;
}

function hasService(set: MappedSet, namespace: string | undefined, name: string): boolean {
  return set.has({ group: '', kind: 'Service', namespace, name });
}

/** True where a mail address's host begins at `offset`: an `@` before it that ends no user of a URL. */
function isMail(text: string, offset: number): boolean {
  if (text[offset - 1] !== '@') return false;
  const before = text.slice(Math.max(0, offset - 200), offset);
  const scheme = before.lastIndexOf('://');
  return scheme < 0 || /\s/.test(before.slice(scheme));
}
