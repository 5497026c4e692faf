/** Commands about the key of a site: site key, site rekey (SPEC K3, K5, K6, K10). */

import type { KeyState } from 'copse/internal/client/index.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { open, siteCalled } from '../person.ts';

const STATE_WORDS: Readonly<Record<KeyState['state'], string>> = {
  current: 'current',
  due: 'due: the next one waits for a device of an admin',
  rekeying: 'rekeying: a device of an admin makes the next one',
};

const HELD_WORDS: Readonly<Record<KeyState['held'], string>> = {
  yes: 'yes',
  no: 'no: an admin who has it hands it on when there is one; otherwise `site rekey --force`',
  anew: 'made without the one before, which you have: ask who made it, then `site rekey --follow`',
};

function historyWord(isShown: boolean): 'on' | 'off' {
  return isShown ? 'on' : 'off';
}

export async function siteKey(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  const { epoch, state, sinceMs, history, held } = await site.keyState();
  const since = sinceMs === 0 ? '' : ` (since ${new Date(sinceMs).toISOString()})`;
  const rows = [
    ['epoch', String(epoch)],
    ['state', `${STATE_WORDS[state]}${since}`],
    ['yours', HELD_WORDS[held]],
    ['history', history ? 'on: newcomers read what was before them' : 'off: newcomers read what comes after'],
  ];
  const value = { site: site.id, epoch, state, sinceMs, history: historyWord(history), held };
  context.output.result(table(rows), value);
}

export async function siteRekey(
  context: Context,
  word: string,
  flags: { readonly history?: string; readonly force?: boolean; readonly follow?: boolean },
): Promise<void> {
  const { history, force = false, follow = false } = flags;
  if ([history !== undefined, force, follow].filter(Boolean).length > 1)
    throw new Fault('usage', '`--history`, `--force` and `--follow` are three different things.');
  if (history !== undefined && history !== 'on' && history !== 'off')
    throw new Fault('usage', '`--history` is `on` or `off`.');
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  if (follow) {
    const followed = await site.followKey();
    context.output.result(`You follow key epoch ${followed} of ${site.title.get()}.`, {
      site: site.id,
      epoch: followed,
    });
    return;
  }
  const epoch = history === undefined ? await site.rotate({ force }) : await site.history(history === 'on');
  const now = historyWord((await site.keyState()).history);
  const text = `${site.title.get()} has key epoch ${epoch}: who has left cannot read what is written from now on.`;
  context.output.result(text, { site: site.id, epoch, history: now });
}
