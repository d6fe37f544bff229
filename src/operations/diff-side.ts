import type { SourceContext } from '../connectors/connector.ts';
import { openImporter, type ImporterOptions } from '../connectors/registry.ts';
import { ConnectorError, NotFoundError, throwIfCancelled } from '../errors.ts';
import { toHex } from '../format/bytes.ts';
import type { SnapshotReader, SourceRecord } from '../format/index.ts';
import type { JsonObject } from '../resources/json-value.ts';
import { identityFromPath, type ResourceIdentity } from '../resources/object-path.ts';
import { captureCoverage, coverageOf, type CaptureCoverage } from './capture-coverage.ts';
import { ObjectCatalogue } from './object-catalogue.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes } from './object-model.ts';

/** One object of a side. */
export interface SideObject {
  readonly identity: ResourceIdentity;
  /** Equal only where the content is; undefined where nothing is known without reading. */
  readonly contentId?: string;
  /**
   * The manifest. Of a streamed side it can be read only until the next object is asked for.
   * @throws ConnectorError CONNECTOR_INPUT; IntegrityError; FormatError
   */
  bytes(): Promise<Uint8Array>;
  /** The object that the manifest holds. @throws as {@link bytes} */
  read(): Promise<JsonObject>;
}

/** An item that could not be read. */
export interface SideProblem {
  readonly path: string;
  readonly problem: string;
}

/** Objects that are compared with others. */
export interface DiffSide {
  /** For people. */
  readonly name: string;
  /** Its objects can be read at any time, and listed again. */
  readonly isStored: boolean;
  /** False where it is known to hold none. */
  hasObjects(): Promise<boolean>;
  objects(signal?: AbortSignal): AsyncGenerator<SideObject | SideProblem>;
  /**
   * What it could hold; known when its objects were read.
   * @param errors what could not be read, by path
   */
  coverage(errors: ReadonlyMap<string, string>): Promise<CaptureCoverage>;
  /** The kind that `typed` means, where the side knows one. */
  kindNamed?(typed: string): Promise<Pick<ResourceIdentity, 'group' | 'kind'> | undefined>;
}

/**
 * The objects of a snapshot.
 * @param archive what content ids are compared within: the path of the archive
 */
export function snapshotSide(snapshot: SnapshotReader, archive: string, name: string): DiffSide {
  const catalogue = new ObjectCatalogue(snapshot);
  return {
    name,
    isStored: true,
    hasObjects: () => catalogue.hasObjects(),
    coverage: () => captureCoverage(snapshot),
    kindNamed: (typed) =>
      catalogue.kindNamed(typed).catch((error: unknown) => {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }),
    async *objects(signal) {
      for await (const object of catalogue.objects(signal && { signal })) {
        const { entry } = object;
        yield sideObject(
          object,
          () => snapshot.bytes(entry, MANIFEST_SIZE_MAX),
          entry.objectId && `${archive}\0${toHex(entry.objectId)}`,
        );
      }
      for await (const { path, error } of snapshot.errors()) yield { path, problem: error };
    },
  };
}

/**
 * What a source holds now: `k8s://…`, `manifests:PATH`. It is opened when its objects are asked for, and can be read once.
 * @throws as `openImporter`
 */
export function sourceSide(uri: string, options: ImporterOptions): DiffSide {
  let context: SourceContext = [];
  return {
    name: uri,
    isStored: false,
    hasObjects: () => Promise.resolve(true),
    coverage: (errors) => Promise.resolve(coverageOf(context, errors)),
    async *objects(signal) {
      const importer = await openImporter(uri, options);
      try {
        for await (const record of importer.records(signal === undefined ? {} : { signal })) {
          throwIfCancelled(signal);
          const object = recordObject(record);
          if (object !== undefined) yield object;
        }
        context = importer.context();
      } finally {
        await importer.close();
      }
    },
  };
}

/** An object whose manifest `bytes` gives. */
export function sideObject(
  { group, version, kind, namespace, name }: ResourceIdentity,
  bytes: () => Promise<Uint8Array>,
  contentId?: string,
): SideObject {
  return {
    identity: { group, version, kind, namespace, name },
    ...(contentId !== undefined && { contentId }),
    bytes,
    read: async () => objectFromBytes(await bytes()),
  };
}

function recordObject(record: SourceRecord): SideObject | SideProblem | undefined {
  if ('error' in record) return { path: record.path, problem: record.error };
  const identity = identityFromPath(record.path);
  const { content } = record;
  if (identity === undefined || content === undefined) return undefined;
  return sideObject(identity, async () => {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of content()) {
      size += piece.length;
      if (size > MANIFEST_SIZE_MAX) {
        throw new ConnectorError('CONNECTOR_INPUT', 'longer than a manifest can be');
      }
      pieces.push(piece.slice());
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  });
}
