/** All that a snapshot tells about one object: who made it, what it needs, who needs it, how it was, what happened to it. */
import { isPtarError } from '../errors.ts';
import { certificatesOf, type ObjectCertificate } from '../resources/certificates.ts';
import { conditionsOf, timeAt, type Condition } from '../resources/conditions.ts';
import { JsonNumber, objectAt, stringAt, valueAt, type JsonObject } from '../resources/json-value.ts';
import { imagesOf, type ContainerImage } from '../resources/pod-spec.ts';
import { maskSecrets } from '../resources/secret-mask.ts';
import type { IndexedObject, ObjectIndex, ObjectLink, OwnerTree } from './object-index.ts';
import { objectState, type ObjectState } from './object-state.ts';

/** Events of one object that are read. */
const EVENTS_MAX = 1000;

/** An Event about an object. */
export interface ObjectEvent {
  /** When it was seen last; Unix milliseconds. */
  readonly lastMs: number | undefined;
  readonly firstMs: number | undefined;
  readonly count: number;
  /** `Normal`, `Warning`. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** The component that reported it. */
  readonly source: string;
}

/** See the head of this file. Values of Secrets are hidden in all of it. */
export interface ObjectDescription {
  readonly object: IndexedObject;
  /** When the capture began; ages count to it. Unix milliseconds. */
  readonly capturedMs: number;
  /** Since when it is being deleted; Unix milliseconds. */
  readonly deletedMs: number | undefined;
  readonly content: JsonObject;
  readonly state: ObjectState;
  /** Its owner, the owner's owner, and so on. */
  readonly owners: readonly ObjectLink[];
  readonly owned: OwnerTree;
  /** What it names and selects. */
  readonly uses: readonly ObjectLink[];
  /** What names and selects it. */
  readonly usedBy: readonly ObjectLink[];
  readonly conditions: readonly Condition[];
  readonly images: readonly ContainerImage[];
  readonly certificates: readonly ObjectCertificate[];
  /** The oldest first. */
  readonly events: readonly ObjectEvent[];
}

/**
 * Describes `object`.
 * @throws ConnectorError CONNECTOR_INPUT; IntegrityError; FormatError
 */
export async function describeObject(index: ObjectIndex, object: IndexedObject): Promise<ObjectDescription> {
  const content = await index.read(object);
  const masked = maskSecrets(content);
  return {
    object,
    capturedMs: index.capturedMs,
    deletedMs: timeAt(content, 'metadata', 'deletionTimestamp'),
    content: masked,
    state: objectState(masked),
    owners: index.ownerChain(object),
    owned: index.ownerTree(object),
    uses: index.referencesFrom(object),
    usedBy: index.referencesTo(object),
    conditions: conditionsOf(masked),
    images: imagesOf(masked),
    // A certificate is public; the key beside it is never looked at.
    certificates: certificatesOf(content),
    events: await readEvents(index, object),
  };
}

async function readEvents(index: ObjectIndex, object: IndexedObject): Promise<readonly ObjectEvent[]> {
  const events: ObjectEvent[] = [];
  for (const event of index.eventsOf(object).slice(0, EVENTS_MAX)) {
    try {
      events.push(eventFrom(await index.read(event)));
    } catch (error) {
      if (!isPtarError(error)) throw error;
    }
  }
  return events.sort((left, right) => (left.lastMs ?? 0) - (right.lastMs ?? 0));
}

/** What an Event says; of the core group or of `events.k8s.io`. */
export function eventFrom(event: JsonObject): ObjectEvent {
  const firstMs =
    timeAt(event, 'firstTimestamp') ??
    timeAt(event, 'deprecatedFirstTimestamp') ??
    timeAt(event, 'eventTime');
  const count = valueAt(event, 'series', 'count') ?? event.get('count') ?? event.get('deprecatedCount');
  return {
    lastMs:
      timeAt(event, 'series', 'lastObservedTime') ??
      timeAt(event, 'lastTimestamp') ??
      timeAt(event, 'deprecatedLastTimestamp') ??
      firstMs ??
      timeAt(event, 'metadata', 'creationTimestamp'),
    firstMs,
    count: count instanceof JsonNumber ? count.toNumber() : 1,
    type: stringAt(event, 'type') ?? '',
    reason: stringAt(event, 'reason') ?? '',
    message: (stringAt(event, 'message') ?? stringAt(event, 'note') ?? '').trim(),
    source:
      stringAt(objectAt(event, 'source'), 'component') ??
      stringAt(event, 'reportingComponent') ??
      stringAt(event, 'reportingController') ??
      '',
  };
}
