#!/usr/bin/env node
import { main } from './cli/main.ts';
import { invokedAs } from './cli/program-name.ts';

const { name, args } = invokedAs(process.argv[1]);
process.exitCode = await main([...args, ...process.argv.slice(2)], process, name);
