/** The keys of this device at rest (SPEC D8): whether and in which ways they are locked, and changing that. */

import { Fault } from '../base/fault.ts';
import type { HomeApi, HomeRemote } from './home-api.ts';
import type { Keep, LockableKeep } from './keep.ts';
import { lockWays, makeLock, type LockTools, type LockWay, type Opener } from './keep-lock.ts';

export class AtRest {
  readonly #tools: LockTools;
  readonly #home: () => Promise<HomeRemote>;

  constructor(tools: LockTools, home: () => Promise<HomeRemote>) {
    this.#tools = tools;
    this.#home = home;
  }

  /** In which ways the keys open; none: they are not locked. */
  async ways(): Promise<readonly LockWay['kind'][]> {
    const { record } = await (await this.#home()).lock({ change: null });
    return record === null ? [] : lockWays(record).map(({ kind }) => kind);
  }

  /** Locks them: from now on each of these opens them, and nothing that did before. */
  async lock(openers: readonly Opener[]): Promise<void> {
    if (openers.length === 0) throw new Fault('usage', 'A lock needs a passphrase or a passkey.');
    const by = await makeLock(this.#tools, openers);
    await (await this.#home()).lock({ change: { by } });
  }

  /** Takes the lock away: whoever has this device has its keys. */
  async unlock(): Promise<void> {
    await (await this.#home()).lock({ change: { by: null } });
  }
}

/** In the home. */
export async function changeLock(
  keep: Keep,
  { change }: Parameters<HomeApi['lock']>[0],
): Promise<{ readonly record: Uint8Array | null }> {
  if (!isLockable(keep)) {
    if (change === null) return { record: null };
    throw new Fault('usage', 'This device keeps nothing that could be locked.');
  }
  if (change !== null) {
    const { by } = change;
    await keep.relock(by === null ? null : { record: by.record.slice(), key: by.key.slice() });
  }
  return { record: await keep.lockRecord() };
}

function isLockable(keep: Keep): keep is LockableKeep {
  return 'relock' in keep;
}
