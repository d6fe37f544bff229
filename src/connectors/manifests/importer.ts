import { hostname } from 'node:os';
import { isPtarError, throwIfCancelled } from '../../errors.ts';
import type { SourceRecord } from '../../format/source-record.ts';
import type { Timestamp } from '../../format/timestamp.ts';
import { GENERATED_LABEL } from '../../resources/controller-made.ts';
import { decodeUtf8 } from '../../resources/json-text.ts';
import { objectAt, stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import { KindCatalog } from '../../resources/kinds.ts';
import { formatIdentity, identityOf, pathOf, type ResourceIdentity } from '../../resources/object-path.ts';
import type { ImportOptions, Importer, SourceContext } from '../connector.ts';
import { recordFromObject } from '../object-record.ts';
import { findManifests, manifestStream, type ManifestFile, type ManifestFiles } from './manifest-file.ts';
import { objectsIn } from './manifest-objects.ts';

/** Choices of {@link openManifestsImporter}. */
export interface ManifestsImporterOptions {
  /** What `-` reads. Default: standard input. */
  readonly input?: AsyncIterable<Uint8Array>;
}

/**
 * An importer of Kubernetes manifests: a folder (recursively: .yaml, .yml, .json), a file with any number of documents and lists, or `-`
 * for standard input. Objects get the layout and type of a captured cluster, so that they can be browsed, compared and restored
 * like one. Where a namespace is missing it is `default`, as for kubectl.
 *
 * What is no object, cannot be read or comes twice is an error record under `/FILE:LINE`; the rest is imported. One file is in memory at
 * a time, and objects of unknown kinds without a namespace until all files are read, for their definition may come last.
 *
 * @throws NotFoundError NOT_FOUND_SOURCE; ConnectorError CONNECTOR_PERMISSION, CONNECTOR_IO
 */
export async function openManifestsImporter(
  path: string,
  options: ManifestsImporterOptions = {},
): Promise<Importer> {
  if (path === '-') return new ManifestsImporter(manifestStream(options.input ?? process.stdin));
  return new ManifestsImporter(await findManifests(path));
}

/** An object whose scope is not known yet. */
interface Deferred {
  readonly object: JsonObject;
  readonly identity: ResourceIdentity;
  readonly where: string;
  readonly modTime: Timestamp;
}

const DEFAULT_NAMESPACE = 'default';

class ManifestsImporter implements Importer {
  readonly type = 'k8s';
  readonly origin = hostname();
  readonly root = '/';
  readonly #files: ManifestFiles;
  readonly #catalog = new KindCatalog();
  readonly #deferred: Deferred[] = [];
  /** Paths of objects with where they were found. */
  readonly #found = new Map<string, string>();
  #fileCount = 0;
  #documentCount = 0;

  constructor(files: ManifestFiles) {
    this.#files = files;
  }

  context(): SourceContext {
    return [
      ['files', String(this.#fileCount)],
      ['documents', String(this.#documentCount)],
      ['objects', String(this.#found.size)],
    ];
  }

  async close(): Promise<void> {
    // Files are closed as soon as they are read.
  }

  async *records(options: ImportOptions): AsyncIterable<SourceRecord> {
    for await (const file of this.#files) {
      throwIfCancelled(options.signal);
      this.#fileCount++;
      if ('error' in file) yield { path: `/${file.name}`, error: file.error };
      else yield* this.#recordsOf(file, options);
      options.onProgress?.({ what: file.name, done: this.#found.size });
    }
    for (const { object, identity, where, modTime } of this.#deferred) {
      throwIfCancelled(options.signal);
      yield* this.#record(object, identity, where, modTime);
    }
  }

  async *#recordsOf(file: ManifestFile, options: ImportOptions): AsyncIterable<SourceRecord> {
    let text: string;
    try {
      text = decodeUtf8(await file.read(options.signal));
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      yield { path: `/${file.name}`, error: error.message };
      return;
    }
    for (const { line, object, error } of objectsIn(text, () => this.#documentCount++)) {
      throwIfCancelled(options.signal);
      const where = `${file.name}:${line}`;
      if (error === undefined) yield* this.#take(object, where, file.modTime);
      else yield { path: `/${where}`, error };
    }
  }

  *#take(object: JsonObject, where: string, modTime: Timestamp): Iterable<SourceRecord> {
    if (stringAt(object, 'metadata', 'labels', GENERATED_LABEL) !== undefined) return;
    const identity = identityOf(object);
    if (identity === undefined) {
      yield { path: `/${where}`, error: nameProblem(object) };
      return;
    }
    this.#catalog.addDefinition(object);
    const isKnown = this.#catalog.find(identity.group, identity.kind) !== undefined;
    if (isKnown || identity.namespace !== undefined) yield* this.#record(object, identity, where, modTime);
    else this.#deferred.push({ object, identity, where, modTime });
  }

  *#record(
    object: JsonObject,
    written: ResourceIdentity,
    where: string,
    modTime: Timestamp,
  ): Iterable<SourceRecord> {
    const identity = this.#scoped(object, written);
    let path: string;
    try {
      path = pathOf(identity);
    } catch (error) {
      if (!isPtarError(error)) throw error;
      yield { path: `/${where}`, error: error.message };
      return;
    }
    const first = this.#found.get(path);
    if (first !== undefined) {
      yield { path: `/${where}`, error: `${formatIdentity(identity)} was already in ${first}` };
      return;
    }
    this.#found.set(path, where);
    yield recordFromObject(path, object, modTime);
  }

  /** The identity with the namespace that the kind's scope asks for; `object` is changed to match. */
  #scoped(object: JsonObject, identity: ResourceIdentity): ResourceIdentity {
    const kind = this.#catalog.find(identity.group, identity.kind);
    if (kind === undefined || kind.namespaced === (identity.namespace !== undefined)) return identity;
    const metadata = objectAt(object, 'metadata');
    if (kind.namespaced) metadata?.set('namespace', DEFAULT_NAMESPACE);
    else metadata?.delete('namespace');
    return { ...identity, namespace: kind.namespaced ? DEFAULT_NAMESPACE : undefined };
  }
}

function nameProblem(object: JsonObject): string {
  const name = valueAt(object, 'metadata', 'name');
  return name === undefined || name === '' || name === null
    ? 'the object has no metadata.name'
    : 'metadata.name is not a string: put it in quotes';
}
