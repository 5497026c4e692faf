/** Commands that lock the keys of the command line's devices under a passphrase, and take the lock away (SPEC D8). */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from 'copse/internal/base/fault.ts';
import { makeLock } from 'copse/internal/client/keep-lock.ts';
import type { LockableKeep, LockedBy } from 'copse/internal/client/keep.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Context } from '../context.ts';
import { keepIn } from '../person.ts';
import { pinSource } from '../recovery-pin.ts';

/** Long enough that guessing it at a second a try is no matter of days. */
const LETTERS_MIN = 8;

export async function lock(context: Context, passphrase?: string): Promise<void> {
  await each(context, passphrase ?? (await newPassphrase()));
}

/** Asks for it twice. */
export async function newPassphrase(): Promise<string> {
  const source = pinSource();
  const passphrase = await source.ask('New passphrase:');
  if (passphrase.trim().length < LETTERS_MIN) {
    throw new Fault('usage', `A passphrase has at least ${LETTERS_MIN} characters; four words are better.`);
  }
  if ((await source.ask('The same again:')) !== passphrase) throw new Fault('usage', 'The two differ.');
  return passphrase;
}

export async function unlock(context: Context): Promise<void> {
  await each(context, null);
}

/** Every keep of this home; each change is whole, and one that is in use is named. */
async function each(context: Context, passphrase: string | null): Promise<void> {
  const directories = keepsIn(context.home);
  if (directories.length === 0)
    throw new Fault('unknown', 'There are no keys here yet: `copse login` first.');
  const busy: string[] = [];
  // All are opened before the first is changed: a wrong passphrase changes none.
  const open: LockableKeep[] = [];
  try {
    for (const directory of directories) {
      const keep = await keepIn(context, directory);
      if (keep === null) busy.push(directory);
      else open.push(keep);
    }
    if (busy.length > 0) throw new Fault('locked', `Other commands use ${busy.join(', ')}.`);
    for (const keep of open) await keep.relock(await lockOf(context, passphrase));
  } finally {
    for (const keep of open) await keep[Symbol.asyncDispose]();
  }
  const text =
    passphrase === null
      ? 'The keys are not locked any more: whoever reads this home has them.'
      : 'The keys are locked. Commands ask for the passphrase, or take it from COPSE_PASSPHRASE.';
  context.output.result(text, { locked: passphrase !== null, keeps: open.length });
}

async function lockOf({ env }: Context, passphrase: string | null): Promise<LockedBy | null> {
  if (passphrase === null) return null;
  return makeLock({ primitives: nativePrimitives(), env }, [{ kind: 'passphrase', passphrase }]);
}

/** Of all nodes and devices, and the secret that they share. */
function keepsIn(home: string): readonly string[] {
  const nodes = join(home, 'nodes');
  if (!existsSync(nodes)) return [];
  return readdirSync(nodes)
    .flatMap((node) => readdirSync(join(nodes, node)).map((name) => join(nodes, node, name)))
    .filter((directory) => existsSync(join(directory, 'keep')));
}
