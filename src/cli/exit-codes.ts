import { isPtarError, type PtarErrorCode } from '../errors.ts';

/** What the exit code of `ptar` means; scripts may rely on it. */
export const EXIT = {
  done: 0,
  differs: 1,
  usage: 2,
  failed: 3,
  partial: 4,
  integrity: 5,
  key: 6,
  conflict: 7,
  forbidden: 8,
  interrupted: 130,
} as const;

/** One of the values of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of every error. */
export const EXIT_BY_ERROR: Readonly<Record<PtarErrorCode, ExitCode>> = {
  FORMAT_FOREIGN: EXIT.failed,
  FORMAT_VERSION: EXIT.failed,
  FORMAT_UNSUPPORTED: EXIT.failed,
  FORMAT_TRUNCATED: EXIT.integrity,
  FORMAT_LAYOUT: EXIT.integrity,
  FORMAT_LIMIT: EXIT.integrity,
  FORMAT_ENCODING: EXIT.integrity,
  FORMAT_COMPRESSION: EXIT.integrity,
  FORMAT_TREE: EXIT.integrity,
  INTEGRITY_MAC: EXIT.integrity,
  INTEGRITY_BLOB: EXIT.integrity,
  INTEGRITY_SEAL: EXIT.integrity,
  INTEGRITY_MISSING: EXIT.integrity,
  INTEGRITY_SNAPSHOT: EXIT.integrity,
  INTEGRITY_SIGNATURE: EXIT.integrity,
  KEY_MISSING: EXIT.key,
  KEY_WRONG: EXIT.key,
  KEY_UNUSED: EXIT.key,
  KEY_COST: EXIT.key,
  NOT_FOUND_ARCHIVE: EXIT.failed,
  NOT_FOUND_SNAPSHOT: EXIT.failed,
  NOT_FOUND_PATH: EXIT.failed,
  NOT_FOUND_KIND: EXIT.failed,
  NOT_FOUND_SOURCE: EXIT.failed,
  CONNECTOR_UNREACHABLE: EXIT.failed,
  CONNECTOR_UNAUTHORIZED: EXIT.forbidden,
  CONNECTOR_FORBIDDEN: EXIT.forbidden,
  CONNECTOR_CONFLICT: EXIT.conflict,
  CONNECTOR_REJECTED: EXIT.failed,
  CONNECTOR_FAILED: EXIT.failed,
  CONNECTOR_TIMEOUT: EXIT.failed,
  CONNECTOR_CONFIGURATION: EXIT.failed,
  CONNECTOR_NO_SPACE: EXIT.failed,
  CONNECTOR_PERMISSION: EXIT.forbidden,
  CONNECTOR_IO: EXIT.failed,
  CONNECTOR_INPUT: EXIT.failed,
  USAGE: EXIT.usage,
  CANCELLED: EXIT.interrupted,
};

/** The exit code of anything thrown; what is not an error of ptar's is a bug and counts as failed. */
export function exitCodeOf(error: unknown): ExitCode {
  return isPtarError(error) ? EXIT_BY_ERROR[error.code] : EXIT.failed;
}

/** The exit code where items failed, by the codes of their errors, where these are known: that the archive is damaged outweighs the rest. */
export function exitCodeOfItems(codes: Iterable<PtarErrorCode>): ExitCode {
  return [...codes].some((code) => EXIT_BY_ERROR[code] === EXIT.integrity) ? EXIT.integrity : EXIT.partial;
}

/** The table for `ptar --help`. */
export const EXIT_HELP = `Exit codes:
  0  done                        5  the archive is damaged or was changed
  1  differs, nothing found      6  passphrase or key
  2  usage                       7  conflict or drift
  3  failed                      8  forbidden
  4  done, some items failed   130  interrupted and cleaned up`;
