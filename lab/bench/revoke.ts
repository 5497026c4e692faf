/**
 * From the moment a right is taken back to the last byte that reaches the device it was taken from, over
 * real sockets: a node, somebody who writes without a pause, and a reader who loses the right to read.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { permission, MemoryKeep, type Copse, type Site } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { Cli } from '../e2e/support/cli.ts';
import { quantile, spread, type Bench, type Figure } from './figure.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
const WRITE_MS = 2;
const WATCH_MS = 400;

export const revokeBench: Bench = {
  name: 'revoke',
  async run({ quick }) {
    const directory = mkdtempSync(join(tmpdir(), 'copse-bench-'));
    try {
      await using cli = new Cli([process.execPath, MAIN]);
      const { said } = await cli.serve(join(directory, 'data'), ['--port', '0']);
      const ms = await measure(said.url, quick ? 10 : 50);
      return [figure('revoke to last byte, p50', ms, 0.5), figure('the same, p99', ms, 0.99)];
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

function figure(name: string, ms: readonly number[], q: number): Figure {
  const common = { cpuPerOp: null, rivals: {}, rssMb: null };
  return { name, unit: 'ms', value: quantile(ms, q), spread: spread(ms), ...common };
}

async function measure(url: string, count: number): Promise<readonly number[]> {
  await using ada = await openCopse(url, { keep: new MemoryKeep(), name: 'Ada' });
  const site = await ada.found({ title: 'Garden', logs: ['chat'] });
  const writing = writeOn(site);
  const ms: number[] = [];
  for (let n = 0; n < count; n++) ms.push(await once(ada, site, url));
  writing.stop();
  return ms;
}

function writeOn(site: Site): { readonly stop: () => void } {
  const log = site.log('chat');
  const timer = setInterval(() => void log.append('words').catch(() => {}), WRITE_MS);
  return { stop: () => clearInterval(timer) };
}

/** A guest comes, reads along, and is shown out; milliseconds until she heard the last. */
async function once(ada: Copse, site: Site, url: string): Promise<number> {
  await using guest = await openCopse(url, { keep: new MemoryKeep(), name: 'Guest' });
  const joined = await guest.join(await site.invite({ permissions: permission.read }));
  const heard = { lastMs: 0, count: 0 };
  const reading = (async () => {
    for await (const _ of joined.log('chat').entries()) {
      heard.lastMs = performance.now();
      heard.count++;
    }
  })().catch(() => {});
  while (heard.count < 20) await sleep(5);
  const grants = await site.grants();
  const own = must(
    grants.find(({ subjectUser }) => subjectUser === guest.user),
    "the guest's right",
  );
  const beganMs = performance.now();
  await ada.rights.then((desk) => desk.revoke(site.id, own.id));
  await sleep(WATCH_MS);
  await Promise.race([reading, sleep(1)]);
  return Math.max(0, heard.lastMs - beganMs);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
