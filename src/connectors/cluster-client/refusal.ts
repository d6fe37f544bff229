/**
 * Why the API server did not carry out a request, in parts. An error says it in words; what a program has to decide on is here. Holds
 * names of fields, managers, webhooks, policies and quotas, never a value, so it is safe for requests about Secrets too.
 */
import { ConnectorError } from '../../errors.ts';

/** See the head of this file. */
export type Refusal =
  /** Fields that other managers own (server-side apply). */
  | { readonly refusal: 'conflict'; readonly fields: readonly { field: string; manager: string }[] }
  /** An object of the name is there. */
  | { readonly refusal: 'exists' }
  /** The resourceVersion or uid that was asked for is not that of the object. */
  | { readonly refusal: 'stale' }
  /** All that is wrong is that these fields cannot change. */
  | { readonly refusal: 'immutable'; readonly fields: readonly string[] }
  | { readonly refusal: 'webhook denied' | 'webhook failed' | 'webhook without dry run'; readonly by: string }
  /** A ValidatingAdmissionPolicy. */
  | { readonly refusal: 'policy denied'; readonly by: string }
  | { readonly refusal: 'quota'; readonly quota: string; readonly resources: readonly string[] }
  /** The quota was just made: nobody has counted yet what it limits. */
  | { readonly refusal: 'quota unknown'; readonly quota: string }
  /** RBAC, or the ban on granting rights that one does not have. */
  | { readonly refusal: 'right'; readonly granting: boolean }
  | { readonly refusal: 'namespace missing' | 'namespace terminating' }
  | {
      readonly refusal: 'priority class missing' | 'runtime class missing' | 'account missing';
      readonly name: string;
    }
  | { readonly refusal: 'other' };

/** What {@link refusalFrom} looks at. */
export interface RefusedAnswer {
  readonly httpStatus: number;
  readonly reason: string | undefined;
  /** On one line. */
  readonly message: string;
  readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
}

/** Words with which validation says that a field cannot change; each kind has its own. */
const IMMUTABLE =
  /immutable|may not change|may not be (?:changed|updated)|cannot (?:be )?change|updates to \S+ spec|not be (?:changed|updated)|forbidden after creation/i;

/** Takes an answer of 400 and above apart. */
export function refusalFrom(answer: RefusedAnswer): Refusal {
  const { httpStatus, reason, message, causes } = answer;
  const [, webhook] = /admission webhook "([^"]+)" (?:denied|does not)/.exec(message) ?? [];
  if (webhook !== undefined) {
    // The API server says so of webhooks with side effects; others say so themselves.
    const isDryRun = /dry[- ]?run/i.test(message.slice(message.indexOf(webhook) + webhook.length));
    return { refusal: isDryRun ? 'webhook without dry run' : 'webhook denied', by: webhook };
  }
  const [, failed] = /failed calling webhook "([^"]+)"/.exec(message) ?? [];
  if (failed !== undefined) return { refusal: 'webhook failed', by: failed };
  const [, policy] = /ValidatingAdmissionPolicy '([^']+)' with binding/.exec(message) ?? [];
  if (policy !== undefined) return { refusal: 'policy denied', by: policy };
  if (httpStatus === 409) return conflictFrom(answer);
  if (httpStatus === 403) return forbiddenFrom(message, causes);
  if (httpStatus === 404 && /^namespaces "[^"]*" not found$/.test(message)) {
    return { refusal: 'namespace missing' };
  }
  if (httpStatus === 422 || reason === 'Invalid') {
    const isImmutable =
      causes.length > 0 && causes.every((cause) => IMMUTABLE.test(cause.message) && !isRequired(cause));
    if (isImmutable) return { refusal: 'immutable', fields: causes.map((cause) => cause.field) };
  }
  const [, runtimeClass] = /RuntimeClass "([^"]+)" not found/.exec(message) ?? [];
  if (runtimeClass !== undefined) return { refusal: 'runtime class missing', name: runtimeClass };
  return { refusal: 'other' };
}

function conflictFrom({ reason, causes }: RefusedAnswer): Refusal {
  const fields = causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map(({ field, message }) => ({ field, manager: /^conflict with "([^"]*)"/.exec(message)?.[1] ?? '' }));
  if (fields.length > 0) return { refusal: 'conflict', fields };
  return { refusal: reason === 'AlreadyExists' ? 'exists' : 'stale' };
}

function forbiddenFrom(message: string, causes: RefusedAnswer['causes']): Refusal {
  const [, quota, resources] = /exceeded quota: ([^,]+), requested: (.*?), used: /.exec(message) ?? [];
  if (quota !== undefined) return { refusal: 'quota', quota, resources: quantityNames(resources ?? '') };
  const [, required] = /failed quota: ([^:]+): must specify/.exec(message) ?? [];
  if (required !== undefined) return { refusal: 'quota', quota: required, resources: [] };
  const [, uncounted] = /status unknown for quota: ([^,]+),/.exec(message) ?? [];
  if (uncounted !== undefined) return { refusal: 'quota unknown', quota: uncounted };
  if (causes.some(({ reason }) => reason === 'NamespaceTerminating')) {
    return { refusal: 'namespace terminating' };
  }
  const [, priorityClass] = /no PriorityClass with name (\S+) was found/.exec(message) ?? [];
  if (priorityClass !== undefined) return { refusal: 'priority class missing', name: priorityClass };
  const [, runtimeClass] = /RuntimeClass "([^"]+)" not found/.exec(message) ?? [];
  if (runtimeClass !== undefined) return { refusal: 'runtime class missing', name: runtimeClass };
  const [, account] = /error looking up service account [^/]+\/([^:]+):/.exec(message) ?? [];
  if (account !== undefined) return { refusal: 'account missing', name: account };
  if (/User "[^"]*" cannot /.test(message)) return { refusal: 'right', granting: false };
  if (message.includes('attempting to grant RBAC permissions not currently held')) {
    return { refusal: 'right', granting: true };
  }
  return { refusal: 'other' };
}

/** `pods=1,requests.cpu=100m` */
function quantityNames(list: string): string[] {
  return list.split(',').flatMap((item) => /^([^=]+)=/.exec(item)?.[1] ?? []);
}

/** A missing field is missing, whatever the words around it. */
function isRequired(cause: { readonly reason: string }): boolean {
  return cause.reason === 'FieldValueRequired';
}

/** Why the API server refused, where `error` is its answer; undefined for every other error. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof ConnectorError)) return undefined;
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'refusal' in cause ? (cause as Refusal) : undefined;
}
