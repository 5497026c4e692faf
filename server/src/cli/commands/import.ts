/** `copse import`: chat of elsewhere becomes messages of the neighbourhood (SPEC Z60). */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { accountBytesIssued } from 'copse/internal/base/limits-accounts.ts';
import { signKeyOf, userKeysOf } from 'copse/internal/client/identity.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { dataPaths, makeDataDirectory } from '../../node/data-directory.ts';
import { loadSettings } from '../../node/load-settings.ts';
import { NODE_KEY_FILE, readSeed } from '../../node/node-key.ts';
import { secretIn } from '../../node/secret-file.ts';
import type { Given, Settings } from '../../node/settings.ts';
import { AuthorAccounts, type Admitted } from '../../peer/import/author-accounts.ts';
import { censusOf, type Census } from '../../peer/import/census.ts';
import { importLines, type Imported } from '../../peer/import/importer.ts';
import { linesOf } from '../../peer/import/lines.ts';
import { SqliteAccounts } from '../../store/accounts-sqlite.ts';
import { lockDirectory } from '../../store/lock.ts';
import { openPeerStore } from '../../store/peer.ts';
import type { Context } from '../context.ts';
import { secretOn } from '../person.ts';

export interface ImportFlags extends Given {
  readonly format?: string;
  readonly source?: string;
  readonly withAccounts?: boolean;
}

const SECRET = { name: 'import.key', loss: 'a file that is imported again is kept twice' };

/** Into the data directory of a node that does not run. */
export async function importFile(context: Context, file: string, flags: ImportFlags): Promise<void> {
  const { format, source = basename(file).replace(/\..*$/, ''), withAccounts = false, ...given } = flags;
  if (format !== 'ndjson')
    throw new Fault('usage', `There is one format, \`ndjson\`, not \`${String(format)}\`.`);
  const settings = loadSettings(given, context.environment);
  const paths = makeDataDirectory(resolve(settings.data));
  await using owned = new AsyncDisposableStack();
  owned.use(lockDirectory(paths.directory));
  const { env } = context;
  // Signatures are made here and checked by other threads meanwhile.
  const primitives = nativePrimitives({ threads: true });
  const secret = secretIn(paths.directory, SECRET, () => env.random(32));
  const admitting = withAccounts ? await authorAccounts(context, owned, settings) : null;
  const beganMs = env.nowMs();
  const imported = await withStore({ path: paths.messages, primitives, env }, (store) =>
    importLines(linesOf(resolve(file)), {
      store,
      primitives,
      env,
      secret,
      source,
      bytesMax: settings.userMessageBytes,
      ...(admitting === null ? {} : { admit: (name, key) => admitting.admit(name, key) }),
      progress: (lines) => context.output.progress(`${lines} lines`),
    }),
  );
  context.output.progress('');
  const census = censusOf(paths.messages);
  const tookMs = Math.round(env.nowMs() - beganMs);
  const admitted = admitting?.admitted() ?? null;
  const accountText = admitted === null ? '' : ` ${accountsText(admitted)}`;
  context.output.item(importedText(imported) + accountText, { ...imported, tookMs, accounts: admitted });
  context.output.result(censusText(census), census);
}

/** Who imports lets the authors in, by the key that is kept on this device; the node needs not run. */
async function authorAccounts(
  context: Context,
  owned: AsyncDisposableStack,
  settings: Settings,
): Promise<AuthorAccounts> {
  // Signatures are made here and checked by other threads meanwhile.
  const primitives = nativePrimitives({ threads: true });
  const paths = dataPaths(resolve(settings.data));
  const keyFile = join(paths.directory, NODE_KEY_FILE);
  if (!existsSync(paths.accounts) || !existsSync(keyFile))
    throw new Fault('usage', 'Nobody has an account on this node yet: start it, and sign in first.');
  const node = (await signKeyOf(primitives, readSeed(keyFile))).publicKey;
  const secret = await secretOn(context, node);
  if (secret === null)
    throw new Fault('usage', 'Authors are let in by you: `copse login` on this node first, on this machine.');
  const { sign } = await userKeysOf(primitives, secret);
  const { tree } = owned.use(SqliteAccounts.open({ path: paths.accounts }));
  const standing = await tree.standing(sign.publicKey);
  if (standing.kind !== 'friend') throw new Fault('forbidden', 'You have no account on this node.');
  const { env } = context;
  const bytes = Math.min(standing.bytes, accountBytesIssued);
  return new AuthorAccounts({ tree, primitives, env, node, seed: sign.seed, bytes });
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

function accountsText({ made, known, without }: Admitted): string {
  const rest = [
    [known, 'had one'],
    [without, 'have none: you may let nobody else in'],
  ] as const;
  const more = rest.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`);
  return `${made} authors have an account now${more.join('')}.`;
}

function censusText({ messages, authors, mentions, replies }: Census): string {
  return `The node holds ${messages} messages of ${authors} authors, with ${mentions} mentions and ${replies} replies.`;
}
