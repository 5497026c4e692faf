/**
 * The account as one file, on a connection of its own to the node: what a browser keeps is a part of it. Loaded with
 * the first press of a button (SPEC Z103).
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import type { Accounts } from 'copse/internal/client/accounts.ts';
import { browserRuntime } from 'copse/internal/browser/runtime.ts';
import { Files } from 'copse/internal/client/files.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { filesIfAny } from 'copse/internal/client/neighbourhood/account-files.ts';
import { openOn } from 'copse/internal/client/neighbourhood/open.ts';
import type { Copse as SdkCopse } from 'copse';
import type { AccountFileDesk } from './sdk-account-file.ts';

interface Parts extends Pick<SdkCopse, 'node'> {
  secret(): Promise<Uint8Array | null>;
  accounts(): Promise<Pick<Accounts, 'me' | 'tree' | 'trail'>>;
}

export async function openAccountFileDesk(copse: Parts): Promise<AccountFileDesk> {
  const { url } = copse.node;
  const node = key(copse.node.key);
  const secret = await copse.secret();
  if (secret === null) throw new Fault('forbidden', 'sign in with your own account to keep it');
  const runtime = browserRuntime('account-file');
  const { env, primitives } = runtime;
  const place = await openOn(runtime, { url, node, secret });
  const seed = async (): Promise<Uint8Array> => (await userKeysOf(primitives, secret)).sign.seed;
  const any = await filesIfAny(async () => new Files({ env, primitives, url, node, seed }));
  const accounts = await copse.accounts();
  return {
    write: ({ withChunks, signal, onProgress }) =>
      place.export({
        ...any,
        accounts,
        withChunks,
        signal,
        onProgress: ({ records, bytes }) => onProgress(records, bytes),
      }),
    bring: (file, { signal, onProgress }) =>
      place.import(file, { ...any, signal, onProgress: (records) => onProgress(records, 0) }),
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
}
