#!/usr/bin/env node
// kubectl asks a program called kubectl_complete-ptar what can stand on a command line of `kubectl ptar`.
import { COMPLETE_COMMAND } from './program-name.ts';
import { run } from './run.ts';

await run({ name: 'kubectl ptar', args: [COMPLETE_COMMAND] });
