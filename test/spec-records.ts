/** Every record of the specification: where its table is, and what our encoder makes of a full and of an empty one. */
import {
  compressionConfiguration,
  type Configuration,
  DEFAULT_CHUNKING,
  encodeConfiguration,
  type KdfParams,
  PTAR_PACKFILE,
} from '../src/format/configuration.ts';
import { encodeEntry, encodeError, encodeXattr, newEntry } from '../src/format/entry.ts';
import type { StoredEntry } from '../src/format/stored-entry.ts';
import { encodeObject } from '../src/format/object.ts';
import { encodeSnapshotHeader, newSnapshotHeader, newSourceHeader } from '../src/format/snapshot-header.ts';
import { plainFileInfo } from '../src/format/source-record.ts';
import { emptySummary, type Summary, summaryCodec } from '../src/format/summary.ts';
import { encodeNode, encodeTree } from '../src/format/tree.ts';
import { dumpMsgpack, type DumpedField, type DumpedValue } from './format/msgpack-dump.ts';
import type { Row, Specification } from './spec-tables.ts';

/** One record. */
export interface SampleRecord {
  readonly name: string;
  readonly table: (specification: Specification) => readonly Row[];
  /** With a value in every field. */
  readonly full: Uint8Array;
  /** With none. */
  readonly zero: Uint8Array;
}

const id = new Uint8Array(32).fill(7);
const none = new Uint8Array(32);
const epoch = { seconds: 0n, nanoseconds: 0 };
const table =
  (title: string, index = 0) =>
  (specification: Specification) =>
    specification.table(title, index);

const kdfParams: KdfParams = {
  kdf: 'ARGON2ID',
  salt: id,
  argon2id: { saltSize: 16, time: 4, memory: 262_144, threads: 1, keyLength: 32 },
  scrypt: { saltSize: 16, n: 1, r: 8, p: 1, keyLength: 32 },
  pbkdf2: { saltSize: 16, iterations: 1, keyLength: 32, hashing: 'SHA256' },
};
const noKdf: KdfParams = { kdf: '', salt: null, argon2id: undefined, scrypt: undefined, pbkdf2: undefined };

function configuration(params: KdfParams, small: boolean): Uint8Array {
  const compression = compressionConfiguration('LZ4');
  const value: Configuration = {
    timestamp: epoch,
    repositoryId: new Uint8Array(16),
    packfile: PTAR_PACKFILE,
    chunking: DEFAULT_CHUNKING,
    hashing: { algorithm: 'BLAKE3', bits: 256 },
    // Small ints, because the dump names an int by its shortest form.
    compression: { ...compression, level: small ? 0 : 1 },
    encryption: {
      subkeyAlgorithm: '',
      dataAlgorithm: '',
      segmentSize: 1,
      kdfParams: params,
      canary: small ? null : id,
    },
  };
  return encodeConfiguration(value);
}

const fullSummary: Summary = structuredClone(emptySummary());
for (const part of [fullSummary.directory, fullSummary.below]) {
  for (const key of Object.keys(part) as (keyof typeof part)[]) part[key] = 1;
}

const entry: StoredEntry = {
  ...newEntry({ parentPath: '/', fileInfo: plainFileInfo('a', 0o644, epoch) }),
  summary: fullSummary,
  symlinkTarget: 'x',
  object: id,
  contentType: 'x',
  entropy: 1.5,
  chunks: 1,
  alternateDataStreams: ['x'],
  securityDescriptor: id,
  fileAttributes: 1,
  extendedAttributes: ['x'],
  classifications: [{ analyzer: 'x', classes: ['x'], scores: [{ key: 'x', value: 1 }] }],
  customMetadata: [{ key: 'x', value: id }],
  tags: ['x'],
};
const source = newSourceHeader({ type: '', origin: '', directory: '' });
const header = newSnapshotHeader({ identifier: none, sources: [source] });
const chunk = { version: 1, contentMac: id, length: 1, entropy: 1, flags: 0 };
const object = { version: 1, contentMac: id, chunks: [chunk], contentType: 'x', entropy: 1.5, flags: 0 };

/** The bytes of a field of an encoded record; of a list, of its first element. */
function within(bytes: Uint8Array, ...names: readonly string[]): Uint8Array {
  let at = dumpMsgpack(bytes);
  for (const name of names) {
    const field = (at.value as DumpedField[]).find((each) => each.name === name);
    if (field === undefined) throw new Error(`no ${name}`);
    at = field.value.type === 'list' ? (field.value.value as DumpedValue[])[0]! : field.value;
  }
  return at.bytes;
}

/** All of them. */
export const sampleRecords: readonly SampleRecord[] = [
  record(
    'configuration',
    table('Configuration'),
    configuration(kdfParams, false),
    configuration(noKdf, true),
  ),
  ...['Packfile', 'Chunking', 'Hashing', 'Compression', 'Encryption'].map((name) =>
    record(
      `configuration ${name}`,
      table(name === 'Packfile' ? 'Packfile bounds' : name),
      within(configuration(kdfParams, false), name),
      within(configuration(noKdf, true), name),
    ),
  ),
  record(
    'KDFParams',
    table('KDFParams'),
    within(configuration(kdfParams, false), 'Encryption', 'KDFParams'),
    within(configuration(noKdf, true), 'Encryption', 'KDFParams'),
  ),
  ...['argon2id', 'scrypt', 'pbkdf2'].map((name) => {
    const params = within(configuration(kdfParams, false), 'Encryption', 'KDFParams', name);
    return record(name, table(name), params, params);
  }),
  record('tree', table('Tree'), encodeTree(id), encodeTree(none)),
  record(
    'node',
    table('Node'),
    encodeNode({ keys: ['x'], pointers: [id], values: [id], previous: id, next: id }),
    encodeNode({}),
  ),
  record(
    'entry',
    table('Entry'),
    encodeEntry(entry),
    encodeEntry(newEntry({ parentPath: '', fileInfo: plainFileInfo('', 0, epoch) })),
  ),
  record(
    'file_info',
    table('file_info'),
    within(encodeEntry(entry), 'file_info'),
    within(encodeEntry(entry), 'file_info'),
  ),
  record(
    'object',
    table('Object'),
    encodeObject(object),
    encodeObject({ ...object, chunks: null, contentType: '', entropy: 0 }),
  ),
  record(
    'chunk',
    table('Chunk'),
    within(encodeObject(object), 'chunks'),
    within(encodeObject(object), 'chunks'),
  ),
  record('error', table('Error'), encodeError('x', 'x'), encodeError('', '')),
  record(
    'xattr',
    table('Xattr'),
    encodeXattr({ version: 1, path: 'x', name: 'x', size: 1n, type: 1, object: id }),
    encodeXattr({ version: 0, path: '', name: '', size: 0n, type: 0, object: none }),
  ),
  record('snapshot', table('Snapshot'), encodeSnapshotHeader(header), encodeSnapshotHeader(header)),
  record(
    'source',
    table('Source'),
    within(encodeSnapshotHeader(header), 'sources'),
    within(encodeSnapshotHeader(header), 'sources'),
  ),
  record(
    'summary of a directory',
    counts('directory'),
    within(summaryCodec.toBytes(fullSummary), 'directory'),
    Uint8Array.of(0x80),
  ),
  record(
    'summary below',
    counts('both'),
    within(summaryCodec.toBytes(fullSummary), 'below'),
    Uint8Array.of(0x80),
  ),
];

/** Rows of the counts that are in `directory`, or in `below`. */
function counts(where: 'directory' | 'both') {
  return (specification: Specification): Row[] =>
    specification.table('Summary', 1).filter(([, , part]) => part === 'both' || part === where);
}

function record(name: string, rows: SampleRecord['table'], full: Uint8Array, zero: Uint8Array): SampleRecord {
  return { name, table: rows, full, zero };
}
