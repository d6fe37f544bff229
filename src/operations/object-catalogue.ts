import { NotFoundError, throwIfCancelled } from '../errors.ts';
import { joinPath, msFromTimestamp, type SnapshotEntry, type SnapshotReader } from '../format/index.ts';
import type { KindDefinition } from '../resources/built-in-kinds.ts';
import { decodeUtf8 } from '../resources/json-text.ts';
import { KindCatalog } from '../resources/kinds.ts';
import { identityFromPath, type ResourceIdentity } from '../resources/object-path.ts';
import { jsonFromYaml } from '../resources/yaml-parse.ts';

/** Longest CustomResourceDefinition whose names are looked up (bytes); etcd takes no larger object. */
const DEFINITION_SIZE_MAX = 2 << 20;
/** Stands for no namespace in paths, and in what people type. */
export const NO_NAMESPACE = '_';

/** A Kubernetes object in a snapshot. */
export interface CataloguedObject extends ResourceIdentity {
  readonly entry: SnapshotEntry;
  /** Unix milliseconds; undefined where the object does not say. */
  readonly createdMs: number | undefined;
}

/** Which objects are meant; nothing set means all. */
export interface ObjectQuery {
  /** {@link NO_NAMESPACE} for cluster-scoped objects. */
  readonly namespace?: string;
  /** As `KindCatalog.select` reads it: `deploy`, `deployments.apps`. */
  readonly kind?: string;
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** A folder of the layout: all objects of one kind and version in one namespace. */
interface ObjectFolder extends ResourceIdentity {
  readonly path: string;
}

/**
 * The Kubernetes objects of one snapshot, found by the layout of their paths below the source's folder. Reads folder listings,
 * the entries that are asked for, and CustomResourceDefinitions where only they know a name.
 */
export class ObjectCatalogue {
  readonly #snapshot: SnapshotReader;
  #kinds: Promise<KindCatalog> | undefined;

  constructor(snapshot: SnapshotReader) {
    this.#snapshot = snapshot;
  }

  /** Path in the snapshot below which the layout begins. */
  get root(): string {
    return this.#snapshot.source.importer.directory;
  }

  /** The object that a path stands for, or undefined where the path is not of the layout. */
  objectAt(path: string): ResourceIdentity | undefined {
    if (this.root === '/') return identityFromPath(path);
    const identity = path.startsWith(`${this.root}/`)
      ? identityFromPath(path.slice(this.root.length))
      : undefined;
    // In a captured folder other files may lie five folders deep.
    const isObject =
      identity !== undefined && /^[A-Z]/.test(identity.kind) && /^v[0-9]/.test(identity.version);
    return isObject ? identity : undefined;
  }

  /**
   * Objects by namespace, group, kind, version and name; cluster-scoped ones before namespaced ones.
   * @throws NotFoundError NOT_FOUND_KIND for a kind that neither Kubernetes nor the snapshot has; IntegrityError; FormatError;
   * CancelledError
   */
  async *objects(query: ObjectQuery = {}): AsyncGenerator<CataloguedObject> {
    const kind = query.kind === undefined ? undefined : await this.kindNamed(query.kind, query.signal);
    for await (const folder of this.#folders(query.namespace, query.signal)) {
      if (kind !== undefined && (kind.kind !== folder.kind || kind.group !== folder.group)) continue;
      for await (const entry of this.#snapshot.children(folder.path)) {
        throwIfCancelled(query.signal);
        const object = this.objectAt(entry.path);
        if (object === undefined || (query.name !== undefined && object.name !== query.name)) continue;
        yield { ...object, entry, createdMs: createdMsOf(entry) };
      }
    }
  }

  /** The kinds, once for each namespace and version that has objects of one. Reads folder listings only. */
  kinds(namespace?: string, signal?: AbortSignal): AsyncGenerator<Pick<ResourceIdentity, 'group' | 'kind'>> {
    return this.#folders(namespace, signal);
  }

  /** True when the snapshot holds anything in the layout. */
  async hasObjects(): Promise<boolean> {
    const first = await this.#folders(undefined, undefined).next();
    return first.done !== true;
  }

  /**
   * The kind that `typed` means, also by the short names of custom kinds.
   * @throws NotFoundError NOT_FOUND_KIND for one that neither Kubernetes nor the snapshot has; IntegrityError; FormatError; CancelledError
   */
  async kindNamed(typed: string, signal?: AbortSignal): Promise<KindDefinition> {
    this.#kinds ??= this.#readKinds(signal);
    const catalog = await this.#kinds;
    try {
      return catalog.select(typed).kind;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    // Definitions are large, so their names are read only when nothing else helps.
    await this.#addDefinitions(catalog, signal);
    return catalog.select(typed).kind;
  }

  async #readKinds(signal: AbortSignal | undefined): Promise<KindCatalog> {
    const catalog = new KindCatalog();
    for await (const folder of this.#folders(undefined, signal)) catalog.addObject(folder);
    return catalog;
  }

  async #addDefinitions(catalog: KindCatalog, signal: AbortSignal | undefined): Promise<void> {
    for await (const folder of this.#folders(NO_NAMESPACE, signal)) {
      if (folder.kind !== 'CustomResourceDefinition') continue;
      for await (const entry of this.#snapshot.children(folder.path)) {
        throwIfCancelled(signal);
        if (entry.info.size > DEFINITION_SIZE_MAX) continue;
        const text = decodeUtf8(await this.#snapshot.bytes(entry, DEFINITION_SIZE_MAX));
        for (const definition of jsonFromYaml(text)) catalog.addDefinition(definition);
      }
    }
  }

  async *#folders(
    namespace: string | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ObjectFolder> {
    const namespaces = namespace === undefined ? await this.#names(this.root) : [namespace];
    for (const element of namespaces) {
      const namespacePath = joinPath(this.root, element);
      for (const group of await this.#names(namespacePath)) {
        const groupPath = joinPath(namespacePath, group);
        for (const kind of await this.#names(groupPath)) {
          throwIfCancelled(signal);
          const kindPath = joinPath(groupPath, kind);
          for (const version of await this.#names(kindPath)) {
            const path = joinPath(kindPath, version);
            // Any name will do: only the folders above it are looked at.
            const identity = this.objectAt(joinPath(path, 'any.yaml'));
            if (identity !== undefined) yield { ...identity, path };
          }
        }
      }
    }
  }

  async #names(path: string): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const name of this.#snapshot.childNames(path)) names.push(name);
    return names;
  }
}

function createdMsOf(entry: SnapshotEntry): number | undefined {
  const ms = msFromTimestamp(entry.info.modTime);
  return ms === 0 ? undefined : ms;
}
