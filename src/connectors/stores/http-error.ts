/** Errors of remote archives: one line each, with what to do; no credentials. */
import { CancelledError, ConnectorError, NotFoundError } from '../../errors.ts';
import { errorCode } from '../cluster-client/api-error.ts';

/** The error for an answer that is neither the file nor a part of it. */
export function statusError(status: number, name: string): ConnectorError | NotFoundError {
  const options = { status };
  switch (status) {
    case 401:
      return new ConnectorError(
        'CONNECTOR_UNAUTHORIZED',
        `${name} asks who you are (401): put user name and password into the URL, or use a signed one`,
        options,
      );
    case 403:
      return new ConnectorError(
        'CONNECTOR_FORBIDDEN',
        `${name} may not be read (403): check permissions, or whether a signed URL has expired`,
        options,
      );
    case 404:
    case 410:
      return new NotFoundError('NOT_FOUND_ARCHIVE', `no archive at ${name} (${status}); check the URL`);
    case 408:
    case 429:
      return new ConnectorError('CONNECTOR_FAILED', `${name} is too busy (${status}): try again later`, {
        ...options,
        retryable: true,
      });
    default:
      if (status >= 500) {
        return new ConnectorError('CONNECTOR_FAILED', `${name} failed with ${status}: try again later`, {
          ...options,
          retryable: true,
        });
      }
      return new ConnectorError(
        'CONNECTOR_REJECTED',
        `${name} answered ${status} to a request for a part of it: download the file and open that`,
        options,
      );
  }
}

/** The error for a request that got no whole answer. `signal`: of the caller, tells cancelling from failing. */
export function transportError(error: unknown, name: string, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return new CancelledError();
  if (error instanceof ConnectorError || error instanceof NotFoundError) return error;
  const code = errorCode(error);
  const isTimeout =
    code === 'UND_ERR_HEADERS_TIMEOUT' ||
    code === 'UND_ERR_BODY_TIMEOUT' ||
    (error instanceof Error && error.name === 'TimeoutError');
  if (isTimeout) {
    return new ConnectorError('CONNECTOR_TIMEOUT', `${name} stopped answering: try again later`, {
      retryable: true,
      cause: error,
    });
  }
  if (/CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO/.test(code)) {
    return new ConnectorError(
      'CONNECTOR_CONFIGURATION',
      `no trusted TLS connection to ${name} (${code}): check the URL, or name its authority in NODE_EXTRA_CA_CERTS`,
      { cause: error },
    );
  }
  return new ConnectorError(
    'CONNECTOR_UNREACHABLE',
    `cannot reach ${name} (${code === '' ? 'connection failed' : code}): check the URL, network and proxy`,
    { retryable: true, cause: error },
  );
}

/** The file is another one than the one that was opened. */
export function changedError(name: string): ConnectorError {
  return new ConnectorError('CONNECTOR_CONFLICT', `${name} changed while it was open: open it again`);
}

/** The server sends whole files only. */
export function noRangesError(name: string): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `${name} cannot be read in parts (no range requests): download the file and open that, or serve it from a server with ranges`,
  );
}

/** An answer ended before all that it promised had come. */
export function shortError(name: string): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `${name} stops in the middle of its answers: try again later`,
    {
      retryable: true,
    },
  );
}
