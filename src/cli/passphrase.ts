import { spawn } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { CancelledError, KeyError, UsageError } from '../errors.ts';
import { promptHidden } from './prompt.ts';
import type { Terminal } from './terminal.ts';

/** Longest passphrase (bytes); what is longer is some other file. */
const PASSPHRASE_LENGTH_MAX = 64 * 1024;
/** A passphrase command may wait for a person and a hardware key. */
const COMMAND_TIMEOUT_MS = 5 * 60_000;
/** Looked at in this order; the second is Plakar's. */
const ARCHIVE_VARIABLES = ['PTAR_PASSPHRASE', 'PLAKAR_PASSPHRASE'] as const;

/** Where a passphrase can come from, for messages. */
export const PASSPHRASE_SOURCES = '--passphrase-file, --passphrase-command or PTAR_PASSPHRASE';

/** Where the passphrase comes from, as the flags have it. Never the passphrase itself: others can see a command line. */
export interface PassphraseFlags {
  readonly passphraseFile?: string;
  readonly passphraseCommand?: string;
}

/** What a passphrase is for: where else than in the flags it is looked for, and how a person is asked, twice for something new. */
const PURPOSES = {
  open: { flag: '--passphrase', variables: ARCHIVE_VARIABLES, question: 'Passphrase: ', isNew: false },
  create: { flag: '--passphrase', variables: ARCHIVE_VARIABLES, question: 'New passphrase: ', isNew: true },
  copy: {
    flag: '--new-passphrase',
    variables: ['PTAR_NEW_PASSPHRASE'],
    question: 'Passphrase for the copy: ',
    isNew: true,
  },
  copyInto: {
    flag: '--new-passphrase',
    variables: ['PTAR_NEW_PASSPHRASE'],
    question: 'Passphrase of the archive to copy into: ',
    isNew: false,
  },
  openKey: {
    flag: '--key-passphrase',
    variables: ['PTAR_KEY_PASSPHRASE'],
    question: 'Passphrase of the signing key: ',
    isNew: false,
  },
  createKey: {
    flag: '--key-passphrase',
    variables: ['PTAR_KEY_PASSPHRASE'],
    question: 'Passphrase for the signing key: ',
    isNew: true,
  },
} as const;

/** What a passphrase is for. */
export type PassphrasePurpose = keyof typeof PURPOSES;

/**
 * Asks the sources in this order: the file or the command of the flags, the variables of the purpose (`PTAR_PASSPHRASE`,
 * `PLAKAR_PASSPHRASE` for an archive), a person at the terminal. One line end after the passphrase is taken off, nothing else.
 *
 * @returns undefined where no source has one
 * @throws UsageError for both flags or a file that cannot be read; KeyError KEY_MISSING for an empty passphrase;
 * KEY_WRONG when what was typed twice differs; CancelledError
 */
export async function readPassphrase(
  terminal: Terminal,
  flags: PassphraseFlags,
  purpose: PassphrasePurpose,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const passphrase = await fromSources(terminal, flags, purpose, signal);
  if (passphrase?.length === 0) {
    throw new KeyError('KEY_MISSING', 'the passphrase is empty; give one that is not');
  }
  return passphrase;
}

/** True where the flags or the environment hold a passphrase: whoever set it up expects that it is needed. */
export function isPassphraseGiven(
  { env }: Terminal,
  { passphraseFile, passphraseCommand }: PassphraseFlags,
  purpose: PassphrasePurpose,
): boolean {
  const isSet = PURPOSES[purpose].variables.some((name) => env[name] !== undefined);
  return passphraseFile !== undefined || passphraseCommand !== undefined || isSet;
}

/**
 * The passphrase of an archive where nobody has to be asked or waited for: from a regular file or the environment.
 * @throws UsageError for a file that cannot be read
 */
export async function readUnattendedPassphrase(
  env: NodeJS.ProcessEnv,
  { passphraseFile }: PassphraseFlags,
): Promise<Uint8Array | undefined> {
  if (passphraseFile !== undefined) {
    const stats = await stat(passphraseFile).catch(() => undefined);
    return stats?.isFile() === true ? fromFile(passphraseFile) : undefined;
  }
  const value = ARCHIVE_VARIABLES.map((name) => env[name]).find((set) => set !== undefined && set !== '');
  return value === undefined ? undefined : Buffer.from(value);
}

async function fromSources(
  terminal: Terminal,
  flags: PassphraseFlags,
  purpose: PassphrasePurpose,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const { passphraseFile, passphraseCommand } = flags;
  const { flag, variables } = PURPOSES[purpose];
  if (passphraseFile !== undefined && passphraseCommand !== undefined) {
    throw new UsageError(`${flag}-file and ${flag}-command exclude each other; give one of them`);
  }
  if (passphraseFile !== undefined) return fromFile(passphraseFile);
  if (passphraseCommand !== undefined) return fromCommand(passphraseCommand, `${flag}-command`, signal);
  for (const name of variables) {
    const value = terminal.env[name];
    if (value !== undefined) return Buffer.from(value);
  }
  return terminal.canAsk ? fromPerson(terminal, purpose, signal) : undefined;
}

async function fromFile(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r');
    try {
      const chunks: Buffer[] = [];
      let length = 0;
      // Pipes of a shell (`<(pass ptar)`) give their bytes in pieces and have no positions.
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, null);
        if (bytesRead === 0) return withoutLineEnd(Buffer.concat(chunks));
        length += bytesRead;
        if (length > PASSPHRASE_LENGTH_MAX) {
          throw new UsageError(`${path} is too long for a passphrase; check the path`);
        }
        chunks.push(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read the passphrase file ${path}; check path and permissions`, {
      cause: error,
    });
  }
}

function fromCommand(command: string, flag: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // The shell of the person, who wrote the line; stdin and stderr stay theirs, for questions.
    const child = spawn(command, {
      shell: true,
      stdio: ['inherit', 'pipe', 'inherit'],
      timeout: COMMAND_TIMEOUT_MS,
      signal,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > PASSPHRASE_LENGTH_MAX) child.kill();
      else chunks.push(chunk);
    });
    child.once('error', () => {
      if (signal?.aborted === true) reject(new CancelledError());
      else reject(new UsageError(`${flag} could not be started; check the command`));
    });
    child.once('close', (status) => {
      if (status === 0) resolve(withoutLineEnd(Buffer.concat(chunks)));
      else {
        reject(new UsageError(`${flag} failed (exit code ${status ?? 'none'}); run it by hand to see why`));
      }
    });
  });
}

async function fromPerson(
  terminal: Terminal,
  purpose: PassphrasePurpose,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { question, isNew } = PURPOSES[purpose];
  const first = await promptHidden(terminal, question, signal);
  if (!isNew || first.length === 0) return first;
  const second = await promptHidden(terminal, 'The same again: ', signal);
  if (Buffer.compare(first, second) !== 0) {
    throw new KeyError('KEY_WRONG', 'the two passphrases differ; start again');
  }
  return first;
}

function withoutLineEnd(bytes: Buffer): Uint8Array {
  let end = bytes.length;
  if (bytes[end - 1] === 0x0a) end -= bytes[end - 2] === 0x0d ? 2 : 1;
  return Uint8Array.from(bytes.subarray(0, end));
}
