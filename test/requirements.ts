/**
 * What a suite needs besides Node, declared in one line:
 *
 *     before(requirement('cluster'));
 *
 * Where it is missing the suite is skipped and the reason printed. `PTAR_REQUIRE=all`, or a comma list of names, turns the skip
 * into a failure: CI sets it, so that a suite cannot fall silent there.
 */
import { spawnSync } from 'node:child_process';
import { findChromium } from './browser.ts';

/** Each name with its probe: undefined where it is there, otherwise why not. */
const probes = {
  /** A Go toolchain that builds the modules under `test/`. */
  go: probeGo,
  /** Plakar's own reader and writer, `test/interop/reference.ts`; the first time it is built. */
  reference: async () =>
    probeGo() ?? (await probeBuild((await import('./interop/reference.ts')).buildReference)),
  /** What `startCluster` of `test/cluster/harness.ts` needs; the first time it is built. */
  cluster: async () =>
    process.platform === 'win32'
      ? 'kube-apiserver does not run on Windows'
      : (probeGo() ?? (await probeBuild((await import('./cluster/binary.ts')).buildTestCluster))),
  /** A Chromium that Playwright drives without a display. */
  browser: () =>
    findChromium() === undefined ? 'there is no Chromium; name one in PTAR_CHROMIUM' : undefined,
  /** A real VS Code in a browser, `test/vscode/host.ts`; the first time it is set up. */
  vscode: probeEditor,
  /** Shells whose completion is typed at. */
  zsh: () => probeCommand('zsh'),
  fish: () => probeCommand('fish'),
  /** Programs that read and write tars, and one that sets extended attributes. */
  gnutar: () => probeCommand('tar', /GNU tar/),
  bsdtar: () => probeCommand('bsdtar', /libarchive/),
  setfattr: () => probeCommand('setfattr'),
  /** Files of other owners, device nodes, mounts. */
  root: () => (process.getuid?.() === 0 ? undefined : 'the tests do not run as root'),
} as const satisfies Record<string, () => string | undefined | Promise<string | undefined>>;

/** What a suite can ask for. */
export type RequirementName = keyof typeof probes;

/** Cold builds included. */
const PROBE_LIMIT_MS = 30 * 60_000;
const GO_VERSION_MIN = [1, 26] as const;

function probeGo(): string | undefined {
  const result = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
    timeout: 30_000,
  });
  if (result.error !== undefined || result.status !== 0) return 'there is no `go` on PATH';
  const version = /^go(\d+)\.(\d+)/.exec(result.stdout);
  if (version === null) return `\`go env GOVERSION\` says ${JSON.stringify(result.stdout.trim())}`;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const recent = major > GO_VERSION_MIN[0] || (major === GO_VERSION_MIN[0] && minor >= GO_VERSION_MIN[1]);
  return recent ? undefined : `Go ${GO_VERSION_MIN.join('.')} or newer is needed, found ${version[0]}`;
}

async function probeEditor(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the editor is set up on Linux x64 only';
  if (findChromium() === undefined) return 'there is no Chromium; name one in PTAR_CHROMIUM';
  return probeBuild((await import('./vscode/host.ts')).editorHost);
}

/** @param calledItself what it says of itself, where other programs have the same name */
function probeCommand(name: string, calledItself = /(?:)/): string | undefined {
  const { error, stdout } = spawnSync(name, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  if (error !== undefined) return `there is no \`${name}\` on PATH`;
  return calledItself.test(stdout) ? undefined : `\`${name}\` is another program, not ${calledItself.source}`;
}

async function probeBuild(build: () => Promise<unknown>): Promise<string | undefined> {
  return build().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** True where `PTAR_REQUIRE` insists on `name`. */
export function isRequired(name: RequirementName): boolean {
  const enforced = (process.env['PTAR_REQUIRE'] ?? '').split(',').map((item) => item.trim());
  return enforced.includes('all') || enforced.includes(name);
}

/** A `before` hook that skips its suite unless all `names` are there; the hook fails instead where `PTAR_REQUIRE` names one. */
export function requirement(...names: readonly RequirementName[]): Mocha.AsyncFunc {
  return async function (this: Mocha.Context): Promise<void> {
    this.timeout(PROBE_LIMIT_MS);
    for (const name of names) {
      const reason = await probes[name]();
      if (reason === undefined) continue;
      if (isRequired(name)) throw new Error(`PTAR_REQUIRE asks for '${name}': ${reason}`);
      const suite = this.test?.parent?.fullTitle() ?? 'suite';
      process.stderr.write(`\n  skipped: ${suite} (needs '${name}': ${reason})\n`);
      this.skip();
    }
  };
}
