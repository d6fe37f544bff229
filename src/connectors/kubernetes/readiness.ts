/** Waits for what must be ready before more can be written, each with a limit. */
import { arrayAt, stringAt, type JsonObject } from '../../resources/json-value.ts';
import { pause, type ApiResource } from '../cluster-client/index.ts';
import type { RestoreTarget } from './restore-target.ts';

/** The controllers of a new namespace take a moment; a Pod without a ServiceAccount is refused. */
const NAMESPACE_LIMIT_MS = 15_000;
const API_SERVICE_LIMIT_MS = 30_000;
/** A namespace with Pods that end properly, or an object with finalizers. */
const DELETION_LIMIT_MS = 120_000;
const POLL_MS = 100;
const POLL_MAX_MS = 2_000;

const NAMESPACES = { group: '', version: 'v1', kind: 'Namespace' } as const;
const ACCOUNTS = { group: '', version: 'v1', kind: 'ServiceAccount' } as const;

/**
 * Waits until a namespace that was just made takes objects: it has its `default` ServiceAccount.
 * @returns why it is not ready after 15 s; undefined where it is
 * @throws ConnectorError; CancelledError
 */
export async function awaitNamespace(
  target: RestoreTarget,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const accounts = target.kinds.find(ACCOUNTS.group, ACCOUNTS.version, ACCOUNTS.kind);
  if (accounts === undefined) return undefined;
  if (!(await target.mayDo({ verb: 'get', resource: accounts, namespace: name }))) return undefined;
  const isReady = async (): Promise<boolean> =>
    (await target.objects.get(accounts, name, 'default')) !== undefined;
  if (await polled(isReady, NAMESPACE_LIMIT_MS, signal)) return undefined;
  return `namespace ${name} has no ServiceAccount "default" after ${NAMESPACE_LIMIT_MS / 1000} s`;
}

/**
 * Waits until an APIService is available, and its kinds are known.
 * @returns why it is not after 30 s; undefined where it is
 * @throws ConnectorError; CancelledError
 */
export async function awaitApiService(
  target: RestoreTarget,
  resource: ApiResource,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let said = '';
  const isReady = async (): Promise<boolean> => {
    const condition = arrayAt(
      await target.objects.get(resource, undefined, name),
      'status',
      'conditions',
    ).find((one) => stringAt(one, 'type') === 'Available');
    said = stringAt(condition, 'message') ?? '';
    return stringAt(condition, 'status') === 'True';
  };
  const isAvailable = await polled(isReady, API_SERVICE_LIMIT_MS, signal);
  await target.kinds.refresh();
  if (isAvailable) return undefined;
  return `APIService ${name} is not available after ${API_SERVICE_LIMIT_MS / 1000} s${said === '' ? '' : `: ${said}`}`;
}

/**
 * Waits until the object with this uid is gone.
 * @returns why it is still there after two minutes; undefined where it is gone
 * @throws ConnectorError; CancelledError
 */
export async function awaitGone(
  target: RestoreTarget,
  resource: ApiResource,
  namespace: string | undefined,
  name: string,
  uid: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let last: JsonObject | undefined;
  const isGone = async (): Promise<boolean> => {
    last = await target.objects.get(resource, namespace, name);
    return last === undefined || stringAt(last, 'metadata', 'uid') !== uid;
  };
  if (await polled(isGone, DELETION_LIMIT_MS, signal)) return undefined;
  const finalizers = arrayAt(last, 'metadata', 'finalizers').filter((one) => typeof one === 'string');
  const why = finalizers.length === 0 ? '' : `: it has the finalizers ${finalizers.join(', ')}`;
  return `it is still being deleted after ${DELETION_LIMIT_MS / 1000} s${why}`;
}

/** The resource of namespaces. */
export function namespaceResource(target: RestoreTarget): ApiResource | undefined {
  return target.kinds.find(NAMESPACES.group, NAMESPACES.version, NAMESPACES.kind);
}

async function polled(
  isDone: () => Promise<boolean>,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  for (let delayMs = POLL_MS; ; delayMs = Math.min(POLL_MAX_MS, delayMs * 1.5)) {
    if (await isDone()) return true;
    if (performance.now() > deadlineMs) return false;
    await pause(delayMs, signal);
  }
}
