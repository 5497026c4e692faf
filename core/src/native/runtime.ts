/** Node, Bun and Deno as the client sees them: files, the runtime's WebSocket or that of `ws`, no tabs. */

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { realEnv, type Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { askNodeKey } from '../client/node-key.ts';
import type { LockableKeep } from '../client/keep.ts';
import { unshared, type Runtime } from '../client/open.ts';
import { lockWays, makeLock, openLock } from '../client/keep-lock.ts';
import { keySealer, type Sealer } from '../client/sealer.ts';
import type { OpenOptions } from '../client/types.ts';
import { socketLink, type SocketLike } from '../client/socket-link.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link } from '../link/link.ts';
import { FileKeep } from './file-keep.ts';
import { machineKey } from './machine-key.ts';
import { nativePrimitives } from './primitives.ts';
import { SaltedKeep } from './salted-keep.ts';

export interface FileKeepChoice {
  /** Seals the secrets in it; otherwise the machine's key does (SPEC S10). */
  readonly passphrase?: string;
  /** Asks for the passphrase of a keep that is locked (`copse.atRest()`). */
  readonly unlocker?: () => Promise<string>;
  /** Where the machine's key lies: `~/.copse/machine.key` unless said otherwise. */
  readonly machineKeyPath?: string;
}

/** Where devices are kept when an application does not say: one folder per node in the working directory. */
const FOLDER = '.copse';

/** A keep in a directory, for one process at a time. */
export async function fileKeep(directory: string, choice: FileKeepChoice = {}): Promise<LockableKeep> {
  const { passphrase, unlocker, machineKeyPath } = choice;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const ask = passphrase === undefined ? unlocker : () => Promise.resolve(passphrase);
  const sealerOf = (key: Uint8Array): Sealer => keySealer(nativePrimitives(), realEnv(), key);
  const isNew = !existsSync(join(directory, 'keep'));
  const salted = new SaltedKeep(directory, ask);
  const sealer = lazySealer(async () =>
    sealerOf(salted.isThere ? await salted.key() : await machineKey(machineKeyPath)),
  );
  const unlock =
    ask === undefined ? {} : { unlock: async (record: Uint8Array) => sealerOf(await keyOf(record, ask)) };
  const keep = await salted.opened(() => FileKeep.open({ directory, sealer, sealerOf, ...unlock }));
  if (isNew && passphrase !== undefined) await lockBy(keep, passphrase);
  else await salted.lock(keep, (word) => lockBy(keep, word));
  return keep;
}

async function lockBy(keep: LockableKeep, passphrase: string): Promise<void> {
  const tools = { primitives: nativePrimitives(), env: realEnv() };
  await keep.relock(await makeLock(tools, [{ kind: 'passphrase', passphrase }]));
}

/** A locked keep needs no other key, so none is read or made before it is needed. */
function lazySealer(make: () => Promise<Sealer>): Sealer {
  let made: Promise<Sealer> | null = null;
  const get = (): Promise<Sealer> => (made ??= make());
  return {
    seal: async (name, secret) => (await get()).seal(name, secret),
    open: async (name, sealed) => (await get()).open(name, sealed),
  };
}

async function keyOf(record: Uint8Array, ask: () => Promise<string>): Promise<Uint8Array> {
  if (!lockWays(record).some(({ kind }) => kind === 'passphrase')) {
    throw new Fault('sealed', 'They have no passphrase.');
  }
  const key = await openLock(nativePrimitives(), record, { kind: 'passphrase', passphrase: await ask() });
  if (key === null) throw new Fault('sealed', 'This passphrase does not open them.');
  return key;
}

async function usualKeep(url: string, unlock?: OpenOptions['unlock']): Promise<LockableKeep> {
  const name = new URL(url).host.replace(/[^a-z0-9.-]/gi, '_');
  await mkdir(FOLDER, { recursive: true, mode: 0o700 });
  // Keys do not belong into a repository.
  await writeFile(join(FOLDER, '.gitignore'), '*\n');
  return fileKeep(join(FOLDER, name), unlock === undefined ? {} : { unlocker: () => passphraseBy(unlock) });
}

async function passphraseBy(unlock: NonNullable<OpenOptions['unlock']>): Promise<string> {
  const opener = await unlock([], false);
  if (opener.kind !== 'passphrase') throw new Fault('sealed', 'Only a passphrase opens them here.');
  return opener.passphrase;
}

export function socketTo(url: string): Link {
  return socketLink(async () => {
    if (typeof WebSocket !== 'undefined') return new WebSocket(url);
    // Node 20 and 21 have no WebSocket of their own.
    const { WebSocket: NodeSocket } = await import('ws');
    const socket: SocketLike = new NodeSocket(url, { perMessageDeflate: false });
    return socket;
  });
}

export function nativeRuntime(
  env: Env = realEnv(),
  primitives: Primitives = nativePrimitives({ threads: true }),
): Runtime {
  return {
    env,
    primitives,
    connectivity: null,
    sharing: unshared,
    deviceName: hostname(),
    dial: socketTo,
    openKeep: usualKeep,
    askKey: askNodeKey,
    peers: async () => (await import('./native-peers.ts')).nativePeers(),
  };
}
