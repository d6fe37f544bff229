// What Windows makes of the paths that ptar gives it, by Node's own rules for them: nothing may leave the folder, vanish or change.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, win32 } from 'node:path';
import fc from 'fast-check';
import { archivePathElements, archivePathOf } from '../../../src/connectors/filesystem/archive-path.ts';
import { ConfinedFolder } from '../../../src/connectors/filesystem/confined-folder.ts';
import { escapeName, unescapeName } from '../../../src/connectors/filesystem/escaped-name.ts';
import { meaningOf } from '../../../src/connectors/system-error.ts';
import { decodeUtf8 } from '../../../src/format/bytes.ts';

const name = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => decodeUtf8(bytes)),
    fc.constantFrom(
      'system:node.yaml',
      'C:',
      'NUL',
      'con.yaml',
      'a\\..\\..\\b',
      '...',
      'x.',
      'x ',
      '%41',
      '\\\\?\\',
    ),
  )
  .map((text) => text.replaceAll(/[/\0]/g, '_'))
  .filter((text) => text !== '.' && text !== '..');

describe('paths on Windows', () => {
  it('lead from archive paths to places below the folder, and back', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const elements = archivePathElements(`/${names.join('/')}`);
        // Some texts are no bytes of a name.
        if (elements === undefined) return;
        const folder = 'D:\\rescue';
        const escaped = elements.map((element) => escapeName(element, 'win32'));
        const path = win32.join(folder, ...escaped);
        assert.equal(win32.normalize(path), path);
        assert.ok(path.isWellFormed());
        const below = win32.relative(folder, path).split(win32.sep);
        assert.deepEqual(below.map(unescapeName), elements);
      }),
    );
  });

  it('lead from system paths to archive paths', () => {
    for (const [path, archivePath] of [
      ['C:\\Users\\ann\\notes.txt', '/C:/Users/ann/notes.txt'],
      ['C:\\', '/C:'],
      ['\\\\server\\share\\x\\', '/server/share/x'],
      ['\\\\.\\C:\\x', '/C:/x'],
    ] as const) {
      assert.equal(archivePathOf(win32.normalize(path), 'win32'), archivePath);
      assert.notEqual(archivePathElements(archivePath), undefined);
    }
  });

  for (const [platform, names, written] of [
    ['win32', ['system:node.yaml', 'web', 'WEB', 'nul'], ['system%3Anode.yaml', 'web', '%57EB', '%6Eul']],
    [
      'darwin',
      ['system:node.yaml', 'web', 'WEB', 'caf\udce9'],
      ['system:node.yaml', 'web', '%57EB', 'caf%E9'],
    ],
    [
      'linux',
      ['system:node.yaml', 'web', 'WEB', 'caf\udce9'],
      ['system:node.yaml', 'web', 'WEB', 'caf\udce9'],
    ],
  ] as const) {
    it(`places names that ${platform} cannot hold or tell apart under names that it can`, async () => {
      const root = await mkdtemp(join(tmpdir(), 'ptar-windows-'));
      const folder = await ConfinedFolder.open(root, true, platform);
      const placed: string[] = [];
      for (const item of names) {
        const placement = folder.place(['C:', item], true);
        assert.ok(placement.refused === undefined);
        placed.push(relative(folder.path, placement.path).split('/')[1] ?? '');
      }
      assert.deepEqual(placed, written);
      await rm(root, { recursive: true });
    });
  }

  it('says that a file in use cannot be replaced', () => {
    const error = Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'rename' });
    assert.match(meaningOf(error, 'EPERM', 'win32')?.says ?? '', /another program has it open/);
    assert.doesNotMatch(meaningOf(error, 'EPERM', 'linux')?.says ?? '', /Windows/);
  });
});
