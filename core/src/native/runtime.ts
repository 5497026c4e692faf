/** Node, Bun and Deno as the client sees them: files, the runtime's WebSocket or that of `ws`, no tabs. */

import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { realEnv, type Env } from '../base/env.ts';
import { askNodeKey } from '../client/node-key.ts';
import type { Keep } from '../client/keep.ts';
import { unshared, type Runtime } from '../client/open.ts';
import { keySealer } from '../client/sealer.ts';
import { socketLink, type SocketLike } from '../client/socket-link.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link } from '../link/link.ts';
import { FileKeep } from './file-keep.ts';
import { machineKey, passphraseKey } from './machine-key.ts';
import { nativePrimitives } from './primitives.ts';

export interface FileKeepChoice {
  /** Seals the secrets in it; otherwise the machine's key does (SPEC S10). */
  readonly passphrase?: string;
  /** Where the machine's key lies: `~/.copse/machine.key` unless said otherwise. */
  readonly machineKeyPath?: string;
}

/** Where devices are kept when an application does not say: one folder per node in the working directory. */
const FOLDER = '.copse';

/** A keep in a directory, for one process at a time. */
export async function fileKeep(directory: string, choice: FileKeepChoice = {}): Promise<Keep> {
  const { passphrase, machineKeyPath } = choice;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const wrappingKey =
    passphrase === undefined ? await machineKey(machineKeyPath) : await passphraseKey(directory, passphrase);
  return FileKeep.open({ directory, sealer: keySealer(nativePrimitives(), realEnv(), wrappingKey) });
}

async function usualKeep(url: string): Promise<Keep> {
  const name = new URL(url).host.replace(/[^a-z0-9.-]/gi, '_');
  await mkdir(FOLDER, { recursive: true, mode: 0o700 });
  // Keys do not belong into a repository.
  await writeFile(join(FOLDER, '.gitignore'), '*\n');
  return fileKeep(join(FOLDER, name));
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

export function nativeRuntime(env: Env = realEnv(), primitives: Primitives = nativePrimitives()): Runtime {
  return {
    env,
    primitives,
    connectivity: null,
    sharing: unshared,
    deviceName: hostname(),
    dial: socketTo,
    openKeep: usualKeep,
    askKey: askNodeKey,
  };
}
