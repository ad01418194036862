#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { program } from './commands/program.ts';

// Whatever the server writes holds hashes of tokens or what was typed into terminals: nobody else reads it.
process.umask(0o077);
const { env, stdin, stdout, stderr } = process;

// Loading the modules makes the young generation grow to 32 MiB, which V8 gives back only after minutes of rest. It stays small
// until the server listens, and grows from then on if the load asks for it.
setFlagsFromString('--semi-space-growth-factor=1');
process.exitCode = await program({ environment: env, stdin, stdout, stderr }, process.argv.slice(2));
setFlagsFromString('--semi-space-growth-factor=2');
