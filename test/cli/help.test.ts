import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { VERSION } from '../../src/operations/client.ts';
import { runPtar } from './ptar-process.ts';

const TRACE = fileURLToPath(new URL('module-trace.mjs', import.meta.url));

describe('help', () => {
  const program = buildProgram(new Terminal(process), () => Promise.resolve());

  for (const command of program.commands) {
    it(`of ${command.name()} has a summary, what it does, and examples that name the command`, () => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      assert.notEqual(command.summary(), '');
      assert.match(help, /^Usage: ptar /);
      const examples = help.slice(help.indexOf('Examples:'));
      assert.match(examples, new RegExp(`^  .*ptar ${command.name()} `, 'm'));
      assert.match(examples, /^ {2}# /m);
    });
  }

  it('lists every command and the exit codes, on stdout', async () => {
    const run = await runPtar(['--help']);
    assert.equal(run.exitCode, 0);
    assert.equal(run.stderr, '');
    for (const command of program.commands) {
      assert.ok(run.stdout.includes(`  ${command.name()}`), command.name());
    }
    assert.match(run.stdout, /130 {2}interrupted/);
  });

  it('loads neither cryptography nor a network client', async () => {
    const run = await runPtar(['--help'], { nodeArgs: ['--import', TRACE] });
    const modules = run.stderr.split('\n').filter((line) => line.startsWith('module '));
    assert.ok(modules.some((url) => url.includes('commander')));
    const heavy = modules.filter((url) =>
      /noble|undici|hash-wasm|client-node|\/(?:src|dist)\/format\/|\/yaml\//.test(url),
    );
    assert.deepEqual(heavy, []);
  });

  it('prints the version of the package', async () => {
    const run = await runPtar(['--version']);
    assert.deepEqual([run.exitCode, run.stdout], [0, `${VERSION}\n`]);
    assert.match(VERSION, /^\d+\.\d+\.\d+/);
  });
});
