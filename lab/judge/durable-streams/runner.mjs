/** Runs the public suite in Node with the runner it was written for; the report goes to the file that is named. */

import { startVitest } from 'vitest/node';

const [report = ''] = process.argv.slice(2);
const runner = await startVitest('test', [], {
  root: import.meta.dirname,
  config: false,
  include: ['suite.ts'],
  watch: false,
  reporters: ['json'],
  outputFile: report,
  // The runner passes over packages unless it is told not to.
  server: { deps: { inline: [/durable-streams/] } },
});
await runner.close();
