/**
 * Every error that ptar reports on purpose, with stable codes.
 *
 * Two ways to tell them apart: `error instanceof FormatError`, or `switch (error.code)` after `isPtarError`, which narrows
 * to the class. Messages are one line: what, where, what to do. They never hold a key, a passphrase or a Secret's value.
 */

/** Codes of {@link FormatError}: the bytes are not what the specification says. */
export type FormatErrorCode =
  | 'FORMAT_FOREIGN' // not a .ptar at all
  | 'FORMAT_VERSION' // written by a newer version
  | 'FORMAT_UNSUPPORTED' // an algorithm or feature that this version does not know
  | 'FORMAT_TRUNCATED' // bytes are missing
  | 'FORMAT_LAYOUT' // offsets or lengths that contradict each other or the file
  | 'FORMAT_LIMIT' // above a named limit
  | 'FORMAT_ENCODING' // msgpack, UTF-8 or record encoding
  | 'FORMAT_COMPRESSION' // LZ4 or GZIP frame
  | 'FORMAT_TREE'; // B-tree order, depth or cycle

/** Codes of {@link IntegrityError}: the bytes were changed, or belong elsewhere. */
export type IntegrityErrorCode =
  | 'INTEGRITY_MAC' // a wrapped object's MAC
  | 'INTEGRITY_BLOB' // a blob's plaintext does not give its id
  | 'INTEGRITY_SEAL' // a sealed segment or subkey does not open
  | 'INTEGRITY_MISSING' // something is referred to that the archive does not hold
  | 'INTEGRITY_SNAPSHOT' // a snapshot header under another snapshot's id, or contents that contradict it
  | 'INTEGRITY_SIGNATURE'; // a signature that does not verify, or none by a trusted key

/** Codes of {@link KeyError}: the passphrase or key. */
export type KeyErrorCode =
  | 'KEY_MISSING' // encrypted, and no passphrase was given
  | 'KEY_WRONG' // the canary does not open
  | 'KEY_UNUSED' // a passphrase for a plaintext archive
  | 'KEY_COST'; // KDF parameters above the limits

/** Codes of {@link NotFoundError}. */
export type NotFoundErrorCode =
  'NOT_FOUND_ARCHIVE' | 'NOT_FOUND_SNAPSHOT' | 'NOT_FOUND_PATH' | 'NOT_FOUND_KIND' | 'NOT_FOUND_SOURCE';

/** Codes of {@link ConnectorError}: a source, target or store outside ptar. */
export type ConnectorErrorCode =
  | 'CONNECTOR_UNREACHABLE'
  | 'CONNECTOR_UNAUTHORIZED' // 401: who are you?
  | 'CONNECTOR_FORBIDDEN' // 403: you may not
  | 'CONNECTOR_CONFLICT' // 409, or a precondition that no longer holds
  | 'CONNECTOR_REJECTED' // 4xx: the target does not accept the item
  | 'CONNECTOR_FAILED' // 5xx, protocol error
  | 'CONNECTOR_TIMEOUT'
  | 'CONNECTOR_CONFIGURATION' // kubeconfig, context
  | 'CONNECTOR_NO_SPACE'
  | 'CONNECTOR_PERMISSION' // the operating system says no
  | 'CONNECTOR_IO'
  | 'CONNECTOR_INPUT'; // a source whose content cannot be read as what it claims to be

/** Codes of {@link UsageError}. */
export type UsageErrorCode = 'USAGE';

/** Codes of {@link CancelledError}. */
export type CancelledErrorCode = 'CANCELLED';

/** Every stable code. Exit codes and UI texts are tables over this union. */
export type PtarErrorCode =
  | FormatErrorCode
  | IntegrityErrorCode
  | KeyErrorCode
  | NotFoundErrorCode
  | ConnectorErrorCode
  | UsageErrorCode
  | CancelledErrorCode;

/** Longest message, in characters: a path may have 64 KiB. */
const MESSAGE_LENGTH_MAX = 1000;

/** `text`, which may hold names from an archive or server, on one line: control characters escaped, cut at 1000 characters. */
export function oneLine(text: string): string {
  const escaped = text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    if (character === '\n') return '\\n';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return escaped.length > MESSAGE_LENGTH_MAX ? `${escaped.slice(0, MESSAGE_LENGTH_MAX - 1)}…` : escaped;
}

/** Base of all errors that ptar throws on purpose. Anything else that escapes is a bug. */
export abstract class PtarError extends Error {
  abstract readonly code: PtarErrorCode;
  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
  }
}

/** The archive's bytes break the specification. `offset` is in the file (bytes) where known; `section` is of the specification. */
export class FormatError extends PtarError {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;
  readonly offset: number | undefined;
  readonly section: string | undefined;
  constructor(
    code: FormatErrorCode,
    message: string,
    where: { offset?: number; section?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: where.cause });
    this.code = code;
    this.offset = where.offset;
    this.section = where.section;
  }
}

/** Authentication failed: the archive was changed or is damaged. */
export class IntegrityError extends PtarError {
  override readonly name = 'IntegrityError';
  readonly code: IntegrityErrorCode;
  readonly offset: number | undefined;
  readonly section: string | undefined;
  constructor(
    code: IntegrityErrorCode,
    message: string,
    where: { offset?: number; section?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: where.cause });
    this.code = code;
    this.offset = where.offset;
    this.section = where.section;
  }
}

/** The passphrase or key is missing, wrong, unused or too costly to try. */
export class KeyError extends PtarError {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;
  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A named thing is not there. */
export class NotFoundError extends PtarError {
  override readonly name = 'NotFoundError';
  readonly code: NotFoundErrorCode;
  constructor(code: NotFoundErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A source, target or store failed. `retryable`: the same call may succeed later. `status`: HTTP status where there was one. */
export class ConnectorError extends PtarError {
  override readonly name = 'ConnectorError';
  readonly code: ConnectorErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;
  constructor(
    code: ConnectorErrorCode,
    message: string,
    options: { retryable?: boolean; status?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status;
  }
}

/** The caller asked for something that makes no sense: an option, an argument, a combination. */
export class UsageError extends PtarError {
  override readonly name = 'UsageError';
  readonly code: UsageErrorCode = 'USAGE';
}

/** The person or caller cancelled; nothing half-done is left behind. */
export class CancelledError extends PtarError {
  override readonly name = 'CancelledError';
  readonly code: CancelledErrorCode = 'CANCELLED';
  constructor(message = 'cancelled') {
    super(message);
  }
}

/** The union that narrows on `code`. */
export type AnyPtarError =
  FormatError | IntegrityError | KeyError | NotFoundError | ConnectorError | UsageError | CancelledError;

/** True for errors that ptar threw on purpose; narrows to {@link AnyPtarError}. */
export function isPtarError(error: unknown): error is AnyPtarError {
  return error instanceof PtarError;
}

/** Throws {@link CancelledError} when `signal` has been aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}
