import { EXIT } from './exit-codes.ts';
import { main } from './main.ts';
import type { Invoked } from './program-name.ts';

/** How long what is still pending may keep a process that was interrupted and has cleaned up. */
const LINGER_LIMIT_MS = 500;

/**
 * Runs this process's command line and sets its exit code. Each name has a script of its own, for what npm puts on the PATH of Windows
 * tells no program under which name it was started.
 */
export async function run({ name, args }: Invoked): Promise<void> {
  // Node warns developers, of experimental modules for instance; whoever runs ptar can do nothing about it.
  if ((process.env['PTAR_DEBUG'] ?? '') === '') process.removeAllListeners('warning');
  process.exitCode = await main([...args, ...process.argv.slice(2)], process, name);
  if (process.exitCode === EXIT.interrupted) {
    // A pipe that nobody writes to is still being opened: process.exit() would wait for that, too. Shells see exit code 130.
    setTimeout(() => process.kill(process.pid, 'SIGINT'), LINGER_LIMIT_MS).unref();
  }
}
