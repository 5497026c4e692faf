/** `copse accounts replace-key` (SPEC Z107): the account goes over to a key of 24 new words, and so does this device. */

import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { newSecret, phraseOf } from 'copse/internal/phrase.ts';
import type { Context } from '../context.ts';
import { folderOf } from '../identities.ts';
import { open } from '../person.ts';
import { street } from './peer.ts';

const OWNER_ONLY = 0o600;

interface Replaced {
  readonly node: Key;
  readonly name: string;
  readonly key: string;
  /** Titles of sites of which the old key is a member. */
  readonly sites: readonly string[];
}

export async function replaceKey(context: Context, path: string): Promise<void> {
  if (existsSync(path)) throw new Fault('usage', `There is a file ${path} already.`);
  const secret = newSecret(context.env);
  const { node, name, key: next, sites } = await replaced(context, secret, path);
  const folder = folderOf(context.home, node);
  const before = `${folder}.before-${Math.floor(context.env.wallMs())}`;
  renameSync(folder, before);
  {
    await using _ = await open(context, { secret, name });
  }
  const lines = [
    `Your account has the key ${next} now. Its 24 words are in ${path}: keep them where nobody else reads them.`,
    `Other devices of yours sign in with them: \`copse login --phrase-file\`. What this one had of the old key is in ${before}.`,
    ...(sites.length === 0 ? [] : [`${SITES} ${sites.join(', ')}.`]),
  ];
  context.output.result(lines.join('\n'), { key: next, phraseFile: path, before, sites });
}

const SITES =
  'Memberships of sites stay with the old key, because what opens them is sealed to it. Have the new one invited to:';

/** The words are on the disk before anything is done with them. */
async function replaced(context: Context, secret: Uint8Array, path: string): Promise<Replaced> {
  await using at = await street(context);
  const { copse, place } = at;
  const accounts = await copse.accounts();
  const sites = copse.sites.get().map(({ id, title }) => title.get() || id);
  writeFileSync(path, `${phraseOf(secret)}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  const next = await place.moving.moveTo(secret, accounts);
  try {
    const { name } = copse.profile.get();
    return { node: key(copse.node.key), name, key: base64url(next.me ?? new Uint8Array(0)), sites };
  } finally {
    next[Symbol.dispose]();
  }
}
