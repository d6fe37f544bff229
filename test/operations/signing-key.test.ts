import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatPublicKey } from '../../src/format/index.ts';
import {
  generateSigningKey,
  readPublicKey,
  readSigner,
  readTrustedKeys,
} from '../../src/operations/signing-key.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from '../format/expected-error.ts';

const nobody = (): Promise<never> => Promise.reject(new Error('asked for a passphrase'));
const answer = (text: string) => (): Promise<Uint8Array> => Promise.resolve(Buffer.from(text));

describe('signing keys in files', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-key-'));
    file = path.join(folder, 'backup.key');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('sign with what was generated, and only the owner can read it', async () => {
    const publicKey = await generateSigningKey(file);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(await readPublicKey(file), publicKey);
    const signer = await readSigner(file, nobody);
    assert.equal(formatPublicKey(signer.publicKey), publicKey);
    const message = Buffer.from('message');
    assert.ok(nodePrimitives.ed25519.verify(signer.publicKey, message, signer.sign(message)));
  });

  it('are sealed under a passphrase', async () => {
    const publicKey = await generateSigningKey(file, Buffer.from('secret'));
    assert.doesNotMatch(await readFile(file, 'utf8'), /seed/);
    assert.equal(formatPublicKey((await readSigner(file, answer('secret'))).publicKey), publicKey);
    await assert.rejects(readSigner(file, answer('wrong')), withCode('KEY_WRONG'));
    await assert.rejects(
      readSigner(file, () => Promise.resolve(undefined)),
      withCode('KEY_MISSING'),
    );
  });

  it('are never overwritten', async () => {
    await generateSigningKey(file);
    const before = await readFile(file, 'utf8');
    await assert.rejects(generateSigningKey(file), withCode('USAGE'));
    assert.equal(await readFile(file, 'utf8'), before);
  });

  it('are refused when others can read them, unless they are sealed', async function () {
    if (process.platform === 'win32') this.skip(); // no such mode there
    await generateSigningKey(file);
    await chmod(file, 0o640);
    await assert.rejects(readSigner(file, nobody), withCode('USAGE'));
    const sealed = path.join(folder, 'sealed.key');
    await generateSigningKey(sealed, Buffer.from('secret'));
    await chmod(sealed, 0o644);
    await readSigner(sealed, answer('secret'));
  });

  it('give their public keys to who trusts them: as text, as key files, as lists', async () => {
    const [one, two] = [
      await generateSigningKey(file),
      await generateSigningKey(path.join(folder, 'two.key')),
    ];
    const list = path.join(folder, 'trusted');
    await writeFile(list, `# ours\n${one} backup server\n\n${two}\n`);
    const keys = await readTrustedKeys([two, file, list]);
    assert.deepEqual(keys.map(formatPublicKey), [two, one, one, two]);
    await writeFile(list, `${one}\nnot a key\n`);
    await assert.rejects(readTrustedKeys([list]), withCode('USAGE'));
    await assert.rejects(readTrustedKeys([path.join(folder, 'none')]), withCode('CONNECTOR_IO'));
  });
});
