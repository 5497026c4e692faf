/**
 * `copse accounts replace-key` (SPEC Z107): the account goes over to a key of 24 new words, and so does this device.
 * Done again with the same file, after it was interrupted anywhere, it goes on: the words are on the disk before
 * anything else, the device of the new key is made beside the old one's, and changes places with it at the end.
 */

import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64url } from 'copse/internal/base/bytes.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import type { Neighbourhood } from 'copse/internal/client/neighbourhood/neighbourhood.ts';
import { openNeighbourhood } from 'copse/internal/native/neighbourhood.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { newSecret, phraseOf, secretOfPhrase } from 'copse/internal/phrase.ts';
import type { Context } from '../context.ts';
import { folderOf, remember } from '../identities.ts';
import { open, secretOn, whereabouts, type Whereabouts } from '../person.ts';
import { street } from './peer.ts';

const OWNER_ONLY = 0o600;
/** In the folder of the old key: what nobody can ask the node for once the account has gone over. */
const NOTE = 'going-over';

/** What is told at the end, and which name the account goes on with. */
interface Note {
  readonly name: string;
  /** Titles of sites of which the old key is a member; null: nobody knows here. */
  readonly sites: readonly string[] | null;
}

interface Going {
  readonly context: Context;
  readonly at: Whereabouts;
  readonly secret: Uint8Array;
  readonly path: string;
}

export async function replaceKey(context: Context, path: string): Promise<void> {
  const found = existsSync(path) ? wordsIn(path) : null;
  const at = await whereabouts(context);
  const going: Going = { context, at, path, secret: found ?? newSecret(context.env) };
  const isAgain = found !== null && (await hasAccount(at, found));
  const { name, sites } = await (isAgain ? saidAgain(going) : goneOver(going));
  const next = await settled(going, name);
  const { before } = next;
  const lines = [
    `Your account has the key ${next.key} now. Its 24 words are in ${path}: keep them where nobody else reads them.`,
    `Other devices of yours sign in with them: \`copse login --phrase-file\`.${before === null ? '' : ` What this one had of the old key is in ${before}.`}`,
    ...(sites === null ? [SITES] : sites.length === 0 ? [] : [`${SITES}: ${sites.join(', ')}.`]),
  ];
  context.output.result(lines.join('\n'), { key: next.key, phraseFile: path, before, sites: sites ?? [] });
}

const SITES =
  'Memberships of sites stay with the old key, because what opens them is sealed to it. Have the new one invited to them';

/** Words that an earlier run has drawn; anything else is not written over. */
function wordsIn(path: string): Uint8Array {
  const secret = statSync(path).isFile() ? secretOfPhrase(readFileSync(path, 'utf8')) : null;
  if (secret === null)
    throw new Fault('usage', `There is a file ${path} already, and no 24 words are in it.`);
  return secret;
}

async function hasAccount({ url, nodeKey: node }: Whereabouts, secret: Uint8Array): Promise<boolean> {
  using place = await openNeighbourhood({ url, node, secret });
  return (await place.hello()).standing === 'friend';
}

/** The words are on the disk before anything is done with them. */
async function goneOver({ context, at, secret, path }: Going): Promise<Note> {
  await using here = await street(context);
  const { copse, place } = here;
  const accounts = await copse.accounts();
  const { name } = copse.profile.get();
  const note = { name, sites: copse.sites.get().map(({ id, title }) => title.get() || id) };
  if (!existsSync(path)) writeFileSync(path, `${phraseOf(secret)}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  writeFileSync(join(at.folder, NOTE), JSON.stringify(note), { mode: OWNER_ONLY });
  rmSync(besideOf(at), { recursive: true, force: true });
  await carriedOn(path, place.moving.moveTo(secret, accounts));
  return note;
}

/** The account has gone over, and the devices of the old key have ended: its words alone speak for it. */
async function saidAgain({ context, at, secret, path }: Going): Promise<Note> {
  const { url, nodeKey: node, folder } = at;
  const note = noteIn(join(folder, NOTE));
  const old = await secretOn(context, node);
  if (old === null) return note;
  using place = await openNeighbourhood({ url, node, secret: old });
  const gone = { replaceKey: () => Promise.reject(new Fault('stale', 'the account has gone over already')) };
  await carriedOn(path, place.moving.moveTo(secret, gone));
  return note;
}

async function carriedOn(path: string, moving: Promise<Neighbourhood>): Promise<void> {
  try {
    (await moving)[Symbol.dispose]();
  } catch (thrown) {
    const { code, detail, cause } = asFault(thrown);
    if (code === 'usage' || code === 'taken') throw thrown;
    throw new Fault(code, `${detail} The words are in ${path}: with it the same command goes on.`, { cause });
  }
}

function noteIn(path: string): Note {
  const said: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
  if (typeof said !== 'object' || said === null || !('name' in said) || !('sites' in said))
    return { name: '', sites: null };
  const { name, sites } = said;
  return { name: String(name), sites: Array.isArray(sites) ? sites.map(String) : null };
}

interface Settled {
  /** Of the account, in base64url. */
  readonly key: string;
  /** Where what was here of the old key lies; null: an earlier run has put it away. */
  readonly before: string | null;
}

/** The device of the new key is whole before it is in the place of the old one. */
async function settled({ context, at, secret }: Going, name: string): Promise<Settled> {
  const { url, nodeKey, folder } = at;
  const home = besideOf(at);
  remember(home, url, nodeKey);
  {
    await using _ = await open({ ...context, home, node: url }, { secret, ...(name === '' ? {} : { name }) });
  }
  const { sign } = await userKeysOf(nativePrimitives(), secret);
  const before = existsSync(folder) ? `${folder}.before-${Math.floor(context.env.wallMs())}` : null;
  if (before !== null) renameSync(folder, before);
  renameSync(folderOf(home, nodeKey), folder);
  rmSync(home, { recursive: true, force: true });
  return { key: base64url(sign.publicKey), before };
}

const besideOf = ({ folder }: Whereabouts): string => `${folder}.next`;
