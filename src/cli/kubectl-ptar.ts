#!/usr/bin/env node
// kubectl runs a program of this name as `kubectl ptar`.
import { run } from './run.ts';

await run({ name: 'kubectl ptar', args: [] });
