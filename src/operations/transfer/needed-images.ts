/** The images that objects need: what a site without access to the registries has to have before they are restored. */
import type { SnapshotReader } from '../../format/index.ts';
import { leftOutReason } from '../../resources/controller-made.ts';
import { imagesNamedBy } from '../../resources/image-places.ts';
import { completeImage, formatImage, parseImage } from '../../resources/image-reference.ts';
import { arrayAt, stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import { mapImage, type Mapping } from '../../resources/mapping.ts';
import { formatIdentity, type ResourceIdentity } from '../../resources/object-path.ts';
import { NO_NAMESPACE } from '../object-catalogue.ts';
import type { PlanSelection } from '../plan/restore-events.ts';
import { SourceObjects } from '../plan/source-objects.ts';

/** An image that is needed. */
export interface NeededImage {
  /** Complete, with registry and tag: `docker.io/library/nginx:1.25`. What is no image is listed as it is written. */
  readonly image: string;
  /** What the mapping makes of it; undefined without one. */
  readonly mapped?: string;
  /** What ran under this name, as Pods said: `sha256:…`; several where the tag has moved. */
  readonly digests: readonly string[];
  /** `NAMESPACE/KIND/NAME` of the workloads, without what they themselves make. */
  readonly usedBy: readonly string[];
}

/** What was found. */
export interface NeededImages {
  readonly images: readonly NeededImage[];
  /** Objects that could not be read. */
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
}

interface Use {
  readonly name: string;
  readonly uid: string;
  readonly ownerUid: string | undefined;
}

/**
 * The images of the selected objects, sorted. Objects that a restore leaves out count only where they are Pods: they say which digest ran,
 * and hold what was put into them on their way.
 * @throws UsageError; NotFoundError; IntegrityError; FormatError; CancelledError
 */
export async function neededImages(
  snapshot: SnapshotReader,
  selection: PlanSelection,
  options: { readonly mapping?: Mapping; readonly signal?: AbortSignal } = {},
): Promise<NeededImages> {
  const found = new Map<string, { readonly digests: Set<string>; readonly uses: Set<string> }>();
  const owners = new Map<string, Use>();
  const problems: { path: string; problem: string }[] = [];
  for await (const { entry, identity, object, problem } of new SourceObjects(snapshot).select(
    selection,
    options.signal,
  )) {
    if (problem !== '') problems.push({ path: entry.path, problem });
    if (identity === undefined || object === undefined) continue;
    const use = useOf(identity, object);
    owners.set(use.uid, use);
    if (identity.kind !== 'Pod' && leftOutReason(object) !== undefined) continue;
    for (const { image, digest } of imagesNamedBy(object)) {
      const name = completeImage(image);
      const known = found.get(name) ?? { digests: new Set(), uses: new Set() };
      found.set(name, known);
      known.uses.add(use.uid);
      const stated = parseImage(image)?.digest ?? digest;
      if (stated !== undefined) known.digests.add(stated);
    }
  }
  const { mapping } = options;
  const images = [...found].map(([image, { digests, uses }]): NeededImage => ({
    image,
    ...(mapping !== undefined && { mapped: mapImage(mapping, image) }),
    digests: [...digests].sort(),
    usedBy: [...new Set([...uses].map((uid) => topName(owners, uid)))].sort(),
  }));
  return { images: images.sort((left, right) => (left.image < right.image ? -1 : 1)), problems };
}

/** The names that a registry gives the image out under: by digest where one is known, else by tag. For tools that take one or the other. */
export function pinnedNames({ image, digests }: Pick<NeededImage, 'image' | 'digests'>): string[] {
  const parsed = parseImage(image);
  if (parsed === undefined || digests.length === 0) return [image];
  const { registry, repository } = parsed;
  return digests.map((digest) => formatImage({ registry, repository, digest }));
}

function useOf(identity: ResourceIdentity, object: JsonObject): Use {
  const name = `${identity.namespace ?? NO_NAMESPACE}/${formatIdentity(identity)}`;
  const controller = arrayAt(object, 'metadata', 'ownerReferences').find(
    (owner) => valueAt(owner, 'controller') === true,
  );
  return { name, uid: stringAt(object, 'metadata', 'uid') ?? name, ownerUid: stringAt(controller, 'uid') };
}

/** The name of what made the object, and made that, as far as it is in the selection. */
function topName(owners: ReadonlyMap<string, Use>, uid: string): string {
  let top = owners.get(uid);
  // Owners of archives are anybody's claim: they may go round.
  for (let steps = 0; steps < 16 && top?.ownerUid !== undefined; steps++) {
    const owner = owners.get(top.ownerUid);
    if (owner === undefined) break;
    top = owner;
  }
  return top?.name ?? uid;
}
