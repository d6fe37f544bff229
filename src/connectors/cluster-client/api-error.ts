import { CancelledError, ConnectorError } from '../../errors.ts';
import { refusalFrom } from './refusal.ts';
import { formatMissingRule, formatRequestedRule, requestedRule } from './requested-rule.ts';

/** Parts of a `v1.Status` that errors are made from. */
export interface ApiStatus {
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** Fields that were found wrong; the message may quote a value. */
  readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
  readonly retryAfterSeconds: number | undefined;
}

/** The request that an error is about. `server`: for people, without credentials. */
export interface FailedRequest {
  readonly server: string;
  readonly contextName: string;
  readonly method: string;
  readonly path: string;
  /** The server's own words may quote a Secret: leave them out. */
  readonly confidential: boolean;
}

const MESSAGE_LENGTH_MAX = 600;

/** Reads a Status body; what is not one gives empty parts. */
export function readApiStatus(body: string): ApiStatus {
  let status: {
    reason?: unknown;
    message?: unknown;
    details?: { causes?: unknown; retryAfterSeconds?: unknown };
  } = {};
  try {
    const parsed = JSON.parse(body) as unknown;
    if (typeof parsed === 'object' && parsed !== null) status = parsed;
  } catch {
    status = { message: body };
  }
  const causes = Array.isArray(status.details?.causes)
    ? (status.details.causes as Record<string, unknown>[])
    : [];
  const retryAfter = status.details?.retryAfterSeconds;
  return {
    reason: typeof status.reason === 'string' ? status.reason : undefined,
    message: typeof status.message === 'string' ? oneLine(status.message) : undefined,
    causes: causes.map((cause) => ({
      reason: text(cause['reason']),
      field: text(cause['field']),
      message: text(cause['message']),
    })),
    retryAfterSeconds: typeof retryAfter === 'number' ? retryAfter : undefined,
  };
}

/** The error for an answer of 400 and above; `refusalOf` tells what it was. */
export function apiError(httpStatus: number, status: ApiStatus, request: FailedRequest): ConnectorError {
  const rule = requestedRule(request.method, request.path);
  const what = formatRequestedRule(rule);
  const says = serverSays(status, request.confidential);
  const { reason, causes, message = '' } = status;
  const options = { status: httpStatus, cause: refusalFrom({ httpStatus, reason, message, causes }) };
  if (httpStatus === 401) {
    return new ConnectorError(
      'CONNECTOR_UNAUTHORIZED',
      `${request.server} does not know who you are: the credentials of context "${request.contextName}" are missing or have expired, log in again`,
      options,
    );
  }
  if (httpStatus === 403) {
    // Admission plugins answer 403 too, with words that no rule explains.
    const user = /User "([^"]*)" cannot /.exec(status.message ?? '')?.[1];
    if (user === undefined) {
      return new ConnectorError('CONNECTOR_FORBIDDEN', `forbidden: ${what}${says}`, options);
    }
    return new ConnectorError(
      'CONNECTOR_FORBIDDEN',
      `forbidden: user "${user}" may not ${what}: it takes ${formatMissingRule(rule)}`,
      options,
    );
  }
  if (httpStatus === 409) {
    return new ConnectorError('CONNECTOR_CONFLICT', `conflict: ${what}${says}`, options);
  }
  if (httpStatus === 429) {
    return new ConnectorError(
      'CONNECTOR_FAILED',
      `${request.server} is too busy to ${what}: try again later`,
      {
        ...options,
        retryable: true,
      },
    );
  }
  if (httpStatus >= 500) {
    const retryable = httpStatus !== 501 && httpStatus !== 505;
    return new ConnectorError(
      'CONNECTOR_FAILED',
      `${request.server} failed with ${httpStatus} to ${what}${says}`,
      {
        ...options,
        retryable,
      },
    );
  }
  return new ConnectorError('CONNECTOR_REJECTED', `rejected with ${httpStatus}: ${what}${says}`, options);
}

function serverSays(status: ApiStatus, confidential: boolean): string {
  if (!confidential) return status.message === undefined ? '' : `: ${status.message}`;
  const fields = status.causes.map((cause) => `${cause.field} (${cause.reason})`).join(', ');
  const reason = status.reason ?? '';
  if (reason === '' && fields === '') return '';
  return `: ${[reason, fields].filter((part) => part !== '').join(': ')}`;
}

const TLS_ADVICE: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  CERT_SIGNATURE_FAILURE: 'its certificate is signed by another authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clock',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

const REACH_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be resolved now',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  ETIMEDOUT: 'no answer',
  UND_ERR_CONNECT_TIMEOUT: 'no answer',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_PRX_TLS: 'the proxy does not take the connection',
};

/** The error for a request that got no whole answer. `signal`: of the caller, tells cancelling from failing. */
export function connectionError(error: unknown, request: FailedRequest, signal?: AbortSignal): Error {
  if (signal?.aborted) return new CancelledError();
  const code = errorCode(error);
  const { server, contextName } = request;
  const tls = TLS_ADVICE[code];
  if (tls !== undefined) {
    const advice = `check certificate-authority, tls-server-name and server of context "${contextName}"`;
    return new ConnectorError('CONNECTOR_CONFIGURATION', `cannot trust ${server}: ${tls}: ${advice}`, {
      cause: error,
    });
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    const what = formatRequestedRule(requestedRule(request.method, request.path));
    return new ConnectorError(
      'CONNECTOR_TIMEOUT',
      `${server} stopped answering (${what}): try again, or look at its load`,
      {
        retryable: true,
        cause: error,
      },
    );
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') {
    const advice = `it refused the client certificate of context "${contextName}", or does not speak TLS`;
    return new ConnectorError('CONNECTOR_CONFIGURATION', `no TLS connection to ${server}: ${advice}`, {
      cause: error,
    });
  }
  const why = REACH_ADVICE[code] ?? (code === '' ? 'connection failed' : code);
  return new ConnectorError(
    'CONNECTOR_UNREACHABLE',
    `cannot reach ${server} (${why}): check that the cluster runs, the server of context "${contextName}", VPN and proxy`,
    { retryable: true, cause: error },
  );
}

/** The system's or undici's code of an error, of its cause, or of the first of several attempts; empty where there is none. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner = errorCode(cause) || (Array.isArray(errors) ? errorCode(errors[0]) : '');
  return inner || (typeof code === 'string' ? code : '');
}

function text(value: unknown): string {
  return typeof value === 'string' ? oneLine(value) : '';
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, MESSAGE_LENGTH_MAX);
}
