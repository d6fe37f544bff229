/**
 * Plakar's own reader and writer, for holding ours against: the Go program of this folder, built on first use. Functions return what
 * it printed; a failure is a {@link ReferenceError} with the program's line.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { buildGoModule } from '../../scripts/go-build.ts';

/** What the reference said when it failed: one line. */
export class ReferenceError extends Error {
  override readonly name = 'ReferenceError';
}

/** Options of every call. */
export interface ReferenceOptions {
  /** Only for encrypted archives. */
  readonly passphrase?: string;
  readonly signal?: AbortSignal;
}

/** Milliseconds. Deriving a key is slow on purpose; a benchmark subtracts it. */
export interface ReferenceTimings {
  readonly keyDerivationMs: number;
  readonly totalMs: number;
}

/** What a full check of one snapshot found. */
export interface CheckedSnapshot {
  /** 64 hex digits. */
  readonly snapshot: string;
  readonly ok: boolean;
  /** True where a signature was there; it then was verified too. */
  readonly signed: boolean;
  readonly error?: string;
}

/** The line before a snapshot's entries: its header as Go's JSON. */
export interface HeaderLine {
  readonly snapshot: string;
  readonly header: Readonly<Record<string, unknown>>;
}

/** One entry. The last six fields are there where `details` was asked for. */
export interface EntryLine {
  readonly path: string;
  /** As Go prints it: `drwxr-xr-x`. */
  readonly mode: string;
  readonly size: number;
  /** Hex; only for regular files. */
  readonly sha256?: string;
  /** RFC 3339, UTC, as many fraction digits as there are. */
  readonly mod_time?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly nlink?: number;
  readonly target?: string;
  readonly content_type?: string;
  /** Values in base64. */
  readonly xattrs?: Readonly<Record<string, string>> | null;
}

/** An error that the capture recorded; only with `details`. */
export interface FailureLine {
  readonly path: string;
  readonly failure: string;
}

/** A line of a walk. */
export type WalkLine = HeaderLine | EntryLine | FailureLine;

/** How the reference writes; encrypted with ARGON2ID, BLAKE3 and LZ4 where not said otherwise. */
export interface ReferenceWriteOptions extends ReferenceOptions {
  readonly plaintext?: boolean;
  readonly hashing?: 'blake3' | 'sha256';
  readonly compression?: 'lz4' | 'gzip' | 'none';
  readonly kdf?: 'argon2id' | 'scrypt' | 'pbkdf2';
  /** UUID text. */
  readonly repositoryId?: string;
  /** With a key made for this archive. */
  readonly sign?: boolean;
}

/** A blob as the state locates it. */
export interface BlobLine {
  /** The reference's word: `chunk`, `vfs-entry`, … */
  readonly type: string;
  readonly version: number;
  readonly mac: string;
  /** Bytes, from the start of the packfile's data. */
  readonly offset: number;
  readonly length: number;
  readonly plaintextSize: number;
  /** Of the plaintext, hex. */
  readonly sha256: string;
  /** The plaintext in base64, where asked for; never of chunks. */
  readonly bytes?: string;
}

/** A record that Go has decoded and encoded again. `stored` and `reencoded` (base64) are there for headers and where they differ. */
export interface ReencodedLine {
  readonly type: string;
  readonly mac: string;
  readonly equal: boolean;
  readonly stored?: string;
  readonly reencoded?: string;
}

const RUN_LIMIT_MS = 10 * 60_000;

/** Builds the program, where it is not there yet, and gives its path. Cold this takes minutes, most of them in the compiler. */
export function buildReference(): Promise<string> {
  return buildGoModule({ directory: import.meta.dirname });
}

/** The reference implementation's verbs. */
export const reference = {
  /** Reads every chunk of every snapshot and verifies signatures. A damaged snapshot is a result with `ok: false`. */
  async check(
    archive: string,
    options: ReferenceOptions = {},
  ): Promise<{ snapshots: CheckedSnapshot[]; timings: ReferenceTimings }> {
    const { lines, timings } = splitTimings(await run(['check', archive], options));
    return { snapshots: lines as CheckedSnapshot[], timings };
  },

  /** Every snapshot, ordered by id, and its entries, depth first. */
  async walk(
    archive: string,
    options: ReferenceOptions & { readonly details?: boolean; readonly withoutDirpack?: boolean } = {},
  ): Promise<WalkLine[]> {
    const flags = [
      ...(options.details === true ? ['-details'] : []),
      ...(options.withoutDirpack === true ? ['-without-dirpack'] : []),
    ];
    return (await run(['walk', ...flags, archive], options)) as WalkLine[];
  },

  /** Writes a snapshot per directory, its entries below their absolute paths, into a new archive. @returns their ids, hex */
  async write(
    archive: string,
    directories: readonly string[],
    options: ReferenceWriteOptions = {},
  ): Promise<{ snapshots: string[]; timings: ReferenceTimings }> {
    const flags = [
      ...(options.plaintext === true ? ['-plaintext'] : []),
      ...(options.sign === true ? ['-sign'] : []),
      ...(options.hashing === undefined ? [] : ['-hashing', options.hashing]),
      ...(options.compression === undefined ? [] : ['-compression', options.compression]),
      ...(options.kdf === undefined ? [] : ['-kdf', options.kdf]),
      ...(options.repositoryId === undefined ? [] : ['-repository-id', options.repositoryId]),
    ];
    const { lines, timings } = splitTimings(await run(['write', ...flags, archive, ...directories], options));
    return { snapshots: (lines as { snapshot: string }[]).map(({ snapshot }) => snapshot), timings };
  },

  /** Restores below `directory` what lies below `path`; `snapshot` is needed where there are several. No extended attributes. */
  async restore(
    archive: string,
    directory: string,
    options: ReferenceOptions & { readonly snapshot?: string; readonly path?: string } = {},
  ): Promise<{ entries: number; timings: ReferenceTimings }> {
    const flags = ['-snapshot', options.snapshot ?? '', '-path', options.path ?? '/'];
    const { lines, timings } = splitTimings(await run(['restore', ...flags, archive, directory], options));
    return { entries: (lines as { entries: number }[])[0]?.entries ?? 0, timings };
  },

  /** Every blob, in the order of the packfile. */
  async blobs(
    archive: string,
    options: ReferenceOptions & { readonly bytes?: boolean } = {},
  ): Promise<BlobLine[]> {
    return (await run(
      ['blobs', ...(options.bytes === true ? ['-bytes'] : []), archive],
      options,
    )) as BlobLine[];
  },

  /** Every record but chunks and signatures, decoded and encoded again by Go. */
  async reencode(archive: string, options: ReferenceOptions = {}): Promise<ReencodedLine[]> {
    return (await run(['reencode', archive], options)) as ReencodedLine[];
  },

  /** Lengths of the chunks that the reference cuts `file` into, in bytes. */
  async chunks(file: string): Promise<number[]> {
    return ((await run(['chunks', file], {})) as { length: number }[]).map(({ length }) => length);
  },

  /** Sets an extended attribute, for which Node has no call. Fails where the file system has none. */
  async setXattr(file: string, name: string, value: string): Promise<void> {
    await run(['set-xattr', file, name, value], {});
  },
} as const;

/** True for a line that begins a snapshot. */
export function isHeaderLine(line: WalkLine): line is HeaderLine {
  return 'header' in line;
}

async function run(args: readonly string[], { passphrase, signal }: ReferenceOptions): Promise<unknown[]> {
  const environment = { ...process.env };
  delete environment['PTAR_PASSPHRASE'];
  const child = spawn(await buildReference(), args, {
    env: passphrase === undefined ? environment : { ...environment, PTAR_PASSPHRASE: passphrase },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_LIMIT_MS,
    ...(signal && { signal }),
  });
  const output: Buffer[] = [];
  const complaint: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => complaint.push(bytes));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    const [line = ''] = Buffer.concat(complaint).toString('utf8').split('\n');
    throw new ReferenceError(
      `${String(args[0])} of ${path.basename(args.at(-1) ?? '')}: ${line === '' ? `exit code ${String(code)}` : line}`,
    );
  }
  const text = Buffer.concat(output).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

function splitTimings(lines: unknown[]): { lines: unknown[]; timings: ReferenceTimings } {
  return { lines: lines.slice(0, -1), timings: lines.at(-1) as ReferenceTimings };
}
