/** Area `canary`: what tells a wrong passphrase from a damaged archive. */
import { concatBytes } from '../../../src/format/bytes.ts';
import type { Configuration } from '../../../src/format/configuration.ts';
import type { Vector } from '../vector-file.ts';
import { area, type Case, fails, sample, type Sample } from './area.ts';
import { edited, Forge, PASSPHRASE } from './forge.ts';

const wrong = fails('KEY_WRONG', 'Keys and sealing', 'open');

function* canaries({ forge, expect }: Sample, foreign: Uint8Array): Generator<Case> {
  const sealer = forge.primitives.sealer(forge.key ?? new Uint8Array(32));
  const good = forge.configuration.encryption?.canary ?? new Uint8Array();
  const flipped = (at: number): Uint8Array =>
    edited(good, (copy) => {
      copy[at] = (copy[at] ?? 0) ^ 1;
    });
  const cases: readonly (readonly [
    name: string,
    comment: string,
    canary: Uint8Array | null,
    isRight?: boolean,
  ])[] = [
    ['nil', 'No canary.', null],
    ['empty', 'A canary of no bytes.', new Uint8Array()],
    ['subkey_only', 'A canary that opens to nothing.', good.slice(0, 40)],
    ['plaintext', 'A canary of 32 bytes that are not sealed.', new Uint8Array(32)],
    ['short', 'A canary without its last byte.', good.slice(0, -1)],
    ['long', 'A canary with a byte behind.', concatBytes([good, new Uint8Array(1)])],
    ['opens_to_31', 'A canary that opens to 31 bytes.', sealer.seal(new Uint8Array(31))],
    ['opens_to_33', 'A canary that opens to 33 bytes.', sealer.seal(new Uint8Array(33))],
    ['subkey_flipped', 'One bit of the wrapped subkey flipped.', flipped(5)],
    ['nonce_flipped', 'One bit of the nonce flipped.', flipped(41)],
    ['ciphertext_flipped', 'One bit of the ciphertext flipped.', flipped(60)],
    ['tag_flipped', 'One bit of the tag flipped.', flipped(good.length - 1)],
    ['of_other_archive', 'The canary of another archive, under another key.', foreign],
    [
      'of_zeros',
      'A canary of 32 zero bytes, sealed under the right key.',
      sealer.seal(new Uint8Array(32)),
      true,
    ],
  ];
  for (const [name, comment, canary, isRight = false] of cases) {
    const configuration = (c: Configuration): Configuration => ({
      ...c,
      encryption: c.encryption && { ...c.encryption, canary },
    });
    yield {
      name,
      comment,
      expect: isRight ? expect : wrong,
      passphrase: PASSPHRASE,
      archive: forge.archive({ configuration }),
    };
  }
}

function* openers({ forge, expect }: Sample): Generator<Case> {
  const archive = forge.archive();
  const key = forge.key ?? new Uint8Array(32);
  yield {
    name: 'wrong_passphrase',
    comment: 'Another passphrase.',
    expect: wrong,
    passphrase: `${PASSPHRASE} `,
    archive,
  };
  yield {
    name: 'wrong_case',
    comment: 'The passphrase in other letters.',
    expect: wrong,
    passphrase: PASSPHRASE.toUpperCase(),
    archive,
  };
  yield { name: 'right_key', comment: 'The archive key instead of the passphrase.', expect, key, archive };
  yield {
    name: 'wrong_key',
    comment: 'Another archive key.',
    expect: wrong,
    key: edited(key, (copy) => {
      copy[31] = (copy[31] ?? 0) ^ 0x80;
    }),
    archive,
  };
  yield {
    name: 'key_short',
    comment: 'The first 31 bytes of the archive key.',
    expect: wrong,
    key: key.slice(0, 31),
    archive,
  };
  yield {
    name: 'no_passphrase',
    comment: 'An encrypted archive and nothing to open it.',
    expect: fails('KEY_MISSING', 'Keys and sealing', 'open'),
    archive,
  };
}

/** All vectors of the area. */
export async function canary(): Promise<Vector[]> {
  const sealed = await sample({ encrypted: true });
  const foreign =
    new Forge({ encrypted: true, seed: 'another' }).configuration.encryption?.canary ?? new Uint8Array();
  function* all(): Generator<Case> {
    yield* canaries(sealed, foreign);
    yield* openers(sealed);
  }
  return area('canary', all());
}
