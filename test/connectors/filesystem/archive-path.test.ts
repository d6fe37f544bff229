import assert from 'node:assert/strict';
import {
  ancestorsOf,
  archivePathElements,
  archivePathOf,
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

  it('list their ancestors', () => {
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
});
