/** The worked example as the specification shows it: every byte in hex, part by part, with what it means. */
import { openArchive } from '../../../src/format/archive-reader.ts';
import { toHex } from '../../../src/format/bytes.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';
import { dumpMsgpack, formatDump } from '../../format/msgpack-dump.ts';
import { MemorySource } from '../../format/memory-store.ts';

const ROW_LENGTH = 32;
const TITLES = new Map<number, string>([
  [ResourceType.chunk, 'the content of `/hello`, "hello" and a line feed'],
  [ResourceType.object, 'the object of that content'],
  [ResourceType.vfsEntry, 'an entry'],
  [ResourceType.vfsSummary, 'the summary of `/`'],
  [ResourceType.indexNode, 'the only leaf of the index `summary`'],
  [ResourceType.indexTree, 'the root record of that index'],
  [ResourceType.vfsNode, 'the only leaf of the file tree'],
  [ResourceType.vfsTree, 'the root record of the file tree'],
  [ResourceType.errorNode, 'the empty leaf of the tree of errors'],
  [ResourceType.errorTree, 'its root record'],
  [ResourceType.xattrNode, 'the empty leaf of the tree of attributes'],
  [ResourceType.xattrTree, 'its root record'],
  [ResourceType.snapshot, "the snapshot's header"],
]);

/** The text of the section "Example" for these bytes. */
export async function workedExampleText(bytes: Uint8Array): Promise<string> {
  const archive = await openArchive(new MemorySource(bytes, 'example.ptar'), { primitives: nodePrimitives });
  const { layout, state } = archive.parts;
  const { blobs } = state;
  const lines: string[] = [
    `An archive of ${bytes.length} bytes with one snapshot of one file: plaintext, BLAKE3, not compressed. It is made by \`scripts/make-vectors.ts\`,`,
    'with random numbers that are always the same; a test decodes the bytes below. Titles count bytes in decimal, rows begin with their offset in hex.',
    '',
  ];
  let at = 0;
  const part = (length: number, title: string, ...details: string[]): void => {
    lines.push(`**${at}: ${title}** (${length} bytes)`, '', '```hex');
    for (let row = at; row < at + length; row += ROW_LENGTH) {
      const hex = toHex(bytes.subarray(row, Math.min(row + ROW_LENGTH, at + length)));
      lines.push(`${row.toString(16).padStart(4, '0')}  ${(hex.match(/.{1,8}/g) ?? []).join(' ')}`);
    }
    lines.push('```', '', ...details.flatMap((detail) => [detail, '']));
    at += length;
  };
  const record = (offset: number, length: number): string =>
    `\`${formatDump(dumpMsgpack(bytes.subarray(offset, offset + length)))}\``;

  part(12, 'prologue', '`_PLATAR_` and version 1.0.0.');
  part(16, 'header of the configuration', '`_KLOSET_`, resource type 1, version 1.0.0.');
  part(layout.configuration.length - 48, 'configuration', record(at, layout.configuration.length - 48));
  part(32, 'MAC of the configuration', 'BLAKE3 of the bytes from 12 on, without a key.');
  part(
    16,
    'header of the packfile',
    '`_KLOSET_`, resource type 4, version 1.0.0. Offsets of blobs count from its end.',
  );
  for (let index = 0; index < blobs.count; index++) {
    const type = blobs.type(index);
    const isRecord = type !== ResourceType.chunk;
    const isShort = type === ResourceType.object || type === ResourceType.vfsEntry;
    const title = TITLES.get(type) ?? `resource type ${type}`;
    const id = `Resource type ${type}, id \`${toHex(blobs.id(index))}\`.${isShort ? ' A short record.' : ''}`;
    part(blobs.length(index), title, id, ...(isRecord ? [record(at, blobs.length(index))] : []));
  }
  part(
    blobs.count * 56,
    'index of the packfile',
    `${blobs.count} records of 56 bytes: resource type, version, id, offset, length, flags.`,
  );
  part(
    56,
    'footer of the packfile',
    `Timestamp, count (${blobs.count}), offset of the index, MAC of the index, flags.`,
  );
  part(4, 'length of the footer', '56.');
  part(
    32,
    'MAC of the packfile',
    `Keyed BLAKE3 of the bytes from ${layout.packfile.offset} on, with the BLAKE3 hash of the RepositoryID as key.`,
  );
  part(16, 'header of the state', '`_KLOSET_`, resource type 3, version 1.1.0.');
  part(32, 'parent of the state', 'There is none.');
  part(
    blobs.count * 90,
    'LOCATIONS',
    `${blobs.count} entries: type 2, length 85; resource type, version, id, packfile, offset, length, flags.`,
  );
  part(77, 'PACKFILE', 'Type 4, length 72; packfile, state, timestamp.');
  part(29, 'metadata', 'Type 1, version, timestamp, serial: the RepositoryID.');
  part(32, 'MAC of the state', `As that of the packfile, of the bytes from ${layout.state.offset} on.`);
  part(
    48,
    'trailer',
    `Configuration at 12, ${layout.configuration.length} bytes; packfile at ${layout.packfile.offset}, ${layout.packfile.length}; state at ${layout.state.offset}, ${layout.state.length}.`,
  );
  return lines.join('\n');
}

/** The bytes that a text shows: of all its blocks of hex. */
export function bytesOfHexBlocks(text: string): Uint8Array {
  const blocks = text.match(/^```hex\n[^`]*^```$/gm) ?? [];
  const rows = blocks.flatMap((block) => block.split('\n').slice(1, -1));
  return new Uint8Array(Buffer.from(rows.map((row) => row.slice(6).replaceAll(' ', '')).join(''), 'hex'));
}
