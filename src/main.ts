#!/usr/bin/env node
import { program } from './commands/program.ts';

// Whatever the server writes holds hashes of tokens or what was typed into terminals: nobody else reads it.
process.umask(0o077);
const { env, stdin, stdout, stderr } = process;
process.exitCode = await program({ environment: env, stdin, stdout, stderr }, process.argv.slice(2));
