/** Area `truncation`: bytes that are missing, of the file and of what is in it. */
import { concatBytes } from '../../../src/format/bytes.ts';
import { joinContainer } from '../../../src/format/container.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import { encodeSnapshotHeader } from '../../../src/format/snapshot-header.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned, sample, type Sample } from './area.ts';
import { PASSPHRASE } from './forge.ts';

const cut = fails('FORMAT_TRUNCATED', 'Container', 'open');
const layout = fails('FORMAT_LAYOUT', 'Container', 'open');

function* fileCuts({ forge }: Sample): Generator<Case> {
  const whole = forge.archive();
  const { configuration, packfile, state } = forge.parts();
  const packfileStart = 12 + configuration.length;
  const stateStart = packfileStart + packfile.length;
  const trailerStart = stateStart + state.length;
  const cuts: readonly (readonly [name: string, length: number, what: string, expect: Expectation])[] = [
    ['empty', 0, 'no bytes at all', cut],
    ['magic_half', 4, 'half of the magic', fails('FORMAT_FOREIGN', 'Container', 'open')],
    ['magic_only', 8, 'the magic only', cut],
    ['version_half', 10, 'half of the version', cut],
    ['prologue_only', 12, 'the prologue only', cut],
    ['configuration_header', 28, 'up to the header of the configuration', cut],
    ['shortest_container', 203, 'one byte less than the shortest container', cut],
    ['configuration_end', packfileStart, 'up to the end of the configuration', layout],
    ['packfile_header', packfileStart + 16, 'up to the header of the packfile', layout],
    ['packfile_middle', packfileStart + (packfile.length >>> 1), 'up to the middle of the packfile', layout],
    ['packfile_end', stateStart, 'up to the end of the packfile', layout],
    ['state_middle', stateStart + (state.length >>> 1), 'up to the middle of the state', layout],
    ['trailer_missing', trailerStart, 'everything but the trailer', layout],
    ['trailer_half', trailerStart + 24, 'half of the trailer', layout],
    ['last_byte', whole.length - 1, 'everything but the last byte', layout],
  ];
  for (const [name, length, what, expect] of cuts) {
    yield { name, comment: `A file cut short: ${what}.`, expect, archive: whole.slice(0, length) };
  }
  yield {
    name: 'first_byte',
    comment: 'The first byte is missing, everything else is there.',
    expect: fails('FORMAT_FOREIGN', 'Container', 'open'),
    archive: whole.slice(1),
  };
}

function* partCuts({ forge }: Sample): Generator<Case> {
  const { configuration, packfile, state } = forge.parts();
  yield {
    name: 'state_last_byte',
    comment: 'The last byte of the wrapped state is missing; the trailer says so.',
    expect: fails('INTEGRITY_MAC', 'Wrapped object', 'open'),
    archive: joinContainer(configuration, packfile, state.subarray(0, -1)),
  };
  yield {
    name: 'state_without_entries',
    comment: 'The wrapped state has no data; its MAC is right.',
    expect: fails('FORMAT_TRUNCATED', 'State', 'open'),
    archive: forge.archive({ stateStored: () => new Uint8Array() }),
  };
  yield {
    name: 'state_parent',
    comment: 'The state ends within the MAC of its parent.',
    expect: fails('FORMAT_TRUNCATED', 'State', 'open'),
    archive: forge.archive({ state: (bytes) => bytes.slice(0, 31) }),
  };
  yield {
    name: 'state_entry',
    comment: 'The state ends within an entry.',
    expect: fails('FORMAT_TRUNCATED', 'State', 'open'),
    archive: forge.archive({ state: (bytes) => bytes.slice(0, 32 + 5 + 40) }),
  };
  yield {
    name: 'state_metadata_missing',
    comment: 'The state ends where its metadata should begin.',
    expect: fails('FORMAT_TRUNCATED', 'State', 'open'),
    archive: forge.archive({ state: (bytes) => bytes.slice(0, -29) }),
  };
  yield {
    name: 'state_metadata_half',
    comment: 'The metadata of the state is cut.',
    expect: fails('FORMAT_LAYOUT', 'State', 'open'),
    archive: forge.archive({ state: (bytes) => bytes.slice(0, -10) }),
  };
  yield {
    name: 'packfile_data',
    comment:
      'The packfile lost its last bytes, blobs, index and footer among them; its MAC and the trailer are right for what is left.',
    expect: fails('FORMAT_LAYOUT', 'State', 'open'),
    archive: forge.archive({ packfile: (data) => data.slice(0, 200) }),
  };
}

async function* blobCuts(): AsyncGenerator<Case> {
  for (const [name, options, expect] of [
    ['lz4_blob', { compression: 'LZ4' }, fails('FORMAT_COMPRESSION', 'Encoding', 'read')],
    ['gzip_blob', { compression: 'GZIP' }, fails('FORMAT_COMPRESSION', 'Encoding', 'read')],
    ['sealed_blob', { encrypted: true }, fails('INTEGRITY_SEAL', 'Encoding', 'read')],
    ['plain_blob', {}, fails('INTEGRITY_BLOB', 'Keys and sealing', 'read')],
  ] as const) {
    const tree = planned(options);
    const { forge } = tree;
    const chunk = Buffer.from('content that is cut');
    const stored = forge.codec.encode(chunk);
    forge.putStored(ResourceType.chunk, forge.keys.mac.mac(chunk), stored.subarray(0, -1));
    tree.file('/cut', chunk);
    await tree.snapshot();
    yield {
      name,
      comment: `The stored bytes of a chunk lack the last one (${name.split('_')[0]}).`,
      expect,
      ...(forge.key && { passphrase: PASSPHRASE }),
      archive: forge.archive(),
    };
  }
  const tree = planned();
  const { forge } = tree;
  const header = await tree.header();
  forge.putAs(ResourceType.snapshot, header.identifier, encodeSnapshotHeader(header).subarray(0, -1));
  yield {
    name: 'header_record',
    comment: "A snapshot's header lacks its last byte.",
    expect: fails('FORMAT_ENCODING', 'Conventions', 'snapshot'),
    archive: forge.archive(),
  };
  yield {
    name: 'bytes_appended',
    comment: 'The opposite: a byte follows the trailer.',
    expect: layout,
    archive: concatBytes([forge.archive(), new Uint8Array(1)]),
  };
}

/** All vectors of the area. */
export async function truncation(): Promise<Vector[]> {
  const whole = await sample();
  async function* all(): AsyncGenerator<Case> {
    yield* fileCuts(whole);
    yield* partCuts(whole);
    yield* blobCuts();
  }
  return area('truncation', all());
}
