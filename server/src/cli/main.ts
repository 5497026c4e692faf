/** The program `copse`. Nothing but its end: read the words, run one command, say what went wrong. */

import { run } from './program.ts';

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
});
