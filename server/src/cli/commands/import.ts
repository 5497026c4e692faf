/** `copse import`: chat of elsewhere becomes messages of the neighbourhood (SPEC Z60). */

import { basename, resolve } from 'node:path';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { makeDataDirectory } from '../../node/data-directory.ts';
import { loadSettings } from '../../node/load-settings.ts';
import { secretIn } from '../../node/secret-file.ts';
import type { Given } from '../../node/settings.ts';
import { censusOf, type Census } from '../../peer/import/census.ts';
import { importLines, type Imported } from '../../peer/import/importer.ts';
import { linesOf } from '../../peer/import/lines.ts';
import { lockDirectory } from '../../store/lock.ts';
import { openPeerStore } from '../../store/peer.ts';
import type { Context } from '../context.ts';

export interface ImportFlags extends Given {
  readonly format?: string;
  readonly source?: string;
}

const SECRET = { name: 'import.key', loss: 'a file that is imported again is kept twice' };

/** Into the data directory of a node that does not run. */
export async function importFile(context: Context, file: string, flags: ImportFlags): Promise<void> {
  const { format, source = basename(file).replace(/\..*$/, ''), ...given } = flags;
  if (format !== 'ndjson')
    throw new Fault('usage', `There is one format, \`ndjson\`, not \`${String(format)}\`.`);
  const settings = loadSettings(given, context.environment);
  const paths = makeDataDirectory(resolve(settings.data));
  using _lock = lockDirectory(paths.directory);
  const { env } = context;
  const primitives = nativePrimitives();
  const secret = secretIn(paths.directory, SECRET, () => env.random(32));
  const beganMs = env.nowMs();
  const imported = await withStore({ path: paths.messages, primitives, env }, (store) =>
    importLines(linesOf(resolve(file)), {
      store,
      primitives,
      env,
      secret,
      source,
      bytesMax: settings.userMessageBytes,
      progress: (lines) => context.output.progress(`${lines} lines`),
    }),
  );
  context.output.progress('');
  const census = censusOf(paths.messages);
  const tookMs = Math.round(env.nowMs() - beganMs);
  context.output.item(importedText(imported), { ...imported, tookMs });
  context.output.result(censusText(census), census);
}

async function withStore<T>(
  options: Parameters<typeof openPeerStore>[0],
  task: (store: ReturnType<typeof openPeerStore>) => Promise<T>,
): Promise<T> {
  await using store = openPeerStore(options);
  const answer = await task(store);
  while (store.indexWords(INDEX_ROWS));
  return answer;
}

const INDEX_ROWS = 4_096;

function importedText({ lines, stored, unlinked, cut, refused }: Imported): string {
  const rest = [
    [lines - stored - refused, 'were here already'],
    [refused, 'have no room'],
    [unlinked, 'replies are to lines that do not come before them'],
    [cut, 'mentions and replies are beyond what one message may have'],
  ] as const;
  const more = rest.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `Imported ${stored} of ${lines} lines${more.length === 0 ? '' : `; ${more.join(', ')}`}.`;
}

function censusText({ messages, authors, mentions, replies }: Census): string {
  return `The node holds ${messages} messages of ${authors} authors, with ${mentions} mentions and ${replies} replies.`;
}
