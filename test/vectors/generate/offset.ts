/** Area `offset`: places that are not in the file, overlap, or are elsewhere. */
import { ResourceType } from '../../../src/format/resource-type.ts';
import { joinContainer } from '../../../src/format/container.ts';
import type { Expectation, Layer, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned, sample, type Sample } from './area.ts';
import { edited, type Forge } from './forge.ts';

const HEAD = 32;
const ENTRY = 90;

/** Offset in the state's plaintext of the location of the first blob of this type. */
export function locationOf(forge: Forge, type: ResourceType): number {
  for (let index = 0; index < forge.blobs.count; index++) {
    if (forge.blobs.type(index) === type) return HEAD + index * ENTRY + 5;
  }
  throw new Error(`no blob of type ${type}`);
}

function* trailers({ forge }: Sample): Generator<Case> {
  const whole = forge.archive();
  const { configuration, packfile } = forge.parts();
  const packfileStart = BigInt(12 + configuration.length);
  const stateStart = packfileStart + BigInt(packfile.length);
  const trailer = (name: string, comment: string, slot: number, value: bigint): Case => ({
    name: `trailer_${name}`,
    comment,
    expect: fails('FORMAT_LAYOUT', 'Container', 'open'),
    archive: edited(whole, (copy, view) => view.setBigInt64(copy.length - 48 + slot * 8, value, true)),
  });
  yield trailer(
    'configuration_zero',
    'The trailer puts the configuration at the beginning of the file.',
    0,
    0n,
  );
  yield trailer('configuration_negative', 'The trailer puts the configuration before the file.', 0, -12n);
  yield trailer('configuration_beyond', 'The trailer puts the configuration beyond the file.', 0, 1n << 40n);
  yield trailer(
    'packfile_overlaps',
    'The trailer lets the packfile begin within the configuration.',
    2,
    packfileStart - 1n,
  );
  yield trailer(
    'packfile_gap',
    'The trailer leaves a byte between configuration and packfile.',
    2,
    packfileStart + 1n,
  );
  yield trailer('packfile_negative', 'The offset of the packfile is the least i64.', 2, -(1n << 63n));
  yield trailer('state_is_packfile', 'The trailer puts the state where the packfile is.', 4, packfileStart);
  yield trailer('state_most', 'The offset of the state is the greatest i64.', 4, (1n << 63n) - 1n);
  yield trailer(
    'state_above_2_53',
    'The offset of the state is its own plus 2^53.',
    4,
    stateStart + (1n << 53n),
  );
  yield trailer(
    'state_plus_2_32',
    'The offset of the state is its own plus 2^32: 32-bit arithmetic does not see it.',
    4,
    stateStart + (1n << 32n),
  );
}

function* orders({ forge }: Sample): Generator<Case> {
  const { configuration, packfile, state } = forge.parts();
  yield {
    name: 'parts_in_other_order',
    comment:
      'State before packfile; the trailer says where they are, with a state where the packfile belongs.',
    expect: fails('FORMAT_LAYOUT', 'Wrapped object', 'open'),
    archive: joinContainer(configuration, state, packfile),
  };
  const swapped = joinContainer(configuration, state, packfile);
  yield {
    name: 'parts_in_other_order_said',
    comment: 'State before packfile, and a trailer that names each where it is.',
    expect: fails('FORMAT_LAYOUT', 'Container', 'open'),
    archive: edited(swapped, (copy) => {
      const at = copy.length - 48;
      const [second, third] = [copy.slice(at + 16, at + 32), copy.slice(at + 32)];
      copy.set(third, at + 16);
      copy.set(second, at + 32);
    }),
  };
}

function* locations({ forge }: Sample): Generator<Case> {
  const chunk = locationOf(forge, ResourceType.chunk);
  const moved = (
    name: string,
    comment: string,
    value: (offset: bigint) => bigint,
    expect: Expectation,
  ): Case => ({
    name: `location_${name}`,
    comment,
    expect,
    archive: forge.archive({
      state: (bytes) =>
        edited(bytes, (_, view) =>
          view.setBigUint64(chunk + 69, value(view.getBigUint64(chunk + 69, true)), true),
        ),
    }),
  });
  const beyond = fails('FORMAT_LAYOUT', 'State', 'open');
  const wrong = (layer: Layer): Expectation => fails('INTEGRITY_BLOB', 'Keys and sealing', layer);
  const length = BigInt(forge.parts().packfile.length - 48);
  yield moved('beyond', 'A location begins where the data of the packfile ends.', () => length, beyond);
  yield moved('most', 'A location at 2^64 − 1: offset and length overflow.', () => (1n << 64n) - 1n, beyond);
  yield moved('negative', 'A location at −1 as i64 plus its length.', () => (1n << 64n) - 17n, beyond);
  yield moved(
    'above_2_53',
    'A location at 2^53 plus its own offset.',
    (offset) => offset + (1n << 53n),
    beyond,
  );
  yield moved(
    'plus_2_32',
    'A location at 2^32 plus its own offset.',
    (offset) => offset + (1n << 32n),
    beyond,
  );
  yield moved('off_by_one', 'A location one byte behind the blob.', (offset) => offset + 1n, wrong('read'));
  yield moved('in_index', "A location within the packfile's index.", () => length - 300n, wrong('read'));
  yield {
    name: 'locations_swapped',
    comment: 'Two chunks each at the place of the other.',
    expect: wrong('read'),
    archive: forge.archive({ state: (bytes) => swapLocations(forge, bytes) }),
  };
}

/** The places of the first two chunks exchanged. */
function swapLocations(forge: Forge, state: Uint8Array): Uint8Array {
  const places: number[] = [];
  for (let index = 0; index < forge.blobs.count; index++) {
    if (forge.blobs.type(index) === ResourceType.chunk) places.push(HEAD + index * ENTRY + 5 + 69);
  }
  const [one = 0, two = 0] = places;
  return edited(state, (copy) => {
    const kept = copy.slice(one, one + 12);
    copy.copyWithin(one, two, two + 12);
    copy.set(kept, two);
  });
}

function* indexes({ forge }: Sample): Generator<Case> {
  const check = fails('FORMAT_LAYOUT', 'Packfile', 'check');
  yield {
    name: 'index_beyond',
    comment: "The footer puts the index beyond the packfile's data.",
    expect: check,
    archive: forge.archive({
      footer: (bytes) => edited(bytes, (_, view) => view.setBigUint64(12, 1n << 40n, true)),
    }),
  };
  yield {
    name: 'index_record_beyond',
    comment: 'A record of the index points beyond the blobs.',
    expect: check,
    archive: forge.archive({
      index: (bytes) => edited(bytes, (_, view) => view.setBigUint64(40, 1n << 40n, true)),
    }),
  };
  yield {
    name: 'index_record_overflows',
    comment: 'Offset and length of a record of the index overflow together.',
    expect: check,
    archive: forge.archive({
      index: (bytes) => edited(bytes, (_, view) => view.setBigUint64(40, (1n << 64n) - 1n, true)),
    }),
  };
  yield {
    name: 'index_contradicts_state',
    comment: 'The index puts a blob one byte before where the state has it.',
    expect: fails('INTEGRITY_MISSING', 'Packfile', 'check'),
    archive: forge.archive({
      index: (bytes) =>
        edited(bytes, (_, view) => view.setBigUint64(56 + 40, view.getBigUint64(56 + 40, true) - 1n, true)),
    }),
  };
}

async function overlapping(): Promise<Case> {
  const tree = planned();
  const { forge } = tree;
  const bytes = Buffer.from('one within another');
  tree.file('/whole', bytes);
  const inner = bytes.subarray(4, 10);
  const id = forge.keys.mac.mac(inner);
  const whole = forge.blobs.find(ResourceType.chunk, forge.keys.mac.mac(bytes));
  forge.blobs.add(ResourceType.chunk, id, forge.blobs.offset(whole) + 4, inner.length);
  tree.file('/part', inner);
  await tree.snapshot();
  return {
    name: 'blobs_overlap',
    comment: 'A chunk lies within another. Both have their ids.',
    expect: fails('FORMAT_LAYOUT', 'Packfile', 'check'),
    archive: forge.archive(),
  };
}

/** All vectors of the area. */
export async function offset(): Promise<Vector[]> {
  const whole = await sample();
  const overlap = await overlapping();
  function* all(): Generator<Case> {
    yield* trailers(whole);
    yield* orders(whole);
    yield* locations(whole);
    yield* indexes(whole);
    yield overlap;
  }
  return area('offset', all());
}
