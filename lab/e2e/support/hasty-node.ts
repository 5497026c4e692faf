/**
 * A node whose compaction and retention do not wait: all that takes half a minute and more in them takes a
 * tenth of a second. Everything else is the node's own, and so are its flags.
 */

import { base64url, concat } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { coldSweepMs } from 'copse/internal/base/limits-cold.ts';
import { compactAfterMs, retentionSweepMs } from 'copse/internal/base/limits.ts';
import { composeNode } from '../../../server/src/node/compose.ts';
import { readSettings } from '../../../server/src/node/settings.ts';

const SOON_MS = 100;
const WAITS: readonly number[] = [compactAfterMs, retentionSweepMs, coldSweepMs];

const real = realEnv();
const env: Env = { ...real, after: (ms, task) => real.after(WAITS.includes(ms) ? SOON_MS : ms, task) };

/** `--retain-days 3` as `retainDays`. */
function flagsOf(words: readonly string[]): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const [i, word] of words.entries()) {
    const value = words[i + 1];
    if (!word.startsWith('--') || value === undefined || value.startsWith('--')) continue;
    flags[word.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  return flags;
}

const settings = readSettings({ flags: flagsOf(process.argv.slice(2)), environment: {}, file: {} });
const node = await composeNode(settings, env);
const setup =
  node.setupSecret === null ? null : `${node.url}/#setup=${base64url(concat(node.key, node.setupSecret))}`;
console.log(JSON.stringify({ url: node.url, setup }));
