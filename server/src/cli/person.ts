/**
 * The person at the terminal: her identity on each node, the node she used last, her sites.
 *
 *     <home>/node                     address of the node that was used last
 *     <home>/nodes/<key>/1, 2, …      a device each; a command takes the first that no other one uses
 *     <home>/nodes/<key>/user         the user's secret, for the second device on
 *
 * So `copse tail --follow` may run in one window while another one writes.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pause } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { callMs } from 'copse/internal/base/limits.ts';
import type { Copse, Keep, OpenOptions, Site } from 'copse/internal/client/index.ts';
import { makeLock } from 'copse/internal/client/keep-lock.ts';
import type { LockableKeep } from 'copse/internal/client/keep.ts';
import { askNodeKey } from 'copse/internal/client/node-key.ts';
import { readAddress } from 'copse/internal/client/open.ts';
import { fileKeep, openCopse } from 'copse/internal/native/index.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { nearest } from '../node/nearest.ts';
import type { Context } from './context.ts';
import { folderOf, placeOf, remember, type Identities } from './identities.ts';

const OWNER_ONLY = 0o700;
/** Commands of one person on one node at the same time. */
const PLACES_MAX = 16;
const USER_ROW = 'user/secret';
/** Two commands that look for the secret at once wait for each other this long. */
const SHARED_TRIES = 20;
const SHARED_PAUSE_MS = 50;

/** The node of earlier calls, or null. */
function rememberedNode(home: string): string | null {
  const path = join(home, 'node');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

function rememberNode(home: string, url: string): void {
  if (rememberedNode(home) === url) return;
  mkdirSync(home, { recursive: true, mode: OWNER_ONLY });
  writeFileSync(join(home, 'node'), `${url}\n`);
}

/** The node that is meant: the one given, or the one of earlier calls. */
export function nodeAddress(context: Context): string {
  const address = context.node ?? rememberedNode(context.home);
  if (address === null)
    throw new Fault('usage', 'No node is known yet: `copse login http://127.0.0.1:7070` or `--node URL`.');
  return address;
}

/** Opens the node as this person and waits until it is reached; the caller disposes it. */
export async function open(
  context: Context,
  options: OpenOptions = {},
  how: typeof openCopse = openCopse,
): Promise<Copse> {
  const address = nodeAddress(context);
  const { url, node } = addressOf(address);
  const { nodeKey, folder } = await placeOf(identitiesOf(context), url, node);
  const place = await freePlace(context, folder);
  try {
    const own = place.number === 1 ? {} : await furtherDevice(context, folder, place.number);
    await lockAsOthers(context, place.keep);
    const copse = await how(address, { keep: place.keep, nodeKey, ...own, ...options });
    await live(context, copse);
    if (place.number === 1) await shareSecret(context, folder, copse);
    rememberNode(context.home, url);
    remember(context.home, url, nodeKey);
    return copse;
  } catch (thrown) {
    await place.keep[Symbol.asyncDispose]();
    throw thrown;
  }
}

export interface Whereabouts {
  readonly url: string;
  readonly nodeKey: Key;
  /** Where the identity on that node lies, or would. */
  readonly folder: string;
}

/** The node that is meant, and where this person's identity on it is. */
export async function whereabouts(context: Context): Promise<Whereabouts> {
  const { url, node } = addressOf(nodeAddress(context));
  return { url, ...(await placeOf(identitiesOf(context), url, node)) };
}

function identitiesOf(context: Context): Identities {
  return {
    env: context.env,
    home: context.home,
    askKey: askNodeKey,
    keepIn: (directory) => keepIn(context, directory),
  };
}

function addressOf(text: string): ReturnType<typeof readAddress> {
  try {
    return readAddress(text);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'malformed') throw new Fault('usage', thrown.detail);
    throw thrown;
  }
}

/** Where the first device of this person on a node is kept, for a command that makes it. */
export async function ownKeep(context: Context, url: string): Promise<Keep> {
  const { folder } = await placeOf(identitiesOf(context), url, undefined);
  const keep = await keepIn(context, join(folder, '1'));
  if (keep === null) throw new Fault('locked', 'Another command uses this identity.');
  return keep;
}

interface Place {
  readonly number: number;
  readonly keep: LockableKeep;
}

async function freePlace(context: Context, folder: string): Promise<Place> {
  for (let number = 1; number <= PLACES_MAX; number++) {
    const keep = await keepIn(context, join(folder, String(number)));
    if (keep !== null) return { number, keep };
  }
  throw new Fault('locked', `${PLACES_MAX} commands with this identity are running.`);
}

/** Null when another command uses it. */
export async function keepIn(context: Context, directory: string): Promise<LockableKeep | null> {
  const { passphrase } = context;
  const given = passphrase.given === undefined ? {} : { passphrase: passphrase.given };
  try {
    return await fileKeep(directory, { ...given, unlocker: () => passphrase.get() });
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'locked') return null;
    throw thrown;
  }
}

/** Where one had to say a passphrase, a device that is made in this moment is locked with it too. */
async function lockAsOthers({ passphrase, env }: Context, keep: LockableKeep): Promise<void> {
  if (!passphrase.isAsked || (await keep.lockRecord()) !== null) return;
  const opener = { kind: 'passphrase', passphrase: await passphrase.get() } as const;
  await keep.relock(await makeLock({ primitives: nativePrimitives(), env }, [opener]));
}

/** The same user on one more device. */
async function furtherDevice(context: Context, folder: string, number: number): Promise<OpenOptions> {
  const secret = await sharedSecret(context, folder);
  if (secret === null) throw new Fault('locked', 'The command that makes this identity is still running.');
  return { secret, deviceName: `${hostname()} (${number})` };
}

/** The secret of this person on the node of a key, which is not asked for it; null: none is kept here. */
export async function secretOn(context: Context, nodeKey: Key): Promise<Uint8Array | null> {
  const folder = folderOf(context.home, nodeKey);
  return existsSync(join(folder, 'user', 'keep')) ? sharedSecret(context, folder) : null;
}

function sharedSecret(context: Context, folder: string): Promise<Uint8Array | null> {
  return withShared(context, folder, (keep) => keep.get(USER_ROW));
}

async function shareSecret(context: Context, folder: string, copse: Copse): Promise<void> {
  if (existsSync(join(folder, 'user', 'keep'))) return;
  const value = await copse.secret();
  await withShared(context, folder, (keep) =>
    keep.write([{ name: USER_ROW, value, secret: true }], 'strict'),
  );
}

async function withShared<T>(context: Context, folder: string, task: (keep: Keep) => Promise<T>): Promise<T> {
  for (let tries = 0; tries < SHARED_TRIES; tries++) {
    const keep = await keepIn(context, join(folder, 'user'));
    if (keep === null) {
      await pause(context.env, SHARED_PAUSE_MS);
      continue;
    }
    await using shared = keep;
    return await task(shared);
  }
  throw new Fault('locked', 'Other commands use this identity.');
}

/** Resolves when what is shown is up to date; throws when the node is not reached in time, or for good. */
async function live(context: Context, copse: Copse): Promise<void> {
  const stops: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const trouble = copse.trouble.get();
        if (trouble !== null) reject(trouble);
        else if (copse.status.get() === 'live') resolve();
      };
      const timer = context.env.after(callMs, () =>
        reject(new Fault('deadline', `${copse.node.url} was not reached.`)),
      );
      stops.push(copse.status.subscribe(look), copse.trouble.subscribe(look), () => timer.cancel());
      look();
    });
  } catch (thrown) {
    await copse.close();
    throw thrown;
  } finally {
    for (const stop of stops) stop();
  }
}

/** The site whose title, id or beginning of an id this is. */
export function siteCalled(copse: Copse, word: string): Site {
  const sites = copse.sites.get();
  const found = sites.filter((site) => site.title.get() === word || site.id.startsWith(word));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length > 1)
    throw new Fault(
      'usage',
      `Several sites are called \`${word}\`; give the beginning of an id: ${found.map((s) => s.id.slice(0, 8)).join(', ')}.`,
    );
  const close = nearest(
    word,
    sites.map((site) => site.title.get()),
  );
  throw new Fault(
    'unknown',
    `No site is called \`${word}\`.${close === null ? '' : ` Did you mean \`${close}\`?`}`,
  );
}
