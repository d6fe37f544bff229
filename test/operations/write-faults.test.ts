/**
 * Whatever happens to a writer – an error of the system at any call, or its end – the archive under its name is the old one or the new
 * one, whole.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { isPtarError } from '../../src/errors.ts';
import { addSnapshots } from '../../src/operations/add-snapshot.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { interceptFileCalls, systemFault, type FileCall } from '../connectors/stores/file-calls.ts';
import { leftovers, noise, PASSPHRASE, passphrase, soundSnapshots, sourceFolder } from './written-archive.ts';

/** SCRYPT, because key derivation is not what is tested. */
const encryption = (): Promise<{ passphrase: Uint8Array; kdf: 'SCRYPT' }> =>
  Promise.resolve({ passphrase: PASSPHRASE, kdf: 'SCRYPT' });

describe('faults of the file system', () => {
  let folder: string;
  let source: string;
  let original: string;
  let archivePath: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-faults-'));
    source = await sourceFolder(folder, 'source', { large: noise(2_500_000, 1), small: 'text' });
    original = path.join(folder, 'original.ptar');
    archivePath = path.join(folder, 'archive.ptar');
    await captureSources({ sources: [source], archivePath: original, encryption });
    await sourceFolder(folder, 'source', { larger: noise(1_500_000, 2) });
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => copyFile(original, archivePath));

  const WRITERS = {
    'ptar create': async (): Promise<void> => {
      await captureSources({ sources: [source], archivePath, overwrite: true, encryption });
    },
    'ptar add': async (): Promise<void> => {
      await addSnapshots({ sources: [source], archivePath, passphrase });
    },
  };

  /** Lets the `wanted`-th of the `faulty` calls fail with `code`: how many calls differs, for threads encode. */
  async function withFault(
    write: () => Promise<void>,
    { faulty, wanted, code }: { faulty: FileCall; wanted: number; code: string },
  ): Promise<{ error: unknown; isReached: boolean; isRenamed: boolean }> {
    let count = 0;
    let [isReached, isRenamed] = [false, false];
    const restore = await interceptFileCalls((call, proceed) => {
      if (call !== faulty || count++ !== wanted) {
        if (call === 'rename' && !isReached) isRenamed = true;
        return proceed();
      }
      isReached = true;
      // A handle that is not closed would stay open; the system closes it and reports the error.
      return (call === 'close' ? proceed() : Promise.resolve()).then(() => {
        throw systemFault(code, call);
      });
    });
    try {
      await write();
      return { error: undefined, isReached, isRenamed };
    } catch (error) {
      return { error, isReached, isRenamed };
    } finally {
      restore();
    }
  }

  for (const [name, write] of Object.entries(WRITERS)) {
    const FAULTS: readonly (readonly [FileCall, string, string])[] = [
      ['write', 'ENOSPC', 'CONNECTOR_NO_SPACE'],
      ['write', 'EIO', 'CONNECTOR_IO'],
      ['sync', 'EIO', 'CONNECTOR_IO'],
      ['rename', 'EACCES', 'CONNECTOR_PERMISSION'],
    ];
    for (const [faulty, code, expected] of FAULTS) {
      it(`${name}: ${code} at any ${faulty}`, async () => {
        const before = await readFile(original);
        for (let wanted = 0; ; wanted++) {
          await copyFile(original, archivePath);
          const { error, isReached, isRenamed } = await withFault(write, { faulty, wanted, code });
          if (!isReached) {
            assert.ok(wanted > 0, `no ${faulty}`);
            assert.equal(error, undefined);
            break;
          }
          assert.ok(isPtarError(error), String(error));
          assert.equal(error.code, expected);
          // Once it has its name the archive is there; that the folder could not be synced is still reported.
          assert.equal((await readFile(archivePath)).equals(before), !isRenamed, `${faulty} ${wanted}`);
          await soundSnapshots(archivePath);
          assert.deepEqual(await leftovers(folder), []);
        }
      });
    }

    it(`${name}: writes that write less than they were asked to`, async () => {
      const restore = await interceptFileCalls((call, proceed, length) =>
        call === 'write' ? proceed(Math.max(1, Math.floor(length / 3))) : proceed(),
      );
      try {
        await write();
      } finally {
        restore();
      }
      assert.equal((await soundSnapshots(archivePath)).length, name === 'ptar add' ? 2 : 1);
    });
  }

  describe('kill -9 at every call', () => {
    let program: string;
    before(async () => {
      // As deep as the modules that look for the package's version.
      program = path.join(folder, 'dist', 'operations', 'killed-writer.mjs');
      await writeFile(path.join(folder, 'package.json'), '{ "version": "0.0.0" }');
      await build({
        entryPoints: [path.join(import.meta.dirname, 'killed-writer.ts')],
        outfile: program,
        bundle: true,
        format: 'esm',
        platform: 'node',
        // Packages that are CommonJS inside find their own modules with it.
        banner: {
          js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
        },
        logLevel: 'error',
      });
    });

    for (const verb of ['create', 'add'] as const) {
      it(`ptar ${verb}`, async () => {
        const before = await readFile(original);
        const ids = await soundSnapshots(original);
        let hasNew = false;
        for (let killAt = 0; ; killAt++) {
          await copyFile(original, archivePath);
          const { signal, stderr } = await runKilled(program, [verb, source, archivePath], killAt);
          if (signal === null) {
            assert.equal(stderr, '');
            assert.ok(killAt >= 8, `only ${killAt} calls`);
            break;
          }
          assert.equal(signal, 'SIGKILL');
          const isOld = (await readFile(archivePath)).equals(before);
          // Once new, always new: the name is taken in one step.
          assert.ok(isOld || killAt > 0);
          assert.ok(!hasNew || !isOld, `call ${killAt}: old again`);
          hasNew ||= !isOld;
          const now = await soundSnapshots(archivePath);
          if (verb === 'add') assert.deepEqual(now.slice(0, 1), ids);
          if (!isOld) assert.equal(now.length, verb === 'add' ? 2 : 1);
        }
        assert.ok(hasNew, 'never killed behind the renaming');
        // The last one met the locks of all the killed ones.
        assert.equal((await soundSnapshots(archivePath)).length, verb === 'add' ? 2 : 1);
      }).timeout(300_000);
    }
  });
});

function runKilled(
  program: string,
  args: readonly string[],
  killAt: number,
): Promise<{ signal: NodeJS.Signals | null; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, KILL_AT: String(killAt) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_, signal) => resolve({ signal, stderr }));
  });
}
