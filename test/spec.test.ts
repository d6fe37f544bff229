/** The specification and the code say the same: tables against constants and encoders, names of sections, the worked example in hex. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { viewOf } from '../src/format/bytes.ts';
import { BlobIndex } from '../src/format/blob-index.ts';
import { encodePrologue, PROLOGUE_LENGTH, TRAILER_LENGTH } from '../src/format/container.ts';
import * as fileMode from '../src/format/file-mode.ts';
import * as limits from '../src/format/limits.ts';
import {
  encodeFooter,
  encodeIndex,
  FOOTER_LENGTH,
  FOOTER_LENGTH_LENGTH,
  INDEX_RECORD_LENGTH,
} from '../src/format/packfile.ts';
import { ResourceType, VERSION_1_0_0 } from '../src/format/resource-type.ts';
import { SEGMENT_OVERHEAD, SEGMENT_SIZE, SUBKEY_BLOCK_LENGTH } from '../src/format/sealing.ts';
import { encodeState } from '../src/format/state.ts';
import {
  encodeWrappedHeader,
  WRAPPED_HEADER_LENGTH,
  WRAPPED_MAC_LENGTH,
} from '../src/format/wrapped-object.ts';
import { opened } from './format/written-archive.ts';
import { dumpMsgpack, type DumpedField } from './format/msgpack-dump.ts';
import { sampleRecords } from './spec-records.ts';
import { Specification, type Row } from './spec-tables.ts';
import { workedExample } from './vectors/generate/worked-example.ts';
import { bytesOfHexBlocks } from './vectors/generate/worked-example-text.ts';
import { parseVector } from './vectors/vector-file.ts';

const root = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const specification = new Specification(read('spec/ptar-format.md'));
const sources = ['src/format', 'src/platform/node'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name: `${folder}/${name}`, text: read(`${folder}/${name}`) })),
);

/** Bytes of a fixed field in a layout's prose: `id (32)`, `version (u32)`. */
const WIDTHS: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, i64: 8 };

/** The fields of `a (u8), b (32)`, with their offsets from `start`. */
function fieldsOf(prose: string, start = 0): Map<string, number> {
  const offsets = new Map<string, number>();
  let offset = start;
  for (const [, name = '', width = ''] of prose.matchAll(
    /([a-z ]+?)(?:, in Unix nanoseconds)? \((\w+)\)/gi,
  )) {
    offsets.set(name.trim(), offset);
    offset += WIDTHS[width] ?? Number(width);
  }
  offsets.set('end', offset);
  return offsets;
}

describe('specification', () => {
  it('names the limits of the code', () => {
    const rows = specification.table('Limits').map(([name, value]) => [name, Number(value)]);
    assert.deepEqual(Object.fromEntries(rows), { ...limits });
  });

  it('registers the resource types of the code', () => {
    const rows = specification.table('Registry').map(([number, , name]) => [name, Number(number)]);
    assert.deepEqual(Object.fromEntries(rows), ResourceType);
  });

  it('has the bits of file modes', () => {
    const bits = new Map(
      specification.table('file_info', 1).map(([bit, meaning = '']) => [meaning.split(',')[0], Number(bit)]),
    );
    const names = [
      ['directory', fileMode.MODE_DIRECTORY],
      ['symbolic link', fileMode.MODE_SYMLINK],
      ['device', fileMode.MODE_DEVICE],
      ['named pipe', fileMode.MODE_NAMED_PIPE],
      ['socket', fileMode.MODE_SOCKET],
      ['setuid', fileMode.MODE_SETUID],
      ['setgid', fileMode.MODE_SETGID],
      ['character device', fileMode.MODE_CHARACTER_DEVICE],
      ['sticky', fileMode.MODE_STICKY],
      ['irregular', fileMode.MODE_IRREGULAR],
    ] as const;
    for (const [name, mode] of names) assert.equal(2 ** (bits.get(name) ?? -1), mode, name);
  });

  it('lays out container and wrapped objects as the code does', () => {
    const container = specification.table('Container');
    assert.deepEqual(
      container.map(([part]) => part),
      ['prologue', 'configuration', 'packfile', 'state', 'trailer'],
    );
    assert.equal(Number(container[0]?.[2]), PROLOGUE_LENGTH);
    assert.equal(encodePrologue().length, PROLOGUE_LENGTH);
    assert.equal(Number(container[4]?.[2]), TRAILER_LENGTH);
    const [magic, type, version, data, mac] = specification.table('Wrapped object');
    const header = viewOf(encodeWrappedHeader(77, VERSION_1_0_0));
    assert.match(magic?.[2] ?? '', /^_KLOSET_;/);
    assert.equal(header.getUint32(Number(type?.[0]), true), 77);
    assert.equal(header.getUint32(Number(version?.[0]), true), VERSION_1_0_0);
    assert.equal(Number(data?.[0]), WRAPPED_HEADER_LENGTH);
    assert.equal(Number(mac?.[1]), WRAPPED_MAC_LENGTH);
    const [subkey, segment] = specification.table('Sealing');
    assert.equal(Number(subkey?.[1]), SUBKEY_BLOCK_LENGTH);
    assert.equal(segment?.[1], `12 + n + ${SEGMENT_OVERHEAD - 12}`);
    assert.ok(specification.section('Sealing').includes(`holds ${SEGMENT_SIZE} bytes of plaintext`));
  });

  it('lays out index and footer of the packfile as the code does', () => {
    const blobs = new BlobIndex(1, 0);
    blobs.add(9, new Uint8Array(32).fill(7), 0x1122, 0x33);
    const [type, version, id, offset, length, flags] = layout(
      specification.table('Index record'),
      INDEX_RECORD_LENGTH,
    );
    const record = viewOf(encodeIndex(blobs));
    assert.equal(record.getUint32(type!, true), 9);
    assert.equal(record.getUint32(version!, true), VERSION_1_0_0);
    assert.equal(record.getUint8(id!), 7);
    assert.equal(record.getBigUint64(offset!, true), 0x1122n);
    assert.equal(record.getUint32(length!, true), 0x33);
    assert.equal(record.getUint32(flags!, true), 0);
    const [timestamp, count, index, mac] = layout(specification.table('Footer'), FOOTER_LENGTH);
    const footer = viewOf(
      encodeFooter({ timestampNs: 5n, count: 6, indexOffset: 7, indexMac: new Uint8Array(32).fill(8) }),
    );
    assert.deepEqual(
      [
        footer.getBigInt64(timestamp!, true),
        footer.getUint32(count!, true),
        footer.getBigUint64(index!, true),
        footer.getUint8(mac!),
      ],
      [5n, 6, 7n, 8],
    );
    assert.equal(Number(specification.table('Packfile')[3]?.[1]), FOOTER_LENGTH_LENGTH);
  });

  it('lays out the state as the code does', () => {
    const entries = new Map(specification.table('State', 1).map((row) => [row[0], row]));
    for (const [name, row] of entries) {
      if (name !== 'CONFIGURATION') assert.equal(fieldsOf(row[3] ?? '').get('end'), Number(row[2]), name);
    }
    const blobs = new BlobIndex(1, 0);
    blobs.add(9, new Uint8Array(32).fill(7), 0x1122, 0x33);
    const facts = {
      packfileId: new Uint8Array(32).fill(1),
      stateId: new Uint8Array(32).fill(2),
      timestampNs: 3n,
      serial: new Uint8Array(16).fill(4),
    };
    const bytes = encodeState(blobs, facts);
    const view = viewOf(bytes);
    const [parent, , metadata] = specification.table('State').map((row) => Number(row[1]));
    let at = parent!;
    const locations = fieldsOf(entries.get('LOCATIONS')?.[3] ?? '', at + 5);
    assert.equal(bytes[at], Number(entries.get('LOCATIONS')?.[1]));
    assert.equal(view.getUint32(at + 1, true), Number(entries.get('LOCATIONS')?.[2]));
    assert.equal(bytes[locations.get('resource type')!], 9);
    assert.equal(view.getUint32(locations.get('version')!, true), VERSION_1_0_0);
    assert.equal(bytes[locations.get('id')!], 7);
    assert.equal(bytes[locations.get('packfile')!], 1);
    assert.equal(view.getBigUint64(locations.get('offset')!, true), 0x1122n);
    assert.equal(view.getUint32(locations.get('length')!, true), 0x33);
    at = locations.get('end')!;
    const packfile = fieldsOf(entries.get('PACKFILE')?.[3] ?? '', at + 5);
    assert.equal(bytes[at], Number(entries.get('PACKFILE')?.[1]));
    assert.equal(bytes[packfile.get('state')!], 2);
    assert.equal(bytes.length - packfile.get('end')!, metadata);
    assert.equal(bytes[packfile.get('end')!], 1);
  });

  for (const { name, table, full, zero } of sampleRecords) {
    it(`has the fields of ${name} in their order, with their types`, () => {
      const rows = table(specification);
      const fields = dumpMsgpack(full).value as DumpedField[];
      assert.deepEqual(
        fields.map((field) => field.name),
        rows.map(([field]) => field),
      );
      for (const [index, [field, type = '']] of rows.entries()) {
        assert.equal(fields[index]?.value.type, dumpedType(type, fields[index]), `${name}.${field ?? ''}`);
      }
      const always = rows.filter(([, type]) => !isOptional(name, type)).map(([field]) => field);
      const there = (dumpMsgpack(zero).value as DumpedField[]).map((field) => field.name);
      assert.deepEqual(there, always);
    });
  }

  it('has every section that the code names', () => {
    const headings = specification.headings();
    for (const { name, text } of sources) {
      for (const [, section = ''] of text.matchAll(/(?:section: |SECTION = )'([^']+)'/g)) {
        assert.ok(headings.has(section), `${name}: ${section}`);
      }
      for (const [, list = ''] of text.matchAll(/spec(?:ification)?\s+(?:\* )?("[^"]+"(?:, "[^"]+")*)/g)) {
        for (const [, section = ''] of list.matchAll(/"([^"]+)"/g)) {
          assert.ok(headings.has(section), `${name}: ${section}`);
        }
      }
    }
  });

  it('has every error code, with the sections that the code and the vectors name', () => {
    const rows = new Map(
      specification.table('Errors').map(([code = '', , where = '']) => [code, where.split(', ')]),
    );
    const unions = read('src/errors.ts')
      .split('export type ')
      .filter((text) => /^(Format|Integrity|Key)ErrorCode/.test(text));
    const codes = unions.flatMap((text) => [...text.matchAll(/\| '(\w+)'/g)].map(([, code]) => code ?? ''));
    assert.deepEqual(
      [...rows.keys()].sort(),
      [...new Set([...codes, 'INTEGRITY_SIGNATURE', 'NOT_FOUND_PATH'])].sort(),
    );
    for (const [code, sections] of rows) {
      for (const section of sections) assert.ok(specification.headings().has(section), `${code}: ${section}`);
    }
    for (const { code, section, where } of [...codesOfSources(), ...codesOfVectors()]) {
      assert.ok(
        rows.get(code)?.includes(section),
        `${where} has ${code} in "${section}": the table in "Errors" does not`,
      );
    }
  });

  it('leads every link within it somewhere', () => {
    const anchors = new Set(
      [...specification.headings()].map((heading) =>
        heading
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    for (const [, anchor = ''] of specification.text.matchAll(/\]\(#([^)]+)\)/g)) {
      assert.ok(anchors.has(anchor), anchor);
    }
  });

  it('shows an archive that is one', async () => {
    const bytes = bytesOfHexBlocks(specification.section('Example'));
    assert.equal(Buffer.compare(bytes, await workedExample()), 0);
    const archive = await opened(bytes);
    const [snapshot] = await archive.snapshots();
    const entry = await snapshot!.entry('/hello');
    assert.equal(Buffer.from(await snapshot!.bytes(entry, 100)).toString(), 'hello\n');
  });

  it('counts its vectors', () => {
    const files = readdirSync(path.join(root, 'test/vectors')).filter((name) => name.endsWith('.vec'));
    assert.ok(
      read('test/vectors/README.md').includes(`${files.length} small archives`),
      String(files.length),
    );
  });
});

/** The offsets of a table of `offset | length | content`, which must follow each other up to `total`. */
function layout(rows: readonly Row[], total: number): number[] {
  let end = 0;
  for (const [offset, length] of rows) {
    assert.equal(Number(offset), end);
    end += Number(length);
  }
  assert.equal(end, total);
  return rows.map(([offset]) => Number(offset));
}

/** The type that a value of the type in a table has when it is dumped. */
function dumpedType(type: string, field: DumpedField | undefined): string | undefined {
  const [word = ''] = type.replace(', optional', '').split(/ or | of /);
  if (word === 'bytes') return field?.value.type.endsWith('byte') === true ? field.value.type : 'bytes';
  if (field?.value.type === 'nil') return type.includes('nil') ? 'nil' : undefined;
  return word.endsWith('record') ? 'record' : word;
}

function isOptional(name: string, type: string | undefined): boolean {
  // The table of summaries says it of all fields at once. A [n]byte is never zero, nor is a record that holds one.
  if (name.startsWith('summary')) return true;
  return type?.endsWith('optional') === true && !/^\[\d+\]byte, /.test(type);
}

function* codesOfSources(): Generator<{ code: string; section: string; where: string }> {
  for (const { name, text } of sources) {
    const own = /SECTION = '([^']+)'/.exec(text)?.[1];
    for (const [, code = '', , given] of text.matchAll(
      /new (?:Format|Integrity)Error\(\s*'(\w+)'((?:(?!new )[\s\S])*?)section: (?:'([^']+)'|SECTION)/g,
    )) {
      yield { code, section: given ?? own ?? '', where: name };
    }
  }
}

function* codesOfVectors(): Generator<{ code: string; section: string; where: string }> {
  const folder = path.join(root, 'test/vectors');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.vec'))) {
    const { expect } = parseVector(readFileSync(path.join(folder, name), 'utf8'));
    if ('error' in expect) {
      yield { code: expect.error, section: expect.section, where: name };
    }
  }
}
