/**
 * `npm run test:vscode [-- VERSION]`: downloads VS Code, installs the package as people do, and runs test/vscode/inside in its extension
 * host. VERSION is `stable`, `insiders` or a number; without it the oldest version that the extension says it runs in.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  downloadAndUnzipVSCode,
  resolveCliArgsFromVSCodeExecutablePath,
  runTests,
  SilentReporter,
} from '@vscode/test-electron';
import { insideSuite } from '../test/vscode/driver.ts';
import { extensionPackage } from '../test/vscode/vsix.ts';

/** How long the download may stand still. */
const IDLE_LIMIT_MS = 20_000;
const INSTALL_LIMIT_MS = 120_000;

const root = path.join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly engines: { readonly vscode: string };
};
const version = process.argv[2] ?? manifest.engines.vscode.replace('^', '');

const executable = await download();
process.exitCode = executable === undefined ? 1 : await test(executable);

/** The editor's program; undefined, with a line that says why, where it cannot be had. */
async function download(): Promise<string | undefined> {
  const cachePath = path.join(root, 'coverage', 'vscode');
  try {
    return await downloadAndUnzipVSCode({
      version,
      cachePath,
      timeout: IDLE_LIMIT_MS,
      reporter: new SilentReporter(),
    });
  } catch (error) {
    const reason =
      error instanceof Error
        ? error.message || ('code' in error ? String(error.code) : error.name)
        : String(error);
    process.stderr.write(
      `VS Code ${version} cannot be downloaded here (${reason.split('\n', 1)[0] ?? ''}); npx mocha test/vscode/inside.test.ts runs the same tests in code-server\n`,
    );
    return undefined;
  }
}

/** @returns the exit code */
async function test(vscodeExecutablePath: string): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ptar-vscode-'));
  const suite = await insideSuite();
  try {
    const launchArgs = [
      `--user-data-dir=${path.join(folder, 'user')}`,
      `--extensions-dir=${path.join(folder, 'extensions')}`,
    ];
    const [command = '', ...args] = resolveCliArgsFromVSCodeExecutablePath(vscodeExecutablePath);
    const own = args.filter((arg) => !/^--(?:user-data|extensions)-dir=/.test(arg));
    const { status } = spawnSync(
      command,
      [...own, ...launchArgs, '--install-extension', await extensionPackage(), '--force'],
      { stdio: 'inherit', timeout: INSTALL_LIMIT_MS, shell: process.platform === 'win32' },
    );
    if (status !== 0) return status ?? 1;
    const code = await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: suite.folder,
      extensionTestsPath: suite.entry,
      extensionTestsEnv: suite.environment,
      launchArgs: [...launchArgs, '--disable-workspace-trust', '--skip-welcome', '--skip-release-notes'],
    }).catch(() => 1);
    // There are none where the editor did not start.
    for (const { title, error } of await suite.results().catch(() => [])) {
      process.stdout.write(error === undefined ? `passed: ${title}\n` : `FAILED: ${title}: ${error}\n`);
    }
    return code;
  } finally {
    await suite.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
