/** What our reader makes of an archive: how far it gets, and with what. */
import { isPtarError } from '../../src/errors.ts';
import { type ArchiveReader, openArchive } from '../../src/format/archive-reader.ts';
import { encodeUtf8 } from '../../src/format/bytes.ts';
import { checkArchive } from '../../src/format/check.ts';
import { checkSignatures } from '../../src/format/check-signature.ts';
import type { Primitives } from '../../src/format/ports.ts';
import { isDirectory, isRegular, isSymlink } from '../../src/format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../../src/format/snapshot-reader.ts';
import { MemorySource } from '../format/memory-store.ts';
import { fileLine } from './generate/forge.ts';
import { escapeBytes, type Layer, type Vector } from './vector-file.ts';

/** The outcome at the first layer that fails, or everything that was read. */
export interface Judgement {
  readonly error?: { readonly code: string; readonly section: string | undefined; readonly message: string };
  readonly layer?: Layer;
  readonly tree: readonly string[];
  /** Codes that a full check finds, where the archive opens. */
  readonly findings: readonly string[];
}

/** Opens, lists, reads and checks the archive of a vector. Errors that are not ptar's own are thrown. */
export async function judge(vector: Vector, primitives: Primitives): Promise<Judgement> {
  let archive: ArchiveReader;
  try {
    archive = await open(vector, primitives);
  } catch (error) {
    return { ...failure(error, 'open'), findings: [] };
  }
  const findings = await findingsOf(archive);
  let snapshots: readonly SnapshotReader[];
  try {
    snapshots = await archive.snapshots();
  } catch (error) {
    return { ...failure(error, 'snapshot'), findings };
  }
  const tree: string[] = [];
  try {
    for (const snapshot of snapshots) tree.push(...(await linesOf(snapshot)));
  } catch (error) {
    return { ...failure(error, 'read'), findings };
  }
  const [code] = findings;
  if (code !== undefined) {
    return { error: { code, section: undefined, message: code }, layer: 'check', tree, findings };
  }
  return { tree, findings };
}

function open({ archive, key, passphrase }: Vector, primitives: Primitives): Promise<ArchiveReader> {
  return openArchive(new MemorySource(archive, 'vector.ptar'), {
    primitives,
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase: () => Promise.resolve(encodeUtf8(passphrase)) }),
  });
}

function failure(error: unknown, layer: Layer): Omit<Judgement, 'findings'> {
  if (!isPtarError(error)) throw error;
  const section = 'section' in error ? error.section : undefined;
  return { error: { code: error.code, section, message: error.message }, layer, tree: [] };
}

async function findingsOf(archive: ArchiveReader): Promise<string[]> {
  const codes: string[] = [];
  for await (const { code } of checkArchive(archive)) codes.push(code);
  for await (const { code } of checkSignatures(archive, {})) codes.push(code);
  return codes;
}

async function linesOf(snapshot: SnapshotReader): Promise<string[]> {
  const lines = [`snapshot ${snapshot.id}`];
  for await (const entry of snapshot.walk('/')) lines.push(...(await entryLines(snapshot, entry)));
  for await (const { path, error } of snapshot.errors()) {
    lines.push(`error ${escaped(path)} ${escaped(error)}`);
  }
  return lines;
}

async function entryLines(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<string[]> {
  const { path, info } = entry;
  const lines: string[] = [];
  if (isRegular(info.mode)) {
    const parts: Uint8Array[] = [];
    for await (const bytes of snapshot.content(entry)) parts.push(bytes);
    lines.push(fileLine(path, Buffer.concat(parts)));
  } else if (isSymlink(info.mode)) lines.push(`link ${escaped(path)} ${escaped(entry.symlinkTarget ?? '')}`);
  else lines.push(`${isDirectory(info.mode) ? 'directory' : 'other'} ${escaped(path)}`);
  for (const name of entry.extendedAttributes) {
    const [, , length, hash] = fileLine(path, await snapshot.extendedAttribute(entry, name)).split(' ');
    lines.push(`xattr ${escaped(path)} ${escaped(name)} ${length} ${hash}`);
  }
  return lines;
}

function escaped(text: string): string {
  return escapeBytes(encodeUtf8(text));
}

/** True where the reader did what the vector says; the suite says in detail what is wrong. */
export function isAsExpected({ expect }: Vector, { error, layer, tree, findings }: Judgement): boolean {
  if ('tree' in expect) {
    return error === undefined && [...tree].sort().join('\n') === [...expect.tree].sort().join('\n');
  }
  if (error === undefined || layer !== expect.layer) return false;
  if (layer === 'check') return findings.includes(expect.error);
  return error.code === expect.error && (layer === 'open' || findings.length > 0);
}

/** For messages. */
export function describeJudgement({ error, layer, tree, findings }: Judgement): string {
  if (error === undefined) return `tree of ${tree.length} lines`;
  return `${error.code} (${error.section ?? '-'}) at ${layer ?? '-'}: ${error.message}; findings ${[...new Set(findings)].join(', ')}`;
}
