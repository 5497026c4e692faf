/**
 * A member in a process of her own, for the benchmark of keys: joins by the link, appends one entry after the
 * other, and prints for each line on its input how long the longest append since the line before has taken.
 */

import { createInterface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';
import { MemoryKeep } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';

const [, , link] = process.argv;
const invitation = must(link, 'the link of an invitation');
const copse = await openCopse(invitation, { keep: new MemoryKeep(), name: 'Bob' });
const log = (await copse.join(invitation)).log('chat');
let longestMs = 0;
let count = 0;
let failed = 0;

async function writeOn(): Promise<void> {
  for (;;) {
    const beganMs = performance.now();
    await log.append('words').catch(() => failed++);
    longestMs = Math.max(longestMs, performance.now() - beganMs);
    count++;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

void writeOn();
console.log(JSON.stringify({ ready: true }));
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ longestMs, count, failed }));
  longestMs = 0;
  count = 0;
}
process.exitCode = 0;
await copse.close();
