/** The writes of single objects: each takes what may come between, within limits. */
import { pause, refusalOf, type ApiResource } from '../../connectors/cluster-client/index.ts';
import { FIELD_MANAGER, isNotFound } from '../../connectors/kubernetes/object-writer.ts';
import { awaitGone } from '../../connectors/kubernetes/readiness.ts';
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { ConnectorError, isPtarError } from '../../errors.ts';
import { arrayAt, objectAt, stringAt, type JsonObject, type JsonValue } from '../../resources/json-value.ts';
import { replacementOf } from '../../resources/restorable-object.ts';

/** What is made at the same time may take so long to be seen by every API server: accounts, quotas, kinds. */
const SETTLING_LIMIT_MS = 30_000;
const SETTLING_PAUSE_MS = 250;
const ATTEMPTS_MAX = 4;
/** Refusals that pass by themselves while a restore goes on. */
const PASSING: ReadonlySet<string> = new Set(['account missing', 'quota unknown']);

/** Status belongs to controllers: who asks for a captured one takes it over. */
export const STATUS_APPLY = { force: true, subresource: 'status' } as const;

/** What a create may wait for. */
export interface Expected {
  /** Its definition was just made: not every API server knows it yet. */
  readonly kind?: boolean;
  /** Something was just deleted in its stead: quotas are counted anew a moment later. */
  readonly room?: boolean;
}

/** True where ptar wrote the object. */
export function isWrittenByUs(object: JsonObject): boolean {
  return arrayAt(object, 'metadata', 'managedFields').some(
    (entry) => stringAt(entry, 'manager') === FIELD_MANAGER,
  );
}

/** Writes of objects to one target. All throw ConnectorError and CancelledError. */
export class ObjectSteps {
  readonly #target: RestoreTarget;
  readonly #signal: AbortSignal | undefined;

  constructor(target: RestoreTarget, signal: AbortSignal | undefined) {
    this.#target = target;
    this.#signal = signal;
  }

  async create(resource: ApiResource, object: JsonObject, expected: Expected = {}): Promise<JsonObject> {
    const deadlineMs = performance.now() + SETTLING_LIMIT_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#target.objects.create(resource, object);
      } catch (error) {
        const refusal = refusalOf(error)?.refusal ?? '';
        const passes =
          PASSING.has(refusal) ||
          (expected.kind === true && isNotFound(error)) ||
          (expected.room === true && refusal === 'quota');
        if (passes && performance.now() < deadlineMs) {
          await pause(SETTLING_PAUSE_MS, this.#signal);
          continue;
        }
        // The answer was lost, or a second try met the first one's object.
        if (attempt > 1 && refusal === 'exists') {
          const made = await this.live(resource, object);
          if (made !== undefined && isWrittenByUs(made)) return made;
        }
        if (!isRetryable(error) || attempt >= ATTEMPTS_MAX) throw error;
        await pause(SETTLING_PAUSE_MS, this.#signal);
      }
    }
  }

  /** Server-side apply. */
  apply(resource: ApiResource, object: JsonObject, force: boolean): Promise<JsonObject> {
    return this.#target.objects.apply(resource, object, { force });
  }

  /** PUT over whatever version is there, as long as it is the object with this uid. */
  async replace(resource: ApiResource, object: JsonObject, uid: string): Promise<JsonObject> {
    for (let attempt = 1; ; attempt++) {
      const live = await this.live(resource, object);
      if (live === undefined || stringAt(live, 'metadata', 'uid') !== uid) {
        throw new ConnectorError('CONNECTOR_CONFLICT', 'it was deleted meanwhile: plan again');
      }
      try {
        return await this.#target.objects.replace(resource, replacementOf(object, live));
      } catch (error) {
        const isStale = refusalOf(error)?.refusal === 'stale';
        if ((!isStale && !isRetryable(error)) || attempt >= ATTEMPTS_MAX) throw error;
      }
    }
  }

  /** Deletes the object with this uid and waits until it is gone. @throws ConnectorError CONNECTOR_TIMEOUT after two minutes */
  async remove(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    uid: string,
  ): Promise<void> {
    await this.#target.objects.delete(resource, namespace, name, { uid });
    const why = await awaitGone(this.#target, resource, namespace, name, uid, this.#signal);
    if (why !== undefined) throw new ConnectorError('CONNECTOR_TIMEOUT', why);
  }

  /** Writes `status` through its subresource. */
  async applyStatus(resource: ApiResource, object: JsonObject, status: JsonValue): Promise<void> {
    await this.#target.objects.apply(resource, statusPatch(object, status), STATUS_APPLY);
  }

  /** Gives the object that was `written` another status, or none, through its subresource. */
  async replaceStatus(
    resource: ApiResource,
    written: JsonObject,
    status: JsonValue | undefined,
  ): Promise<JsonObject> {
    let current: JsonObject | undefined = written;
    for (let attempt = 1; current !== undefined; attempt++) {
      const object = new Map(current);
      if (status === undefined) object.delete('status');
      else object.set('status', status);
      try {
        return await this.#target.objects.replace(resource, object, 'status');
      } catch (error) {
        if (refusalOf(error)?.refusal !== 'stale' || attempt >= ATTEMPTS_MAX) throw error;
      }
      current = await this.live(resource, written);
    }
    return written;
  }

  /**
   * Gives an object the books of another time: who owned which field. A write that changes nothing else leaves the books as they are sent.
   * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#clearing-managedfields
   */
  async setManagedFields(
    resource: ApiResource,
    written: JsonObject,
    managedFields: JsonValue,
  ): Promise<JsonObject> {
    let current: JsonObject | undefined = written;
    for (let attempt = 1; current !== undefined; attempt++) {
      const metadata = new Map(objectAt(current, 'metadata')).set('managedFields', managedFields);
      try {
        return await this.#target.objects.replace(resource, new Map(current).set('metadata', metadata));
      } catch (error) {
        if (refusalOf(error)?.refusal !== 'stale' || attempt >= ATTEMPTS_MAX) throw error;
      }
      current = await this.live(resource, written);
    }
    return written;
  }

  /** The object of the same name as it is now. */
  live(resource: ApiResource, object: JsonObject): Promise<JsonObject | undefined> {
    const name = stringAt(object, 'metadata', 'name') ?? '';
    return this.#target.objects.get(resource, stringAt(object, 'metadata', 'namespace'), name);
  }
}

/** What gives `object` a status, for server-side apply with {@link STATUS_APPLY}. */
export function statusPatch(object: JsonObject, status: JsonValue): JsonObject {
  return new Map<string, JsonValue>([
    ['apiVersion', object.get('apiVersion') ?? null],
    ['kind', object.get('kind') ?? null],
    ['metadata', nameOnly(object)],
    ['status', status],
  ]);
}

function nameOnly(object: JsonObject): JsonObject {
  const metadata: JsonObject = new Map();
  for (const field of ['name', 'namespace']) {
    const value = stringAt(object, 'metadata', field);
    if (value !== undefined) metadata.set(field, value);
  }
  return metadata;
}

function isRetryable(error: unknown): boolean {
  return isPtarError(error) && 'retryable' in error && error.retryable;
}
