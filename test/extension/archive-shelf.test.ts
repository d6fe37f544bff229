import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ArchiveShelf, PASSPHRASE_ATTEMPTS_MAX } from '../../src/extension/archive-shelf.ts';
import { answering, shelfWith, TestArchives } from './test-archives.ts';

describe('archive shelf', () => {
  let archives: TestArchives;
  let sealed: string;

  before(async () => {
    archives = await TestArchives.create();
    sealed = await archives.shop('sealed.ptar', 'right');
  });
  after(() => archives.remove());

  it('asks again after a wrong passphrase, and remembers the key, not the passphrase', async () => {
    const person = answering('wrong', 'right');
    const shelf = new ArchiveShelf(person.ports);
    const { key } = await shelf.add(sealed);
    const archive = await shelf.open(key, true);
    assert.deepEqual(person.attempts, [1, 2]);
    assert.equal((await archive.snapshots()).length, 2);
    assert.deepEqual([...person.keys.keys()], [archive.reader.repositoryId]);
    assert.deepEqual(person.keys.get(archive.reader.repositoryId), archive.reader.key);
    await shelf.remove(key);
  });

  it('opens with a remembered key without asking', async () => {
    const person = answering('right');
    const first = new ArchiveShelf(person.ports);
    const { key } = await first.add(sealed);
    await first.open(key, true);
    const later = new ArchiveShelf(person.ports, person.kept);
    const archive = await later.open(key, false);
    assert.deepEqual(person.attempts, [1]);
    assert.equal(archive.reader.encrypted, true);
    await Promise.all([first.remove(key), later.remove(key)]);
  });

  it('asks where a remembered key no longer fits', async () => {
    const person = answering('right', 'right');
    const shelf = new ArchiveShelf(person.ports);
    const { key } = await shelf.add(sealed);
    const { repositoryId } = (await shelf.open(key, true)).reader;
    await shelf.reopen(key);
    person.keys.set(repositoryId, new Uint8Array(32));
    await shelf.open(key, true);
    assert.deepEqual(person.attempts, [1, 1]);
    await shelf.remove(key);
  });

  it('is locked where nobody answers, and does not ask where it may not', async () => {
    const person = answering();
    const shelf = new ArchiveShelf(person.ports);
    const { key } = await shelf.add(sealed);
    await assert.rejects(shelf.open(key, false), { code: 'KEY_MISSING' });
    assert.deepEqual(person.attempts, []);
    await assert.rejects(shelf.open(key, true), { code: 'KEY_MISSING' });
    assert.deepEqual(person.attempts, [1]);
    assert.equal(shelf.state(key).is, 'locked');
  });

  it('says once that it is locked, however often it is asked', async () => {
    const shelf = new ArchiveShelf(answering().ports);
    const { key } = await shelf.add(sealed);
    let changes = 0;
    shelf.onChange(() => (changes += 1));
    for (let times = 0; times < 3; times++) {
      await assert.rejects(shelf.open(key, false), { code: 'KEY_MISSING' });
    }
    assert.equal(changes, 1);
  });

  it('gives up after so many attempts', async () => {
    const person = answering(...Array.from({ length: 20 }, () => 'wrong'));
    const shelf = new ArchiveShelf(person.ports);
    const { key } = await shelf.add(sealed);
    await assert.rejects(shelf.open(key, true), { code: 'KEY_WRONG' });
    assert.equal(person.attempts.length, PASSPHRASE_ATTEMPTS_MAX);
    assert.equal(shelf.state(key).is, 'locked');
  });

  it('tries what was said already before it asks', async () => {
    const person = answering();
    const shelf = new ArchiveShelf(person.ports);
    const { key } = await shelf.add(sealed);
    assert.equal((await shelf.open(key, true, 'right')).reader.encrypted, true);
    assert.deepEqual(person.attempts, []);
    await shelf.remove(key);
  });

  it('forgets the key when it is locked', async () => {
    const person = answering('right');
    const shelf = new ArchiveShelf(person.ports);
    const { key } = await shelf.add(sealed);
    await shelf.open(key, true);
    await shelf.lock(key);
    assert.equal(person.keys.size, 0);
    await assert.rejects(shelf.open(key, false), { code: 'KEY_MISSING' });
  });

  it('says what is wrong with what is no archive, and tries again on demand only', async () => {
    const file = path.join(archives.folder, 'foreign.ptar');
    await writeFile(file, 'not an archive at all, whatever its name says');
    const { shelf, key } = await shelfWith(file);
    await assert.rejects(shelf.open(key, true), { code: 'FORMAT_FOREIGN' });
    assert.equal(shelf.state(key).is, 'failed');
    const plain = await archives.shop('plain.ptar');
    await writeFile(file, await readFile(plain));
    await assert.rejects(shelf.open(key, false), { code: 'FORMAT_FOREIGN' });
    await shelf.open(key, true);
    assert.equal(shelf.state(key).is, 'open');
    await shelf.remove(key);
  });

  it('notices that a file was replaced or is gone, and goes on showing what was opened', async () => {
    const file = await archives.shop('changing.ptar');
    const { shelf, key } = await shelfWith(file);
    const archive = await shelf.open(key, true);
    assert.equal(await archive.presence(), 'same');
    await archives.shop('changing.ptar');
    assert.equal(await archive.presence(), 'replaced');
    const [newest] = await archive.snapshots();
    assert.ok(newest !== undefined && (await newest.reader.entry('/shop')).path === '/shop');
    await rm(file);
    assert.equal(await archive.presence(), 'gone');
    await shelf.remove(key);
  });

  it('keeps records, and says when something changes', async () => {
    const person = answering();
    const shelf = new ArchiveShelf(person.ports);
    const changes: string[] = [];
    const stop = shelf.onChange((key) => changes.push(key));
    const { key } = await shelf.add('/somewhere/a.ptar');
    assert.equal((await shelf.add('/somewhere/a.ptar')).key, key);
    assert.deepEqual(person.kept, [{ key, location: '/somewhere/a.ptar' }]);
    await shelf.remove(key);
    stop();
    await shelf.add('/somewhere/b.ptar');
    assert.deepEqual(changes, [key, key]);
    assert.throws(() => shelf.record(key), { code: 'NOT_FOUND_ARCHIVE' });
  });
});
