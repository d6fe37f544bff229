/** Every image that an object names: containers of Pods, image volumes, and fields of custom resources that say their registry. */
import { namesRegistry } from './image-reference.ts';
import { arrayAt, isJsonObject, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { isBuiltIn } from './map-object.ts';
import { identityOf } from './object-path.ts';
import { imagesOf, podSpecOf } from './pod-spec.ts';

/** An image and what is known of it. */
export interface NamedImage {
  /** As the object names it. */
  readonly image: string;
  /** `sha256:…` of what runs, where a Pod's status says so. */
  readonly digest?: string;
}

/** The images of `object`, each place once; empty names are left out. */
export function imagesNamedBy(object: JsonObject): NamedImage[] {
  const identity = identityOf(object);
  if (identity === undefined) return [];
  if (!isBuiltIn(identity.group, identity.kind)) {
    return [...object].flatMap(([key, field]) =>
      key === 'metadata' || key === 'status' ? [] : [...customImages(field)],
    );
  }
  const volumes = arrayAt(podSpecOf(object), 'volumes').flatMap(
    (volume) => stringAt(volume, 'image', 'reference') ?? [],
  );
  return [
    ...imagesOf(object).map(({ image, imageId }) => {
      const digest = digestOf(imageId);
      return { image, ...(digest !== undefined && { digest }) };
    }),
    ...volumes.map((image) => ({ image })),
  ].filter(({ image }) => image !== '');
}

/** A bare `sha256:…` is the runtime's own id of what it unpacked, which no registry knows. */
function digestOf(imageId: string | undefined): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(imageId ?? '')?.[1];
}

/** A container's image needs no registry; of other fields called `image` only one tells them from other pictures. */
function* customImages(value: JsonValue, isContainer = false): Generator<NamedImage> {
  if (Array.isArray(value)) {
    for (const item of value) yield* customImages(item, isContainer);
  } else if (isJsonObject(value)) {
    for (const [key, field] of value) {
      if (key === 'image' && typeof field === 'string') {
        if (field !== '' && (isContainer || namesRegistry(field))) yield { image: field };
      } else yield* customImages(field, key === 'containers' || key === 'initContainers');
    }
  }
}
