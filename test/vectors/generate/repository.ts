/** Area `repository`: parts of another archive, and configurations that do not belong to the rest. */
import { concatBytes } from '../../../src/format/bytes.ts';
import {
  compressionConfiguration,
  type Configuration,
  encodeConfiguration,
} from '../../../src/format/configuration.ts';
import { joinContainer } from '../../../src/format/container.ts';
import { keysOf } from '../../../src/format/keys.ts';
import type { Hasher } from '../../../src/format/ports.ts';
import { ResourceType, VERSION_1_0_0 } from '../../../src/format/resource-type.ts';
import { wrapObject } from '../../../src/format/wrapped-object.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned, sample, type Sample } from './area.ts';
import { edited, PASSPHRASE } from './forge.ts';

const wrongMac = fails('INTEGRITY_MAC', 'Wrapped object', 'open');
const foreignId = new Uint8Array(16).fill(0x77);

/** The archive with a configuration that has the MAC that it must have by itself. */
function configured(
  { forge }: Sample,
  change: (c: Configuration) => Configuration,
  mac?: Hasher,
): Uint8Array {
  const configuration = change(forge.configuration);
  const key = configuration.encryption === undefined ? undefined : forge.key;
  const keys = keysOf(forge.primitives, configuration, key);
  const wrapped = wrapObject(
    ResourceType.configuration,
    VERSION_1_0_0,
    encodeConfiguration(configuration),
    mac ?? keys.beginConfigurationMac(),
  );
  const { packfile, state } = forge.parts();
  return joinContainer(wrapped, packfile, state);
}

async function* configurations(): AsyncGenerator<Case> {
  const plain = await sample();
  const sha256 = await sample({ hashing: 'SHA256' });
  const sealed = await sample({ encrypted: true });
  const sealedSha256 = await sample({ encrypted: true, hashing: 'SHA256' });
  const lz4 = await sample({ compression: 'LZ4' });
  const foreign = (c: Configuration): Configuration => ({ ...c, repositoryId: foreignId });
  const cases: readonly (readonly [
    name: string,
    comment: string,
    made: Sample,
    archive: Uint8Array,
    expect: Expectation,
  ])[] = [
    [
      'id_foreign',
      'A plaintext archive with a foreign RepositoryID: the keys of all other MACs follow from it.',
      plain,
      configured(plain, foreign),
      wrongMac,
    ],
    ['id_foreign_sha256', 'The same with SHA256.', sha256, configured(sha256, foreign), wrongMac],
    [
      'id_flipped',
      'A RepositoryID that differs in one bit.',
      plain,
      configured(plain, (c) => ({
        ...c,
        repositoryId: edited(c.repositoryId, (copy) => {
          copy[0] = (copy[0] ?? 0) ^ 1;
        }),
      })),
      wrongMac,
    ],
    [
      'id_foreign_sealed',
      'An encrypted archive with a foreign RepositoryID: no key follows from it, and only who has the key can write it.',
      sealed,
      configured(sealed, foreign),
      sealed.expect,
    ],
    [
      'hashing_other',
      'BLAKE3 where everything was made with SHA256.',
      sha256,
      configured(sha256, (c) => ({ ...c, hashing: { algorithm: 'BLAKE3', bits: 256 } })),
      wrongMac,
    ],
    [
      'encryption_removed',
      'The configuration of an encrypted archive without its encryption: a downgrade.',
      sealed,
      configured(sealed, (c) => ({ ...c, encryption: undefined })),
      wrongMac,
    ],
    [
      'encryption_added',
      'A plaintext archive whose configuration is that of an encrypted one.',
      sealed,
      joinContainer(
        sealed.forge.parts().configuration,
        plain.forge.parts().packfile,
        plain.forge.parts().state,
      ),
      wrongMac,
    ],
    [
      'compression_added',
      'LZ4 where nothing was compressed.',
      plain,
      configured(plain, (c) => ({ ...c, compression: compressionConfiguration('LZ4') })),
      fails('FORMAT_COMPRESSION', 'Encoding', 'open'),
    ],
    [
      'compression_other',
      'GZIP where LZ4 was used.',
      lz4,
      configured(lz4, (c) => ({ ...c, compression: compressionConfiguration('GZIP') })),
      fails('FORMAT_COMPRESSION', 'Encoding', 'open'),
    ],
    [
      'compression_removed',
      'No compression where LZ4 was used.',
      lz4,
      configured(lz4, (c) => ({ ...c, compression: undefined })),
      fails('FORMAT_TRUNCATED', 'State', 'open'),
    ],
    [
      'configuration_mac_plain',
      'An encrypted archive whose configuration has the MAC of a plaintext one.',
      sealed,
      configured(sealed, (c) => c, sealed.forge.primitives.hash('BLAKE3')),
      wrongMac,
    ],
    [
      'configuration_mac_keyed',
      'A plaintext archive whose configuration has a MAC with the key of the others.',
      plain,
      configured(plain, (c) => c, plain.forge.keys.mac.begin()),
      wrongMac,
    ],
    [
      'configuration_mac_sha256',
      'An archive with SHA256 whose configuration has an HMAC-SHA256: it is BLAKE3 whatever the algorithm.',
      sealedSha256,
      configured(sealedSha256, (c) => c, sealedSha256.forge.keys.mac.begin()),
      wrongMac,
    ],
    [
      'configuration_mac_sha256_plain',
      'The same, plain SHA256 in a plaintext archive.',
      sha256,
      configured(sha256, (c) => c, sha256.forge.primitives.hash('SHA256')),
      wrongMac,
    ],
  ];
  for (const [name, comment, { opener }, archive, expect] of cases) {
    yield { name, comment, expect, ...opener, archive };
  }
}

async function* parts(): AsyncGenerator<Case> {
  for (const [suffix, options] of [
    ['', {}],
    ['_sealed', { encrypted: true }],
  ] as const) {
    const own = (await sample(options)).forge.parts();
    const other = (await sample({ ...options, seed: 'another' })).forge.parts();
    const opener = suffix === '' ? {} : { passphrase: PASSPHRASE };
    yield {
      name: `configuration_of_other${suffix}`,
      comment: 'The configuration of another archive.',
      expect: wrongMac,
      ...opener,
      archive: joinContainer(other.configuration, own.packfile, own.state),
    };
    yield {
      name: `state_of_other${suffix}`,
      comment: 'The state of another archive.',
      expect: wrongMac,
      ...opener,
      archive: joinContainer(own.configuration, own.packfile, other.state),
    };
    yield {
      name: `packfile_of_other${suffix}`,
      comment: 'The packfile of another archive with blobs of the same lengths in the same places.',
      expect:
        suffix === ''
          ? fails('INTEGRITY_SNAPSHOT', 'Snapshot', 'snapshot')
          : fails('INTEGRITY_SEAL', 'Encoding', 'snapshot'),
      ...opener,
      archive: joinContainer(own.configuration, other.packfile, own.state),
    };
  }
}

async function* others(): AsyncGenerator<Case> {
  const plain = await sample();
  yield {
    name: 'serial_foreign',
    comment: 'The serial of the state is another id: readers ignore it.',
    expect: plain.expect,
    archive: plain.forge.archive({ state: (state) => concatBytes([state.subarray(0, -16), foreignId]) }),
  };
  const tree = planned();
  const content = Buffer.from('from elsewhere');
  const id = planned({ seed: 'another' }).forge.keys.mac.mac(content);
  tree.forge.putAs(ResourceType.chunk, id, content);
  tree.file('/a', 'x');
  await tree.snapshot();
  yield {
    name: 'blob_of_other',
    comment: 'A chunk under the id that it has in another archive. No file names it.',
    expect: fails('INTEGRITY_BLOB', 'Keys and sealing', 'check'),
    archive: tree.forge.archive(),
  };
}

/** All vectors of the area. */
export async function repository(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* configurations();
    yield* parts();
    yield* others();
  }
  return area('repository', all());
}
