/** Signatures say who made a snapshot: ours verify in the reference, the reference's verify here, and nothing can be changed under one. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  checkArchive,
  createArchive,
  createSigner,
  openArchive,
  plainFileInfo,
  portablePrimitives,
  timestampFromMs,
  type Finding,
  type SignatureState,
  type Signer,
  type SnapshotReader,
} from '../../src/format/index.ts';
import type { BlobReader } from '../../src/format/blob-reader.ts';
import { encodeSnapshotHeader, newSnapshotHeader } from '../../src/format/snapshot-header.ts';
import { readSignature } from '../../src/format/signature.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { reference } from '../interop/reference.ts';
import { requirement } from '../requirements.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

const primitives = nodePrimitives;
const signer = createSigner(primitives, primitives.randomBytes(32));
const other = createSigner(primitives, primitives.randomBytes(32));

/** An archive with a snapshot per signer; undefined does not sign. */
async function archiveBy(...signers: readonly (Signer | undefined)[]): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await createArchive(sink, { primitives, encryption: 'plaintext', compression: 'none' });
  for (const [index, one] of signers.entries()) {
    const snapshot = writer.beginSnapshot({
      importer: { type: 'fs', origin: 'test', directory: '/' },
      name: `snapshot number ${index}`,
      ...(one && { signer: one }),
    });
    const info = plainFileInfo('a', 0o644, timestampFromMs(0));
    await snapshot.add({ path: '/a', info, content: () => [Buffer.from(`content ${index}`)] });
    await snapshot.finish();
  }
  await writer.close();
  return sink.bytes;
}

async function snapshotsOf(bytes: Uint8Array): Promise<readonly SnapshotReader[]> {
  return (await openArchive(new MemorySource(bytes), { primitives })).snapshots();
}

/** A state that can be compared, whatever kind of byte array its key is. */
function plain(state: SignatureState): unknown {
  return state === 'unsigned'
    ? state
    : { key: Buffer.from(state.publicKey).toString('hex'), valid: state.valid };
}
const by = (one: Signer, valid = true): unknown => plain({ publicKey: one.publicKey, valid });

async function findingsOf(bytes: Uint8Array, trustedKeys?: readonly Uint8Array[]): Promise<Finding[]> {
  const archive = await openArchive(new MemorySource(bytes), { primitives });
  const findings: Finding[] = [];
  for await (const finding of checkArchive(archive, trustedKeys && { trustedKeys })) findings.push(finding);
  return findings;
}

describe('signatures', () => {
  it('are valid, or are not there', async () => {
    const bytes = await archiveBy(signer, undefined, other);
    const states = await Promise.all((await snapshotsOf(bytes)).map((snapshot) => snapshot.signature()));
    assert.deepEqual(states.map(plain), [by(signer), 'unsigned', by(other)]);
  });

  it('are findings where a trusted one is missing, and only then', async () => {
    const bytes = await archiveBy(signer, undefined, other);
    assert.deepEqual(await findingsOf(bytes), []);
    const findings = await findingsOf(bytes, [signer.publicKey]);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['INTEGRITY_SIGNATURE', 'INTEGRITY_SIGNATURE'],
    );
    assert.match(findings[0]!.message, /is not signed/);
    assert.match(
      findings[1]!.message,
      /valid signature by the key ed25519:[0-9a-f]{64}, which is none of those you trust/,
    );
    assert.equal((await findingsOf(bytes, [signer.publicKey, other.publicKey])).length, 1);
    assert.equal((await findingsOf(bytes, [])).length, 3);
  });

  it('do not verify over a header in which anything was changed', async () => {
    const bytes = await archiveBy(signer);
    const [snapshot] = await snapshotsOf(bytes);
    // The header is stored as it is, so that its bytes can be found and changed.
    const plaintext = encodeSnapshotHeader(snapshot!.header);
    const start = Buffer.from(bytes).indexOf(plaintext);
    assert.ok(start > 0);
    const name = Buffer.from(bytes).indexOf('snapshot number 0', start);
    const changed = bytes.slice();
    changed[name] = 's'.charCodeAt(0) ^ 1;
    const [forged] = await snapshotsOf(changed);
    assert.deepEqual(plain(await forged!.signature()), by(signer, false));
    const codes = (await findingsOf(changed)).map(({ code }) => code);
    assert.ok(codes.includes('INTEGRITY_SIGNATURE'), codes.join());
  });

  it('do not verify under another key or with another signature, and a missing one is no valid one', async () => {
    const header = newSnapshotHeader({
      identifier: new Uint8Array(32).fill(7),
      identity: { identifier: signer.identifier, publicKey: signer.publicKey },
    });
    const plaintext = encodeSnapshotHeader(header);
    const mac = primitives.macKey('BLAKE3', new Uint8Array(32));
    const signature = signer.sign(mac.mac(plaintext));
    const stateWith = (
      stored: Uint8Array,
      key: Uint8Array | null = signer.publicKey,
    ): ReturnType<typeof readSignature> => {
      const read = (type: number): Promise<Uint8Array> =>
        Promise.resolve(type === ResourceType.signature ? stored : plaintext);
      const identity = { identifier: signer.identifier, publicKey: key };
      return readSignature({ mac, primitives, read } as unknown as BlobReader, { ...header, identity });
    };
    assert.deepEqual(plain(await stateWith(signature)), by(signer));
    const isValid = async (...args: Parameters<typeof stateWith>): Promise<boolean> => {
      const state = await stateWith(...args);
      return state !== 'unsigned' && state.valid;
    };
    assert.equal(await isValid(signature, other.publicKey), false);
    assert.equal(await isValid(signature, null), false);
    assert.equal(await isValid(signature, new Uint8Array(31)), false);
    assert.equal(await isValid(new Uint8Array(64)), false);
    assert.equal(await isValid(new Uint8Array()), false);
    await fc.assert(
      fc.asyncProperty(fc.nat(63), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const wrong = signature.slice();
        wrong[at] = wrong[at]! ^ flip;
        assert.equal(await isValid(wrong), false);
      }),
    );
  });

  it('are the same on every platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, message) => {
        const [node, portable] = [createSigner(nodePrimitives, seed), createSigner(portablePrimitives, seed)];
        assert.deepEqual(Buffer.from(portable.publicKey), Buffer.from(node.publicKey));
        assert.deepEqual(Buffer.from(portable.identifier), Buffer.from(node.identifier));
        const signature = portable.sign(message);
        assert.deepEqual(Buffer.from(signature), Buffer.from(node.sign(message)));
        for (const { ed25519 } of [nodePrimitives, portablePrimitives]) {
          assert.ok(ed25519.verify(node.publicKey, message, signature));
          assert.ok(!ed25519.verify(node.publicKey, Buffer.concat([message, Buffer.of(0)]), signature));
        }
      }),
      { numRuns: 20 },
    );
  });

  // RFC 8032 §7.1, TEST 2.
  it('are those of RFC 8032', () => {
    const seed = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
    const signature =
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';
    for (const { ed25519 } of [nodePrimitives, portablePrimitives]) {
      assert.equal(Buffer.from(ed25519.sign(seed, Buffer.of(0x72))).toString('hex'), signature);
    }
  });

  it('name an identity that is a UUID of the key’s own', () => {
    const again = createSigner(primitives, primitives.randomBytes(32));
    assert.notDeepEqual(again.identifier, signer.identifier);
    assert.match(
      Buffer.from(signer.identifier).toString('hex'),
      /^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/,
    );
  });

  describe('and the reference', () => {
    let folder: string;
    before(requirement('reference'));
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'ptar-signature-'));
    });
    after(async () => {
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    it('each verify what the other has signed', async () => {
      const [ours, theirs] = [path.join(folder, 'ours.ptar'), path.join(folder, 'theirs.ptar')];
      await writeFile(ours, await archiveBy(signer, undefined));
      const { snapshots } = await reference.check(ours);
      assert.deepEqual(
        snapshots.map(({ ok }) => ok),
        [true, true],
      );
      assert.equal(snapshots.filter(({ signed }) => signed).length, 1);
      await writeFile(path.join(folder, 'file'), 'content');
      for (const options of [{ plaintext: true }, { plaintext: true, hashing: 'sha256' as const }]) {
        await rm(theirs, { force: true });
        await reference.write(theirs, [path.join(folder, 'file')], { ...options, sign: true });
        const bytes = await readFile(theirs);
        const [snapshot] = await snapshotsOf(bytes);
        const state = await snapshot!.signature();
        assert.ok(state !== 'unsigned' && state.valid);
        assert.deepEqual(await findingsOf(bytes, [state.publicKey]), []);
      }
    });

    it('both find a header that was changed under its signature', async () => {
      const bytes = Buffer.from(await archiveBy(signer));
      const forged = path.join(folder, 'forged.ptar');
      const at = bytes.indexOf('snapshot number 0');
      bytes[at + 16] = '1'.charCodeAt(0);
      await writeFile(forged, bytes);
      const { snapshots } = await reference.check(forged);
      assert.deepEqual(
        snapshots.map(({ ok, error }) => [ok, error]),
        [[false, 'signature does not verify']],
      );
    });
  });
});
