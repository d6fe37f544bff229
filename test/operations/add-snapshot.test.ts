import assert from 'node:assert/strict';
import {
  appendFile,
  chmod,
  copyFile,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addSnapshots, type AddOptions } from '../../src/operations/add-snapshot.ts';
import { captureSources, type CaptureResult } from '../../src/operations/capture.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { withCode } from '../format/expected-error.ts';
import { leftovers, noise, PASSPHRASE, passphrase, soundSnapshots, sourceFolder } from './written-archive.ts';

describe('adding snapshots', () => {
  let folder: string;
  let source: string;
  let archivePath: string;
  const add = (options: Partial<AddOptions> = {}): Promise<CaptureResult> =>
    addSnapshots({ sources: [source], archivePath, passphrase, ...options });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-add-'));
    archivePath = path.join(folder, 'a.ptar');
    source = await sourceFolder(folder, 'source', { large: noise(2_000_000, 1), small: 'text', empty: '' });
    const encryption = { passphrase: PASSPHRASE, kdf: 'SCRYPT' } as const;
    await captureSources({ sources: [source], archivePath, encryption: () => Promise.resolve(encryption) });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps what was there and stores only what is new', async () => {
    const [first] = await soundSnapshots(archivePath);
    const { size } = await stat(archivePath);
    const { sources } = await add({ name: 'second', tags: ['nightly'] });
    assert.deepEqual(await soundSnapshots(archivePath), [first, sources[0]!.snapshotId]);
    assert.ok((await stat(archivePath)).size < size + 20_000);
    const archive = await openArchiveFile(archivePath, { passphrase });
    const latest = (await archive.snapshots()).at(-1)!;
    assert.equal(latest.header.name, 'second');
    assert.deepEqual(latest.header.tags, ['nightly']);
    await archive.close();
  });

  it('does not read files that are unchanged, and reads them with --full', async () => {
    const again = (await add()).sources[0]!;
    assert.equal(again.reused, 3);
    // Another content under the same size, time and inode: what only a full capture notices.
    await writeFile(path.join(source, 'small'), 'TEXT', { flag: 'r+' });
    await utimes(path.join(source, 'small'), 1_700_000_000, 1_700_000_000);
    assert.equal(await textOf((await add()).sources[0]!.snapshotId), 'text');
    const full = (await add({ full: true })).sources[0]!;
    assert.equal(full.reused, 0);
    assert.equal(await textOf(full.snapshotId), 'TEXT');
  });

  it('reads files whose time, size or inode is another, and those written while the last snapshot was made', async () => {
    const small = path.join(source, 'small');
    await utimes(small, 1_700_000_000, 1_700_000_001);
    assert.equal((await add()).sources[0]!.reused, 2);
    await appendFile(small, 'x');
    await utimes(small, 1_700_000_000, 1_700_000_001);
    assert.equal((await add()).sources[0]!.reused, 2);
    await copyFile(small, `${small}.new`);
    await utimes(`${small}.new`, 1_700_000_000, 1_700_000_001);
    await rename(`${small}.new`, small);
    assert.equal((await add()).sources[0]!.reused, 2);
    // As new as the snapshot: the clock of the file system may be coarser than the difference.
    await utimes(small, new Date(), new Date());
    await add();
    assert.equal((await add()).sources[0]!.reused, 2);
  });

  async function textOf(snapshotId: string): Promise<string> {
    const archive = await openArchiveFile(archivePath, { passphrase });
    try {
      const snapshot = await archive.snapshot(snapshotId);
      const entry = await snapshot.entry(path.join(source, 'small'));
      return Buffer.from(await snapshot.bytes(entry, 100)).toString();
    } finally {
      await archive.close();
    }
  }

  it('keeps the mode of the archive, and a symbolic link to it', async () => {
    const link = path.join(folder, 'link.ptar');
    await symlink('a.ptar', link);
    await chmod(archivePath, 0o640);
    await add({ archivePath: link });
    assert.equal((await stat(archivePath)).mode & 0o777, 0o640);
    assert.equal((await soundSnapshots(archivePath)).length, 2);
  });

  it('does not lose what somebody else has written meanwhile', async () => {
    const other = path.join(folder, 'other.ptar');
    await copyFile(archivePath, other);
    let replaced: Buffer | undefined;
    const onProgress = async (): Promise<void> => {
      if (replaced !== undefined) return;
      replaced = await readFile(other);
      await rename(other, archivePath);
    };
    // Somebody who knows nothing of locks replaces the archive by an equal one.
    const written = add({
      passphrase: async () => {
        await onProgress();
        return PASSPHRASE;
      },
    });
    await assert.rejects(written, withCode('CONNECTOR_CONFLICT'));
    assert.ok((await readFile(archivePath)).equals(replaced!));
    assert.deepEqual(await leftovers(folder), []);
  });

  it('lets one of two writers through at a time', async () => {
    const results = await Promise.allSettled([add(), add(), add()]);
    const refused = results.filter((result) => result.status === 'rejected');
    for (const { reason } of refused) withCode('CONNECTOR_CONFLICT')(reason);
    assert.equal((await soundSnapshots(archivePath)).length, 1 + results.length - refused.length);
    assert.ok(refused.length < results.length);
    assert.deepEqual(await leftovers(folder), []);
  });

  it('refuses a damaged archive and leaves it as it is', async () => {
    const bytes = await readFile(archivePath);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = bytes[at]! ^ 1;
    await writeFile(archivePath, bytes);
    await assert.rejects(add(), withCode('INTEGRITY_MAC'));
    assert.ok((await readFile(archivePath)).equals(bytes));
    assert.deepEqual(await leftovers(folder), []);
  });

  it('leaves everything as it is when there is nothing to add to, no key or no source, or when it is cancelled', async () => {
    const before = await readFile(archivePath);
    const cancelled = AbortSignal.abort();
    const attempts: readonly (readonly [Partial<AddOptions>, Parameters<typeof withCode>[0]])[] = [
      [{ archivePath: path.join(folder, 'none.ptar') }, 'NOT_FOUND_ARCHIVE'],
      [{ passphrase: () => Promise.resolve(Buffer.from('wrong')) }, 'KEY_WRONG'],
      [{ passphrase: () => Promise.resolve(undefined) }, 'KEY_MISSING'],
      [{ sources: [] }, 'USAGE'],
      [{ sources: [path.join(folder, 'nowhere')] }, 'NOT_FOUND_SOURCE'],
      [{ signal: cancelled }, 'CANCELLED'],
    ];
    for (const [options, code] of attempts) await assert.rejects(add(options), { code }, code);
    assert.ok((await readFile(archivePath)).equals(before));
    assert.deepEqual(await leftovers(folder), []);
  });
});
