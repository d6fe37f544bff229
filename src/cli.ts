#!/usr/bin/env node
import { EXIT } from './cli/exit-codes.ts';
import { main } from './cli/main.ts';
import { invokedAs } from './cli/program-name.ts';

/** How long what is still pending may keep a process that was interrupted and has cleaned up. */
const LINGER_LIMIT_MS = 500;

// Node warns developers, of experimental modules for instance; whoever runs ptar can do nothing about it.
if ((process.env['PTAR_DEBUG'] ?? '') === '') process.removeAllListeners('warning');

const { name, args } = invokedAs(process.argv[1]);
process.exitCode = await main([...args, ...process.argv.slice(2)], process, name);
if (process.exitCode === EXIT.interrupted) {
  // A pipe that nobody writes to is still being opened: process.exit() would wait for that, too. Shells see exit code 130.
  setTimeout(() => process.kill(process.pid, 'SIGINT'), LINGER_LIMIT_MS).unref();
}
