/**
 * Where this person's identity on a node lies: under the node's key, so that a node is the same one at every
 * address, and another node at an old address is not taken for it (SPEC N11).
 *
 *     <home>/nodes/<key>              identity on the node of that key (the first half of it, in hex)
 *     <home>/hosts/<host>             key of the node that was met there (pinned at the first visit, SPEC H4)
 *     <home>/nodes/<host>             identity of an earlier version: moved when it is used
 */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { pause, type Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { nodeKeyIn } from 'copse/internal/client/account.ts';
import type { Keep } from 'copse/internal/client/index.ts';

const OWNER_ONLY = 0o700;
const FOLDER_DIGITS = 32;
/** Commands of an earlier version that are still running, or another one that moves the same. */
const MOVE_TRIES = 20;
const MOVE_PAUSE_MS = 100;

export interface Identities {
  readonly env: Env;
  readonly home: string;
  /** Asks the node at an address for its key. */
  readonly askKey: (url: string) => Promise<Key>;
  /** Opens a keep; null when another command has it. */
  readonly keepIn: (directory: string) => Promise<Keep | null>;
}

export interface IdentityPlace {
  readonly nodeKey: Key;
  readonly folder: string;
}

/** `given`: the key in the address, when that is a link; it counts more than what was met there. */
export async function placeOf(
  identities: Identities,
  url: string,
  given: Key | undefined,
): Promise<IdentityPlace> {
  if (metAt(identities.home, url) === null) await moveOld(identities, url);
  const nodeKey = given ?? metAt(identities.home, url) ?? (await identities.askKey(url));
  return { nodeKey, folder: folderOf(identities.home, nodeKey) };
}

/** From now on this is the node at that address. */
export function remember(home: string, url: string, nodeKey: Key): void {
  const path = hostPath(home, url);
  const text = `${hex(nodeKey)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(join(home, 'hosts'), { recursive: true, mode: OWNER_ONLY });
  writeFileSync(path, text, { mode: 0o600 });
}

/** The key of the node that was met at an address, or null. */
function metAt(home: string, url: string): Key | null {
  const path = hostPath(home, url);
  if (!existsSync(path)) return null;
  const bytes = fromHex(readFileSync(path, 'utf8').trim());
  if (bytes?.length !== 32) throw new Fault('corrupt', `${path} holds no key of a node.`);
  return key(bytes);
}

/** Where the identity on the node of a key lies, or would. */
export function folderOf(home: string, nodeKey: Key): string {
  return join(home, 'nodes', hex(nodeKey).slice(0, FOLDER_DIGITS));
}

function hostPath(home: string, url: string): string {
  return join(home, 'hosts', nameOf(url));
}

function nameOf(url: string): string {
  return new URL(url).host.replaceAll(/[^\w.-]/g, '_');
}

/** Moves what an earlier version kept under the address. */
async function moveOld(identities: Identities, url: string): Promise<void> {
  const old = join(identities.home, 'nodes', nameOf(url));
  const nodeKey = await keyIn(identities, old);
  if (nodeKey === null) return;
  const folder = folderOf(identities.home, nodeKey);
  // Met at another address before: that identity is the one in use, and this one stays where it is.
  if (!existsSync(folder)) move(old, folder);
  remember(identities.home, url, nodeKey);
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (thrown) {
    // Another command has done it meanwhile.
    if (existsSync(from)) throw thrown;
  }
}

/** The node whose identity lies in a directory, or null when none does. */
async function keyIn({ env, keepIn }: Identities, directory: string): Promise<Key | null> {
  for (let tries = 0; tries < MOVE_TRIES; tries++) {
    const first = join(directory, '1');
    if (!existsSync(join(first, 'keep'))) return null;
    const keep = await keepIn(first);
    if (keep !== null) {
      await using opened = keep;
      return await nodeKeyIn(opened);
    }
    await pause(env, MOVE_PAUSE_MS);
  }
  throw new Fault('locked', 'A command of an earlier version still uses this identity.');
}
