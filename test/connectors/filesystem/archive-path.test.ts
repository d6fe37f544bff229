import assert from 'node:assert/strict';
import {
  ancestorsOf,
  archivePathElements,
  archivePathOf,
  decodeName,
  joinArchivePath,
} from '../../../src/connectors/filesystem/archive-path.ts';

describe('archive paths', () => {
  it('come from system paths', () => {
    assert.equal(archivePathOf('/srv/x', 'linux'), '/srv/x');
    assert.equal(archivePathOf('/', 'linux'), '/');
    assert.equal(archivePathOf('/back\\slash', 'linux'), '/back\\slash');
    assert.equal(archivePathOf('C:\\data\\x', 'win32'), '/C:/data/x');
    assert.equal(archivePathOf('C:\\', 'win32'), '/C:');
    assert.equal(archivePathOf('\\\\server\\share\\x', 'win32'), '/server/share/x');
    assert.equal(archivePathOf('\\\\?\\C:\\x', 'win32'), '/C:/x');
  });

  it('join and list their ancestors', () => {
    assert.equal(joinArchivePath('/', 'a'), '/a');
    assert.equal(joinArchivePath('/a', 'b'), '/a/b');
    assert.deepEqual(ancestorsOf('/a/b/c'), ['/', '/a', '/a/b']);
    assert.deepEqual(ancestorsOf('/'), []);
  });

  it('are refused where they could lead elsewhere', () => {
    assert.deepEqual(archivePathElements('/a/b c/…'), ['a', 'b c', '…']);
    assert.deepEqual(archivePathElements('/'), []);
    for (const path of ['', 'a', 'a/b', '/..', '/a/../b', '/a/./b', '/a//b', '/a/', '//', '/a\0b', '/a/..']) {
      assert.equal(archivePathElements(path), undefined, path);
    }
  });

  it('hold names that are UTF-8 exactly, and a stand-in for others', () => {
    assert.deepEqual(decodeName(Buffer.from('grüße')), { text: 'grüße', exact: true });
    assert.deepEqual(decodeName(Buffer.from('\ufeffbom')), { text: '\ufeffbom', exact: true });
    assert.deepEqual(decodeName(Buffer.from([0x63, 0x61, 0x66, 0xe9])), { text: 'caf\\xe9', exact: false });
  });
});
