/** Area `algorithm`: names that a reader does not know, or knows under another spelling. */
import { concatBytes, encodeUtf8 } from '../../../src/format/bytes.ts';
import type { Configuration } from '../../../src/format/configuration.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import { xxhash32 } from '../../../src/format/xxhash32.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned, sample, type Sample } from './area.ts';
import { cheapKdf, edited } from './forge.ts';

const unsupported = fails('FORMAT_UNSUPPORTED', 'Configuration', 'open');

type Change = (configuration: Configuration) => Configuration;

const hashing =
  (algorithm: string, bits = 256): Change =>
  (c) => ({ ...c, hashing: { algorithm, bits } });
const compression =
  (algorithm: string): Change =>
  (c) => ({ ...c, compression: c.compression && { ...c.compression, algorithm } });
const encryption =
  (change: object): Change =>
  (c) => ({ ...c, encryption: c.encryption && { ...c.encryption, ...change } });

function* configurations(plain: Sample, sealed: Sample): Generator<Case> {
  const cases: readonly (readonly [
    name: string,
    comment: string,
    sample: Sample,
    change: Change,
    expect?: Expectation,
  ])[] = [
    ['hashing_unknown', 'Hashing with SHA512.', plain, hashing('SHA512')],
    ['hashing_empty', 'Hashing with an algorithm without a name.', plain, hashing('')],
    ['hashing_lower_case', 'Hashing with blake3, in lower case.', plain, hashing('blake3')],
    ['hashing_long', 'A name of 2000 characters.', plain, hashing('B'.repeat(2000))],
    ['hashing_bits', 'BLAKE3 with 512 bits.', plain, hashing('BLAKE3', 512)],
    ['hashing_bits_zero', 'BLAKE3 with no bits.', plain, hashing('BLAKE3', 0)],
    ['compression_zstd', 'Compression with ZSTD.', plain, compression('ZSTD')],
    [
      'compression_empty',
      'Compression with an algorithm without a name, which is not the same as none.',
      plain,
      compression(''),
    ],
    ['compression_none', 'Compression with the algorithm "none".', plain, compression('none')],
    [
      'subkey_unknown',
      'Subkeys wrapped with AES128-KW.',
      sealed,
      encryption({ subkeyAlgorithm: 'AES128-KW' }),
    ],
    ['data_unknown', 'Data sealed with AES256-GCM.', sealed, encryption({ dataAlgorithm: 'AES256-GCM' })],
    ['data_null', 'Data sealed with an algorithm without a name.', sealed, encryption({ dataAlgorithm: '' })],
    ['segment_size', 'Segments of 64 KiB and a byte.', sealed, encryption({ segmentSize: 65_537 })],
    ['segment_size_zero', 'Segments of no bytes.', sealed, encryption({ segmentSize: 0 })],
    ['segment_size_negative', 'Segments of −1 bytes.', sealed, encryption({ segmentSize: -1 })],
    [
      'kdf_unknown',
      'Key derivation with BCRYPT.',
      sealed,
      encryption({ kdfParams: { ...cheapKdf(new Uint8Array(16)), kdf: 'BCRYPT' } }),
      fails('FORMAT_UNSUPPORTED', 'Keys and sealing', 'open'),
    ],
    [
      'kdf_hash_unknown',
      'PBKDF2 with MD5.',
      sealed,
      encryption({
        kdfParams: {
          ...cheapKdf(new Uint8Array(16)),
          pbkdf2: { saltSize: 16, iterations: 1, keyLength: 32, hashing: 'MD5' },
        },
      }),
      fails('FORMAT_ENCODING', 'Keys and sealing', 'open'),
    ],
    [
      'chunking_unknown',
      'An unknown chunking algorithm: readers do not cut, so it does not matter.',
      plain,
      (c) => ({ ...c, chunking: { ...c.chunking, algorithm: 'rabin' } }),
      plain.expect,
    ],
    [
      'compression_details',
      'Level and sizes of compression are of no concern to readers.',
      plain,
      (c) => ({
        ...c,
        compression: c.compression && {
          ...c.compression,
          level: 9,
          windowSize: 1,
          chunkSize: 2,
          blockSize: 3,
          enableCrc: true,
        },
      }),
      plain.expect,
    ],
  ];
  for (const [name, comment, { forge, opener }, configuration, expect = unsupported] of cases) {
    yield { name, comment, expect, ...opener, archive: forge.archive({ configuration }) };
  }
}

async function* frames(): AsyncGenerator<Case> {
  const content = encodeUtf8('content');
  const framed = async (
    name: string,
    comment: string,
    change: (frame: Uint8Array) => Uint8Array,
  ): Promise<Case> => {
    const tree = planned({ compression: 'LZ4' });
    const frame = tree.forge.codec.encode(content);
    tree.forge.putStored(ResourceType.chunk, tree.forge.keys.mac.mac(content), change(frame));
    tree.file('/file', content);
    await tree.snapshot();
    return {
      name,
      comment,
      expect: fails('FORMAT_UNSUPPORTED', 'Encoding', 'read'),
      archive: tree.forge.archive(),
    };
  };
  const reflagged = (flags: number) => (frame: Uint8Array) =>
    edited(frame, (copy) => {
      copy[4] = flags;
      copy[6] = (xxhash32(copy.subarray(4, 6)) >>> 8) & 0xff;
    });
  yield framed('lz4_dictionary', 'An LZ4 frame that needs a dictionary.', (frame) => {
    const descriptor = Uint8Array.of(0x61, frame[5] ?? 0, 1, 0, 0, 0);
    return concatBytes([
      frame.subarray(0, 4),
      descriptor,
      Uint8Array.of((xxhash32(descriptor) >>> 8) & 0xff),
      frame.subarray(7),
    ]);
  });
  yield framed('lz4_version', 'An LZ4 frame of version 2.', reflagged(0xa0));
  yield framed('lz4_legacy', 'An LZ4 frame of the legacy format.', (frame) =>
    concatBytes([Uint8Array.of(0x02, 0x21, 0x4c, 0x18), frame.subarray(7)]),
  );
}

/** All vectors of the area. */
export async function algorithm(): Promise<Vector[]> {
  const plain = await sample({ compression: 'LZ4' });
  const sealed = await sample({ encrypted: true });
  async function* all(): AsyncGenerator<Case> {
    yield* configurations(plain, sealed);
    yield* frames();
  }
  return area('algorithm', all());
}
