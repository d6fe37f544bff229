/** Objects of a snapshot with their content, kind by kind, as lists and tables need them. */
import { isPtarError } from '../errors.ts';
import type { SnapshotReader } from '../format/index.ts';
import { stringAt, type JsonObject } from '../resources/json-value.ts';
import { matchesLabels, type LabelSelector } from '../resources/label-selector.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { labelsOf } from '../resources/references.ts';
import { maskSecrets } from '../resources/secret-mask.ts';
import type { SideProblem } from './diff-side.ts';
import { NO_NAMESPACE, ObjectCatalogue, type ObjectQuery } from './object-catalogue.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes } from './object-model.ts';

/** An object with its content. */
export interface ListedObject extends ResourceIdentity {
  /** In the snapshot. */
  readonly path: string;
  /** Values of Secrets are hidden unless they were asked for. */
  readonly content: JsonObject;
}

/** What narrows a list. */
export interface ListOptions {
  readonly labels?: LabelSelector;
  /** Leaves the values of Secrets in. Default: false. */
  readonly showSecrets?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The objects of one query, one at a time; what cannot be read comes as a problem.
 * @throws NotFoundError NOT_FOUND_KIND; CancelledError; IntegrityError and FormatError where folders cannot be listed
 */
export async function* listObjects(
  snapshot: SnapshotReader,
  query: ObjectQuery,
  { labels, showSecrets = false, signal }: ListOptions = {},
): AsyncGenerator<ListedObject | SideProblem> {
  for await (const object of new ObjectCatalogue(snapshot).objects({ ...query, ...(signal && { signal }) })) {
    const { group, version, kind, namespace, name, entry } = object;
    try {
      const content = objectFromBytes(await snapshot.bytes(entry, MANIFEST_SIZE_MAX));
      if (labels !== undefined && !matchesLabels(labels, labelsOf(content))) continue;
      const shown = showSecrets ? content : maskSecrets(content);
      yield { group, version, kind, namespace, name, path: entry.path, content: shown };
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      yield { path: entry.path, problem: error.message };
    }
  }
}

/** The CustomResourceDefinition of a kind, where the snapshot has it. */
export async function findDefinition(
  snapshot: SnapshotReader,
  { group, kind }: Pick<ResourceIdentity, 'group' | 'kind'>,
  signal?: AbortSignal,
): Promise<JsonObject | undefined> {
  // Definitions are named after plural and group; kinds without a group are built in.
  if (group === '') return undefined;
  const query: ObjectQuery = { namespace: NO_NAMESPACE, ...(signal && { signal }) };
  for await (const { kind: found, name, entry } of new ObjectCatalogue(snapshot).objects({
    ...query,
    kind: 'customresourcedefinitions',
  })) {
    if (found !== 'CustomResourceDefinition' || !name.endsWith(`.${group}`)) continue;
    const content = objectFromBytes(await snapshot.bytes(entry, MANIFEST_SIZE_MAX));
    if (stringAt(content, 'spec', 'names', 'kind') === kind) return content;
  }
  return undefined;
}
