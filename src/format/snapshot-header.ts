/**
 * The snapshot header: who captured what, when, and where its trees begin. Source: specification "Snapshot".
 *
 * The signature signs the MAC of the header as the reference's encoder writes it again, so field order, widths and nil versus
 * empty are those of this table, and what is decoded is kept apart: null (nil) and an empty list differ.
 */
import { EPOCH } from './timestamp.ts';
import { bytes, f64, field, fixedBytes, i64, list, mac, record, str, time, u32 } from './record.ts';
import { VERSION_1_0_0 } from './resource-type.ts';
import { emptySummary, type Summary, summaryCodec } from './summary.ts';
import type { Timestamp } from './timestamp.ts';

/** An ordered fact. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}
/** Where a snapshot came from: Plakar's importer type, origin and directory. */
export interface ImporterHeader {
  readonly type: string;
  readonly origin: string;
  readonly directory: string;
}
/** An additional B-tree of a source. */
export interface IndexHeader {
  readonly name: string;
  readonly type: string;
  readonly value: Uint8Array;
}
/** Ids of the three trees of a source. */
export interface TreeIds {
  readonly root: Uint8Array;
  readonly xattrs: Uint8Array;
  readonly errors: Uint8Array;
}
/** One source of a snapshot; there is exactly one. */
export interface SourceHeader {
  readonly importer: ImporterHeader;
  readonly context: readonly KeyValue[] | null;
  readonly trees: TreeIds;
  readonly indexes: readonly IndexHeader[] | null;
  readonly summary: Summary;
}
interface Class {
  readonly name: string;
  readonly probability: number;
}
interface Classification {
  readonly analyzer: string;
  readonly classes: readonly Class[] | null;
}
/** Who signed: a UUID, all zero where nobody, and an ed25519 public key. */
export interface Identity {
  readonly identifier: Uint8Array;
  readonly publicKey: Uint8Array | null;
}
/** See the head of this file. `durationNs` in nanoseconds. */
export interface SnapshotHeader {
  readonly version: number;
  readonly identifier: Uint8Array;
  readonly timestamp: Timestamp;
  readonly durationNs: bigint;
  readonly identity: Identity;
  readonly name: string;
  readonly category: string;
  readonly environment: string;
  readonly perimeter: string;
  readonly job: string;
  readonly replicas: number;
  readonly dataset: string;
  readonly dataClasses: readonly string[] | null;
  readonly classifications: readonly Classification[] | null;
  readonly tags: readonly string[] | null;
  readonly context: readonly KeyValue[] | null;
  readonly sources: readonly SourceHeader[] | null;
}

const keyValues = list(
  record<KeyValue>('key and value', { key: field('key', str), value: field('value', str) }),
);

const sourceCodec = record<SourceHeader>('source', {
  importer: field(
    'importer',
    record<ImporterHeader>('importer', {
      type: field('type', str),
      origin: field('origin', str),
      directory: field('directory', str),
    }),
  ),
  context: field('context', keyValues),
  trees: field(
    'root',
    record<TreeIds>('trees', {
      root: field('root', mac),
      xattrs: field('xattrs', mac),
      errors: field('errors', mac),
    }),
  ),
  indexes: field(
    'indexes',
    list(
      record<IndexHeader>('index', {
        name: field('name', str),
        type: field('type', str),
        value: field('value', mac),
      }),
    ),
  ),
  summary: field('summary', summaryCodec),
});

const headerCodec = record<SnapshotHeader>('snapshot header', {
  version: field('version', u32),
  identifier: field('identifier', mac),
  timestamp: field('timestamp', time),
  durationNs: field('duration', i64),
  identity: field(
    'identity',
    record<Identity>('identity', {
      identifier: field('identifier', fixedBytes(16)),
      publicKey: field('public_key', bytes),
    }),
  ),
  name: field('name', str),
  category: field('category', str),
  environment: field('environment', str),
  perimeter: field('perimeter', str),
  job: field('job', str),
  replicas: field('replicas', u32),
  dataset: field('dataset', str),
  dataClasses: field('data_classes', list(str)),
  classifications: field(
    'classifications',
    list(
      record<Classification>('classification', {
        analyzer: field('analyzer', str),
        classes: field(
          'classes',
          list(record<Class>('class', { name: field('name', str), probability: field('probability', f64) })),
        ),
      }),
    ),
  ),
  tags: field('tags', list(str)),
  context: field('context', keyValues),
  sources: field('sources', list(sourceCodec)),
});

/** The header's plaintext. */
export function encodeSnapshotHeader(header: SnapshotHeader): Uint8Array {
  return headerCodec.toBytes(header);
}
/** @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT */
export function decodeSnapshotHeader(plaintext: Uint8Array): SnapshotHeader {
  return headerCodec.fromBytes(plaintext);
}

/** A header with the reference's defaults but what is given. */
export function newSnapshotHeader(
  given: Partial<SnapshotHeader> & Pick<SnapshotHeader, 'identifier'>,
): SnapshotHeader {
  return {
    version: VERSION_1_0_0,
    timestamp: EPOCH,
    durationNs: 0n,
    identity: { identifier: new Uint8Array(16), publicKey: null },
    name: '',
    category: '',
    environment: '',
    perimeter: '',
    job: '',
    replicas: 1,
    dataset: '',
    dataClasses: [],
    classifications: [],
    tags: [],
    context: [],
    sources: [],
    ...given,
  };
}

/** A source header with nothing in it yet. */
export function newSourceHeader(importer: ImporterHeader): SourceHeader {
  const none = new Uint8Array(32);
  return {
    importer,
    context: [],
    trees: { root: none, xattrs: none, errors: none },
    indexes: [],
    summary: emptySummary(),
  };
}
