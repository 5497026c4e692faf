/** `docs/limits.md`: every bound with its value and the reason that stands above it in its file. */

import * as accountFile from '../../core/src/base/limits-account-file.ts';
import * as accounts from '../../core/src/base/limits-accounts.ts';
import * as cold from '../../core/src/base/limits-cold.ts';
import * as snapshot from '../../core/src/base/limits-snapshot.ts';
import * as direct from '../../core/src/base/limits-direct.ts';
import * as documents from '../../core/src/base/limits-documents.ts';
import * as exchange from '../../core/src/base/limits-exchange.ts';
import * as files from '../../core/src/base/limits-files.ts';
import * as led from '../../core/src/base/limits-led.ts';
import * as mentions from '../../core/src/base/limits-mentions.ts';
import * as notify from '../../core/src/base/limits-notify.ts';
import * as limits from '../../core/src/base/limits.ts';
import * as peer from '../../core/src/base/limits-peer.ts';
import * as push from '../../core/src/base/limits-push.ts';
import * as reconcile from '../../core/src/base/limits-reconcile.ts';
import * as restore from '../../core/src/base/limits-restore.ts';
import * as shards from '../../core/src/base/limits-shards.ts';
import * as work from '../../core/src/base/limits-work.ts';
import * as streams from '../../core/src/base/limits-streams.ts';
import * as yjs from '../../yjs/src/limits.ts';

const UNITS: readonly (readonly [bytes: number, name: string])[] = [
  [1 << 30, 'GiB'],
  [1 << 20, 'MiB'],
  [1 << 10, 'KiB'],
];
const TIMES: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** The page made from the texts of the files for the reasons and from its values for the numbers. */
export function limitsPage(source: string): string {
  const values: Readonly<Record<string, unknown>> = {
    ...limits,
    ...led,
    ...direct,
    ...streams,
    ...cold,
    ...restore,
    ...documents,
    ...files,
    ...shards,
    ...snapshot,
    ...mentions,
    ...notify,
    ...push,
    ...accounts,
    ...accountFile,
    ...peer,
    ...exchange,
    ...work,
    ...reconcile,
    ...yjs,
  };
  const rows = reasonsOf(source).map(
    ({ name, reason }) => `| \`${name}\` | ${shown(name, values[name])} | ${reason} |`,
  );
  return [
    '# Limits',
    '',
    'Made from `core/src/base/limits.ts`, `limits-led.ts`, `limits-direct.ts`, `limits-streams.ts`, `limits-cold.ts`, `limits-shards.ts`, `limits-snapshot.ts`, `limits-documents.ts`, `limits-files.ts`, `limits-restore.ts`, `limits-mentions.ts`, `limits-notify.ts`, `limits-push.ts`, `limits-accounts.ts`, `limits-account-file.ts`, `limits-peer.ts`, `limits-exchange.ts`, `limits-reconcile.ts`, `limits-work.ts`, and of documents `yjs/src/limits.ts`, by `npm run docs`. Reaching a limit is a declared answer and loses nothing silently (SPEC G2).',
    '',
    '| limit | value | reason |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Names in the order of the file. Limits without a comment of their own share the one above. */
function reasonsOf(source: string): readonly { readonly name: string; readonly reason: string }[] {
  const found: { name: string; reason: string }[] = [];
  let reason = '';
  for (const [, comment, name] of source.matchAll(/\/\*\*([\s\S]*?)\*\/|^export const (\w+)/gm)) {
    if (comment !== undefined) reason = comment.replaceAll(/\s*\n\s*\*\s?/g, ' ').trim();
    else if (name !== undefined) found.push({ name, reason: reason.replaceAll('|', '\\|') });
  }
  return found;
}

function shown(name: string, value: unknown): string {
  if (typeof value !== 'number') throw new Error(`the limit ${name} is not a number`);
  if (/Bytes/.test(name)) return inUnits(value, UNITS, 'B');
  if (/Ms(Max|Min)?$/.test(name)) return inUnits(value, TIMES, 'ms');
  return value.toLocaleString('en-US');
}

/** The largest unit that leaves a whole number. */
function inUnits(
  value: number,
  units: readonly (readonly [size: number, name: string])[],
  small: string,
): string {
  const unit = units.find(([size]) => value >= size && value % size === 0);
  return unit === undefined ? `${value.toLocaleString('en-US')} ${small}` : `${value / unit[0]} ${unit[1]}`;
}
