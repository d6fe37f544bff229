/** Area `segment`: sealed data whose segments are swapped, repeated, dropped or taken from elsewhere. */
import { concatBytes } from '../../../src/format/bytes.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';
import { area, type Case, fails, planned } from './area.ts';
import { edited, Forge, PASSPHRASE } from './forge.ts';
import { snapshotLine } from './planned-tree.ts';

const SUBKEY = 40;
const SEGMENT = 65_536 + 28;
const seal = fails('INTEGRITY_SEAL', 'Encoding', 'read');
const blob = fails('INTEGRITY_BLOB', 'Keys and sealing', 'read');

/** An archive with `/file`, whose only chunk has the sealed bytes that `change` gives. */
async function resealed(
  name: string,
  comment: string,
  expect: Expectation | 'tree',
  size: number,
  change: (sealed: Uint8Array, forge: Forge) => Uint8Array,
): Promise<Case> {
  const tree = planned({ encrypted: true });
  const { forge } = tree;
  const content = generatedBytes('text', 7, size);
  forge.putStored(
    ResourceType.chunk,
    forge.keys.mac.mac(content),
    change(forge.codec.encode(content), forge),
  );
  tree.file('/file', content);
  const id = await tree.snapshot();
  const outcome = expect === 'tree' ? { tree: [snapshotLine(id), ...tree.lines()] } : expect;
  return { name, comment, expect: outcome, passphrase: PASSPHRASE, archive: forge.archive() };
}

const same = (sealed: Uint8Array): Uint8Array => sealed;
const segments = (sealed: Uint8Array): [subkey: Uint8Array, first: Uint8Array, rest: Uint8Array] => [
  sealed.subarray(0, SUBKEY),
  sealed.subarray(SUBKEY, SUBKEY + SEGMENT),
  sealed.subarray(SUBKEY + SEGMENT),
];

async function* large(): AsyncGenerator<Case> {
  yield resealed('two', 'Two segments, the second of one byte.', 'tree', 65_537, same);
  yield resealed('one_full', 'One segment of 64 KiB and no other.', 'tree', 65_536, same);
  yield resealed(
    'last_dropped',
    'The second of two segments is dropped: the seal does not notice, the id does.',
    blob,
    65_537,
    (sealed) => concatBytes(segments(sealed).slice(0, 2)),
  );
  yield resealed('first_dropped', 'The first of two segments is dropped.', blob, 65_537, (sealed) => {
    const [subkey, , rest] = segments(sealed);
    return concatBytes([subkey, rest]);
  });
  yield resealed('first_repeated', 'A segment of 64 KiB comes twice.', blob, 65_536, (sealed) => {
    const [subkey, first] = segments(sealed);
    return concatBytes([subkey, first, first]);
  });
  yield resealed('swapped', 'Two segments of 64 KiB exchanged.', blob, 131_072, (sealed) => {
    const [subkey, first, rest] = segments(sealed);
    return concatBytes([subkey, rest, first]);
  });
  yield resealed(
    'first_short',
    'A first segment of less than 64 KiB before another.',
    seal,
    65_537,
    (sealed) => {
      const [subkey, first, rest] = segments(sealed);
      return concatBytes([subkey, rest, first]);
    },
  );
}

async function* small(): AsyncGenerator<Case> {
  const other = (forge: Forge, text: string): Uint8Array => forge.codec.encode(Buffer.from(text));
  yield resealed('all_dropped', 'Only the subkey is left: it opens to nothing.', blob, 100, (sealed) =>
    sealed.slice(0, SUBKEY),
  );
  yield resealed('nothing', 'No sealed bytes at all.', seal, 100, () => new Uint8Array());
  yield resealed('subkey_cut', 'Half of the wrapped subkey.', seal, 100, (sealed) => sealed.slice(0, 20));
  yield resealed(
    'empty_segment',
    'A segment of nonce and tag only, which no plaintext has.',
    seal,
    100,
    (sealed) => sealed.slice(0, SUBKEY + 28),
  );
  yield resealed('nonce_only', 'A segment that ends within its nonce.', seal, 100, (sealed) =>
    sealed.slice(0, SUBKEY + 5),
  );
  yield resealed('subkey_of_other_blob', "Another blob's subkey.", seal, 100, (sealed, forge) =>
    concatBytes([other(forge, 'x').subarray(0, SUBKEY), sealed.subarray(SUBKEY)]),
  );
  yield resealed('nonce_of_other_segment', "Another segment's nonce.", seal, 100, (sealed, forge) =>
    concatBytes([
      sealed.subarray(0, SUBKEY),
      other(forge, 'x').subarray(SUBKEY, SUBKEY + 12),
      sealed.subarray(SUBKEY + 12),
    ]),
  );
  yield resealed('tag_cut', 'The tag lacks its last byte.', seal, 100, (sealed) => sealed.slice(0, -1));
  yield resealed('byte_behind', 'A byte behind the last segment.', seal, 100, (sealed) =>
    concatBytes([sealed, new Uint8Array(1)]),
  );
  yield resealed(
    'of_other_blob',
    'The sealed bytes of another blob: they open, to something else.',
    blob,
    100,
    (_, forge) => other(forge, 'another content'),
  );
  yield resealed('of_other_archive', 'The sealed bytes of an equal blob of another archive.', seal, 100, () =>
    new Forge({ encrypted: true, seed: 'another' }).codec.encode(generatedBytes('text', 7, 100)),
  );
  yield resealed('plaintext', 'Plaintext where sealed bytes belong.', seal, 100, () =>
    generatedBytes('text', 7, 100),
  );
  yield resealed('sealed_twice', 'Sealed twice.', blob, 100, (sealed, forge) => forge.codec.encode(sealed));
  yield resealed('ciphertext_flipped', 'One bit of the ciphertext flipped.', seal, 100, (sealed) =>
    edited(sealed, (copy) => {
      copy[60] = (copy[60] ?? 0) ^ 1;
    }),
  );
  yield resealed('empty_content', 'A content of no bytes: the subkey alone.', 'tree', 0, same);
}

async function* parts(): AsyncGenerator<Case> {
  const tree = planned({ encrypted: true }).file('/file', 'x');
  await tree.snapshot();
  const opener = { passphrase: PASSPHRASE };
  yield {
    name: 'state_flipped',
    comment: 'One bit of the sealed state flipped, and its MAC made again with the right key.',
    expect: fails('INTEGRITY_SEAL', 'Sealing', 'open'),
    ...opener,
    archive: tree.forge.archive({
      stateStored: (stored) =>
        edited(stored, (copy) => {
          copy[100] = (copy[100] ?? 0) ^ 1;
        }),
    }),
  };
  yield {
    name: 'state_plaintext',
    comment: 'A state that is not sealed in an encrypted archive, with the right MAC.',
    expect: fails('INTEGRITY_SEAL', 'Sealing', 'open'),
    ...opener,
    archive: tree.forge.archive({ stateStored: (stored) => tree.forge.codec.decode(stored, 1 << 20) }),
  };
}

/** All vectors of the area. */
export async function segment(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* large();
    yield* small();
    yield* parts();
  }
  return area('segment', all());
}
