/** Paths inside a snapshot. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareUtf8, decodeUtf8, encodeUtf8 } from '../../src/format/bytes.ts';
import { PATH_LENGTH_MAX } from '../../src/format/limits.ts';
import {
  baseName,
  checkPath,
  cleanPath,
  comparePaths,
  isCleanPath,
  joinPath,
  parentPath,
} from '../../src/format/path.ts';
import { withCode } from './expected-error.ts';

const typed = fc
  .array(fc.constantFrom('/', 'a', 'b.yaml', '.', '..', '', 'é'), { maxLength: 12 })
  .map((parts) => parts.join('/'));

describe('path', () => {
  it('takes apart what it joins', () => {
    fc.assert(
      fc.property(typed, (text) => {
        const path = cleanPath(text);
        assert.equal(isCleanPath(path), true);
        assert.equal(cleanPath(path), path);
        if (path !== '/') assert.equal(joinPath(parentPath(path), baseName(path)), path);
      }),
    );
    assert.equal(parentPath('/'), '/');
    assert.equal(baseName('/'), '/');
  });

  it('has an order by slashes, then by bytes', () => {
    const text = fc
      .array(fc.constantFrom('/', 'a', 'b', 'ab', '\u{1f600}', '\ufffd', '\udc80', '\ud83d', 'é'), {
        maxLength: 8,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, text, (begin, endA, endB) => {
        const [a, b] = [begin + endA, begin + endB];
        const slashes = a.split('/').length - b.split('/').length;
        assert.equal(
          Math.sign(comparePaths(a, b)),
          Math.sign(slashes || compareUtf8(a, b)),
          JSON.stringify([a, b]),
        );
      }),
    );
  });

  it('keeps what a person types within the root', () => {
    assert.equal(cleanPath('../../etc/./passwd//'), '/etc/passwd');
    assert.equal(cleanPath('/a/../..'), '/');
  });

  it('knows what a snapshot cannot hold', () => {
    for (const path of [
      '',
      'a',
      '/a/',
      '//',
      '/a//b',
      '/.',
      '/a/..',
      '/../a',
      '/a\0b',
      `/${'x'.repeat(PATH_LENGTH_MAX)}`,
    ]) {
      assert.equal(isCleanPath(path), false, path.slice(0, 20));
      assert.throws(() => checkPath(path), withCode('FORMAT_ENCODING'));
    }
    for (const path of [
      '/',
      '/a',
      '/...',
      '/a b',
      '/\n',
      '/é',
      '/\udc80',
      `/${'x'.repeat(PATH_LENGTH_MAX - 1)}`,
    ]) {
      assert.equal(isCleanPath(path), true, path.slice(0, 20));
    }
  });

  it('holds paths against their elements', () => {
    const parts = fc.array(fc.constantFrom('/', 'a', '.', '\0', 'é'), { maxLength: 8 });
    fc.assert(
      fc.property(parts, (characters) => {
        const path = characters.join('');
        const [start, ...elements] = path.split('/');
        const areNames = elements.every((name) => !['', '.', '..'].includes(name) && !name.includes('\0'));
        const isClean = path === '/' || (start === '' && elements.length > 0 && areNames);
        assert.equal(isCleanPath(path), isClean, JSON.stringify(path));
      }),
      { numRuns: 2000 },
    );
  });

  it('measures paths in bytes, not in UTF-16 units', () => {
    assert.equal(isCleanPath(`/${'€'.repeat(21_845)}`), true);
    assert.equal(isCleanPath(`/${'€'.repeat(21_846)}`), false);
  });

  it('refuses texts that would come back as another path', () => {
    for (const path of ['/\ud800', '/a\udfff', '/\udcc3\udca9']) {
      assert.notEqual(decodeUtf8(encodeUtf8(path)), path);
      assert.equal(isCleanPath(path), false);
    }
  });

  it('orders by depth, then by bytes', () => {
    const paths = ['/b/a', '/a/b/c', '/', '/b', '/a', '/a-', '/a/b', '/\u{10000}', '/\uffff'];
    assert.deepEqual(paths.sort(comparePaths), [
      '/',
      '/a',
      '/a-',
      '/b',
      '/\uffff',
      '/\u{10000}',
      '/a/b',
      '/b/a',
      '/a/b/c',
    ]);
  });
});
