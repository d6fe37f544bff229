/**
 * Entry of the tests that run inside the extension host: exports `run`, as editors call it, also `@vscode/test-electron` where an editor
 * can be downloaded. `inside.test.ts` bundles it and starts the editor. Writes its results into the file that PTAR_INSIDE_RESULTS names.
 */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { defineSuite } from './suite.ts';

/** One test of the suite. */
export interface InsideResult {
  readonly title: string;
  readonly error: string | undefined;
}

const TEST_LIMIT_MS = 60_000;

/** Runs the suite. Rejects where a test fails. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_LIMIT_MS, color: false });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  defineSuite();
  const results: InsideResult[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('pass', (test) => results.push({ title: test.title, error: undefined }));
    runner.on('fail', (test, error: Error) =>
      results.push({ title: test.title, error: error.stack ?? error.message }),
    );
  });
  const file = process.env['PTAR_INSIDE_RESULTS'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  const failed = results.filter(({ error }) => error !== undefined).length;
  if (failed > 0) throw new Error(`${failed} tests failed`);
}
