/**
 * Whether somebody looks at this page, and what she has read, told to the node (SPEC I18) and to the tray of
 * this device. Without either of them the page is the same.
 */

import { onCleanup } from 'solid-js';
import { clearTray } from './worker-line.ts';
import type { Attention, Copse } from './sdk.ts';

export interface Seeing {
  /** The entries of a log up to this one were read here. */
  readonly read: (site: string, log: string, at: number) => void;
}

/**
 * She is here while the page is shown and has the focus: what comes to a page beside another window, with nobody
 * before it, is read when she is back.
 */
const isLooking = (): boolean => document.visibilityState === 'visible' && document.hasFocus();

export function createSeeing(copse: Pick<Copse, 'attention' | 'rights' | 'sites'>): Seeing {
  const loading: Promise<Attention | null> = copse.attention().catch(() => null);
  const waiting = new Map<string, () => void>();
  const look = (): void => {
    const isHere = isLooking();
    void loading.then((attention) => attention?.look(isHere));
    if (!isHere) return;
    for (const say of waiting.values()) say();
    waiting.clear();
  };
  const end = new AbortController();
  const { signal } = end;
  document.addEventListener('visibilitychange', look, { signal });
  for (const type of ['focus', 'blur', 'pageshow', 'pagehide']) addEventListener(type, look, { signal });
  look();
  onCleanup(() => {
    end.abort();
    void loading.then((attention) => attention?.look(false));
  });
  return {
    read: (site, name, at) => {
      const say = (): void => {
        const found = copse.sites.get().find(({ id }) => id === site);
        if (found !== undefined) void loading.then((attention) => attention?.read(found.log(name), at));
        if (found !== undefined) void clearTray(async () => tagOfLog(copse, site, name));
      };
      if (isLooking()) say();
      else waiting.set(`${site} ${name}`, say);
    },
  };
}

/** The place of a conversation in the words of a notification. */
export async function tagOfLog(
  copse: Pick<Copse, 'rights' | 'sites'>,
  site: string,
  log: string,
): Promise<string | null> {
  const found = copse.sites.get().find(({ id }) => id === site);
  return found === undefined ? null : `${site}/${await (await copse.rights).resourceOf(found.id, log)}`;
}
