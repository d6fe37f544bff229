import { ConnectorError, isPtarError, type ConnectorErrorCode, type PtarError } from '../errors.ts';

/** What a system error means to ptar, and to a person. */
export interface Meaning {
  readonly code: ConnectorErrorCode;
  readonly says: string;
}

const NO_SPACE = 'CONNECTOR_NO_SPACE';
const PERMISSION = 'CONNECTOR_PERMISSION';
const IO = 'CONNECTOR_IO';
const INPUT = 'CONNECTOR_INPUT';

/** Error numbers of `errno(3)` that people meet, with what to do about them. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: { code: NO_SPACE, says: 'no space left on the device; free some space or write to another disk' },
  EDQUOT: { code: NO_SPACE, says: 'the disk quota is used up; free some space or write to another disk' },
  EFBIG: { code: NO_SPACE, says: 'larger than this file system allows; write to another disk' },
  EACCES: {
    code: PERMISSION,
    says: 'permission denied; check the owner and mode of the file and its folder',
  },
  EPERM: {
    code: PERMISSION,
    says: 'the operating system does not permit it; check the owner and attributes',
  },
  EROFS: { code: PERMISSION, says: 'the file system is mounted read-only; choose another folder' },
  ENOENT: { code: IO, says: 'no such file or folder; check the path' },
  ENOTDIR: { code: IO, says: 'a part of the path is not a folder; check the path' },
  EISDIR: { code: IO, says: 'it is a folder; name a file' },
  EEXIST: { code: IO, says: 'it exists already; remove it or choose another name' },
  ENOTEMPTY: { code: IO, says: 'the folder is not empty; choose another one' },
  ENAMETOOLONG: { code: IO, says: 'the name is longer than this file system allows; choose a shorter one' },
  ELOOP: { code: IO, says: 'a symbolic link is in the way; name the folder that it points to' },
  EXDEV: { code: IO, says: 'the folder lies on two file systems; choose another one' },
  EMFILE: { code: IO, says: 'too many open files; raise the limit (ulimit -n)' },
  ENFILE: { code: IO, says: 'too many open files on this system; close some programs' },
  EBUSY: { code: IO, says: 'in use by another program; close it and try again' },
  EIO: { code: IO, says: 'the disk reported an input/output error; check its health' },
  ESTALE: { code: IO, says: 'the network file system lost the file; mount it again and retry' },
  EILSEQ: { code: INPUT, says: 'the name is not valid on this file system; choose another one' },
};

/** What Windows says when the file that a rename would replace is open elsewhere; it replaces only files that nobody has open. */
const WINDOWS_IN_USE: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
const IN_USE: Meaning = {
  code: IO,
  says: 'another program has it open, so Windows does not let it be replaced; close that program and try again',
};

/** The meaning of a system error called `name`, where it is known. */
export function meaningOf(error: unknown, name: string, platform: NodeJS.Platform): Meaning | undefined {
  const isRename = error instanceof Error && 'syscall' in error && error.syscall === 'rename';
  return platform === 'win32' && isRename && WINDOWS_IN_USE.has(name) ? IN_USE : MEANINGS[name];
}

/** `errno` name of a Node system error (`ENOENT`), or undefined for anything else. */
export function systemErrorName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * The error that ptar throws for a failed system call: one line with what was tried, where, and what to do. An error of
 * ptar's own passes through; so does anything that is no system error, which is a bug.
 *
 * @param tried without the path: `cannot write`
 * @param path as the person knows it
 */
export function systemError(error: unknown, tried: string, path: string): PtarError {
  if (isPtarError(error)) return error;
  const name = systemErrorName(error);
  if (name === undefined) throw error;
  const meaning = meaningOf(error, name, process.platform) ?? {
    code: IO,
    says: `the system reports ${name}; check the disk and try again`,
  };
  return new ConnectorError(meaning.code, `${tried} ${path}: ${meaning.says}`, { cause: error });
}

/** The half of {@link systemError} after the path, for lists that name the path in a column of its own. */
export function systemErrorReason(error: unknown): string {
  const name = systemErrorName(error);
  if (name === undefined) return error instanceof Error ? error.message : String(error);
  return meaningOf(error, name, process.platform)?.says ?? `the system reports ${name}`;
}
