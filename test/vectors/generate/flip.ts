/** Area `flip`: one bit changed, in every region of the file. */
import { concatBytes, encodeUtf8 } from '../../../src/format/bytes.ts';
import { encodeGzip } from '../../../src/format/gzip.ts';
import { xxhash32 } from '../../../src/format/xxhash32.ts';
import { ResourceType, type ResourceType as ResourceTypeNumber } from '../../../src/format/resource-type.ts';
import type { Expectation, Layer, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned, sample, type Sample } from './area.ts';
import { edited } from './forge.ts';

const wrapped = (error: string, layer: Layer = 'open'): Expectation => fails(error, 'Wrapped object', layer);
const layout = fails('FORMAT_LAYOUT', 'Container', 'open');
const damagedBlob = fails('INTEGRITY_BLOB', 'Keys and sealing', 'read');

function flipAt(bytes: Uint8Array, at: number): Uint8Array {
  return edited(bytes, (copy) => {
    copy[at] = (copy[at] ?? 0) ^ 0x04;
  });
}

function* regions({ forge }: Sample): Generator<Case> {
  const whole = forge.archive();
  const { configuration, packfile, state } = forge.parts();
  const [at1, at2] = [12, 12 + configuration.length];
  const at3 = at2 + packfile.length;
  const at4 = at3 + state.length;
  const repositoryId = at1 + Buffer.from(configuration).indexOf('RepositoryID') + 14;
  const places: readonly (readonly [name: string, at: number, expect: Expectation])[] = [
    ['prologue_magic', 3, fails('FORMAT_FOREIGN', 'Container', 'open')],
    ['prologue_version', 8, fails('FORMAT_VERSION', 'Container', 'open')],
    ['configuration_magic', at1, wrapped('FORMAT_LAYOUT')],
    ['configuration_type', at1 + 8, wrapped('FORMAT_LAYOUT')],
    ['configuration_version', at1 + 12, wrapped('FORMAT_VERSION')],
    ['configuration_data', repositoryId, wrapped('INTEGRITY_MAC')],
    ['configuration_mac', at2 - 1, wrapped('INTEGRITY_MAC')],
    ['packfile_magic', at2, wrapped('FORMAT_LAYOUT', 'check')],
    ['packfile_type', at2 + 8, wrapped('FORMAT_LAYOUT', 'check')],
    ['packfile_version', at2 + 12, wrapped('FORMAT_VERSION', 'check')],
    ['packfile_index', at3 - 32 - 4 - 56 - 20, fails('INTEGRITY_MAC', 'Packfile', 'check')],
    ['packfile_footer', at3 - 32 - 4 - 56 + 19, fails('FORMAT_LAYOUT', 'Packfile', 'check')],
    ['packfile_footer_length', at3 - 32 - 4, fails('FORMAT_LAYOUT', 'Packfile', 'check')],
    ['packfile_mac', at3 - 1, wrapped('INTEGRITY_MAC', 'check')],
    ['state_magic', at3 + 7, wrapped('FORMAT_LAYOUT')],
    ['state_type', at3 + 8, wrapped('FORMAT_LAYOUT')],
    ['state_version', at3 + 14, wrapped('FORMAT_VERSION')],
    ['state_data', at3 + 100, wrapped('INTEGRITY_MAC')],
    ['state_mac', at4 - 32, wrapped('INTEGRITY_MAC')],
    ['trailer_configuration', at4, layout],
    ['trailer_packfile', at4 + 24, layout],
    ['trailer_state', at4 + 40, layout],
  ];
  for (const [name, at, expect] of places) {
    yield {
      name,
      comment: `One bit flipped: ${name.replace('_', ', ')}.`,
      expect,
      archive: flipAt(whole, at),
    };
  }
}

function* footers({ forge }: Sample): Generator<Case> {
  const flipped = (at: number) => (footer: Uint8Array) => flipAt(footer, at);
  yield {
    name: 'index_mac_in_footer',
    comment:
      "One bit flipped in the MAC of the index in the packfile's footer; the MAC of the packfile is right for that.",
    expect: fails('INTEGRITY_MAC', 'Packfile', 'check'),
    archive: forge.archive({ footer: flipped(25) }),
  };
}

function* blobs(
  { forge, opener }: Sample,
  suffix: string,
  only: readonly string[],
  expect: Expectation,
): Generator<Case> {
  const whole = forge.archive();
  const dataStart = 12 + forge.parts().configuration.length + 16;
  const types: Record<string, ResourceTypeNumber> = {
    chunk: ResourceType.chunk,
    object: ResourceType.object,
    entry: ResourceType.vfsEntry,
    node: ResourceType.vfsNode,
    tree: ResourceType.vfsTree,
    header: ResourceType.snapshot,
  };
  for (const name of only) {
    let index = 0;
    while (forge.blobs.type(index) !== types[name]) index++;
    const at = dataStart + forge.blobs.offset(index) + forge.blobs.length(index) - 3;
    yield {
      name: `${name}${suffix}`,
      comment: `One bit flipped in the stored bytes of a ${name}${suffix.replace('_', ', ')}.`,
      expect,
      ...opener,
      archive: flipAt(whole, at),
    };
  }
}

/** Compressed chunks whose content is right and whose checksum is not. */
async function* checksums(): AsyncGenerator<Case> {
  const content = encodeUtf8('content');
  const u32 = (value: number): Uint8Array =>
    edited(new Uint8Array(4), (_, view) => view.setUint32(0, value, true));
  const lz4 = (flags: number, ...behind: readonly Uint8Array[]): Uint8Array => {
    const descriptor = Uint8Array.of(flags, 0x40);
    const head = [u32(0x184d2204), descriptor, Uint8Array.of((xxhash32(descriptor) >>> 8) & 0xff)];
    return concatBytes([...head, u32(0x8000_0000 + content.length), content, ...behind]);
  };
  const wrong = u32(xxhash32(content) ^ 4);
  const gzip = encodeGzip(content);
  for (const [name, comment, compression, stored] of [
    ['lz4_header_checksum', "The checksum of an LZ4 frame's header.", 'LZ4', flipAt(lz4(0x60, u32(0)), 6)],
    ['lz4_block_checksum', 'The checksum of an LZ4 block.', 'LZ4', lz4(0x70, wrong, u32(0))],
    ['lz4_content_checksum', 'The checksum of the content of an LZ4 frame.', 'LZ4', lz4(0x64, u32(0), wrong)],
    ['gzip_crc', 'The CRC of a GZIP member.', 'GZIP', flipAt(gzip, gzip.length - 8)],
    ['gzip_size', 'The size in a GZIP member.', 'GZIP', flipAt(gzip, gzip.length - 4)],
  ] as const) {
    const tree = planned({ compression });
    tree.forge.putStored(ResourceType.chunk, tree.forge.keys.mac.mac(content), stored);
    tree.file('/file', content);
    await tree.snapshot();
    const expect = fails('FORMAT_COMPRESSION', 'Encoding', 'read');
    yield {
      name,
      comment: `One bit flipped: ${comment[0]?.toLowerCase() ?? ''}${comment.slice(1)}`,
      expect,
      archive: tree.forge.archive(),
    };
  }
}

/** All vectors of the area. */
export async function flip(): Promise<Vector[]> {
  const plain = await sample();
  const sealed = await sample({ encrypted: true });
  const sha256 = await sample({ hashing: 'SHA256' });
  async function* all(): AsyncGenerator<Case> {
    yield* checksums();
    yield* regions(plain);
    yield* footers(plain);
    yield* blobs(plain, '', ['chunk', 'object', 'entry', 'node', 'tree'], damagedBlob);
    yield* blobs(plain, '_plaintext', ['header'], fails('INTEGRITY_MAC', 'Wrapped object', 'check'));
    yield* blobs(sha256, '_sha256', ['chunk'], damagedBlob);
    yield* blobs(sealed, '_sealed', ['chunk', 'entry', 'node'], fails('INTEGRITY_SEAL', 'Encoding', 'read'));
    yield* blobs(sealed, '_sealed', ['header'], fails('INTEGRITY_SEAL', 'Encoding', 'snapshot'));
  }
  return area('flip', all());
}
