/** A mapping as a plan applies it to the objects of a snapshot. */
import { open } from 'node:fs/promises';
import { systemError } from '../../connectors/system-error.ts';
import { UsageError, throwIfCancelled } from '../../errors.ts';
import type { SnapshotReader } from '../../format/index.ts';
import { DefinitionSchemas } from '../../resources/definition-schemas.ts';
import type { JsonObject } from '../../resources/json-value.ts';
import { LeftAloneSearch, type LeftAlonePlace } from '../../resources/left-alone.ts';
import { isBuiltIn, mapIdentity, mapObject, type MapContext } from '../../resources/map-object.ts';
import { MappedSet } from '../../resources/mapped-set.ts';
import { mappingDocument, parseMapping } from '../../resources/mapping-file.ts';
import type { Mapping } from '../../resources/mapping.ts';
import { formatIdentity, type ResourceIdentity } from '../../resources/object-path.ts';
import { NO_NAMESPACE, ObjectCatalogue } from '../object-catalogue.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes } from '../object-model.ts';
import { objectKey } from '../plan/object-key.ts';
import type { ObjectTransform, PlanSelection } from '../plan/restore-events.ts';
import { SourceObjects } from '../plan/source-objects.ts';

/** Longest mapping file that is read (bytes). */
const FILE_SIZE_MAX = 1 << 20;

/** What a mapping does to the objects of one selection. */
export interface MappingTransform extends ObjectTransform {
  /** Where an object holds what the mapping names, and keeps it. */
  leftAlone(object: JsonObject): readonly LeftAlonePlace[];
}

/**
 * Reads a mapping file.
 * @throws UsageError with file and line; ConnectorError
 */
export async function readMappingFile(path: string): Promise<Mapping> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > FILE_SIZE_MAX) throw new UsageError(`${path} is too long for a mapping`);
      return parseMapping(await file.readFile('utf8'), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw systemError(error, 'cannot read', path);
  }
}

/** The mapping that a plan was made with. @throws UsageError where it is none */
export function mappingOfPlan(saved: unknown): Mapping {
  return parseMapping(JSON.stringify(saved), 'the mapping of the plan');
}

/**
 * Prepares a mapping for the objects at `paths`, which are restored together: only their names change.
 * @throws UsageError where two objects would become one; IntegrityError; FormatError; CancelledError
 */
export async function mappingTransform(
  snapshot: SnapshotReader,
  paths: AsyncIterable<string> | Iterable<string>,
  mapping: Mapping,
  signal?: AbortSignal,
): Promise<MappingTransform> {
  const catalogue = new ObjectCatalogue(snapshot);
  const context: MapContext = { mapping, set: new MappedSet(), definitions: new DefinitionSchemas() };
  const identities: ResourceIdentity[] = [];
  for await (const path of paths) {
    throwIfCancelled(signal);
    const identity = catalogue.objectAt(path);
    if (identity === undefined) continue;
    identities.push(identity);
    context.set.add(identity);
    // Names of claims follow from the templates of their StatefulSet.
    if (identity.kind === 'StatefulSet' && mapping.namePrefix !== mapping.droppedPrefix) {
      const bytes = await snapshot.bytes(await snapshot.entry(path), MANIFEST_SIZE_MAX);
      context.set.addTemplates(objectFromBytes(bytes));
    }
  }
  if (identities.some(({ group, kind }) => !isBuiltIn(group, kind))) {
    await addDefinitions(snapshot, catalogue, context.definitions, signal);
  }
  checkCollisions(identities, context);
  const search = new LeftAloneSearch(context);
  return {
    mapping: mappingDocument(mapping),
    apply(object) {
      const mapped = mapObject(object, context);
      const notes = search
        .places(object, mapped)
        .map(({ place, holds, reason }) => `left alone: ${holds} in ${place}: ${reason}`);
      return { object: mapped, notes };
    },
    leftAlone: (object) => search.places(object, mapObject(object, context)),
  };
}

/** {@link mappingTransform} for what a selection means. @throws as that, and what selecting throws */
export function mappingTransformOf(
  snapshot: SnapshotReader,
  selection: PlanSelection,
  mapping: Mapping,
  signal?: AbortSignal,
): Promise<MappingTransform> {
  async function* paths(): AsyncGenerator<string> {
    for await (const { entry } of new SourceObjects(snapshot).select(selection, signal)) yield entry.path;
  }
  return mappingTransform(snapshot, paths(), mapping, signal);
}

async function addDefinitions(
  snapshot: SnapshotReader,
  catalogue: ObjectCatalogue,
  definitions: DefinitionSchemas,
  signal: AbortSignal | undefined,
): Promise<void> {
  const query = { namespace: NO_NAMESPACE, kind: 'customresourcedefinitions.apiextensions.k8s.io' };
  for await (const { entry } of catalogue.objects({ ...query, ...(signal && { signal }) })) {
    definitions.addDefinition(objectFromBytes(await snapshot.bytes(entry, MANIFEST_SIZE_MAX)));
  }
}

function checkCollisions(identities: readonly ResourceIdentity[], context: MapContext): void {
  const taken = new Map<string, ResourceIdentity>();
  for (const identity of identities) {
    const mapped = mapIdentity(identity, context);
    const key = objectKey(mapped);
    const other = taken.get(key);
    // The same object may have been captured in two versions.
    if (other !== undefined && objectKey(other) !== objectKey(identity)) {
      throw new UsageError(
        `the mapping makes one object of ${nameOf(other)} and ${nameOf(identity)}: ${nameOf(mapped)}; map one to another name`,
      );
    }
    taken.set(key, identity);
  }
}

function nameOf(identity: ResourceIdentity): string {
  return `${identity.namespace ?? NO_NAMESPACE}/${formatIdentity(identity)}`;
}
