/**
 * Opens what a notification is about (SPEC I21): the worker is one more tab of the app. When another one has the
 * keys it asks that one, otherwise it opens them itself and lets go of them at once (SPEC S5). What is not there
 * in time is not waited for: the notification then says only that there is something.
 */

import type { LogId } from 'copse/internal/base/ids.ts';
import { messageOf, messageLine } from '../logic/message.ts';
import type { KnownPlace, Line, NoticePlace } from '../logic/notice-words.ts';
import type { LogPage, PageOptions } from 'copse/internal/client/types.ts';
import type { LogEntry, UserId } from '../model/sdk.ts';

/** What of the SDK is used. */
export interface PreviewCopse {
  readonly user: UserId;
  site(id: string): PreviewSite | undefined;
  close(): Promise<void>;
}

export interface PreviewSite {
  readonly title: { get(): string };
  readonly logs: { get(): readonly string[] };
  log(name: string): { read(options: PageOptions): Promise<LogPage> };
  /** Resolves when the node has been asked about people. */
  members(): Promise<unknown>;
  /** The id under which the node knows a log. */
  idOf(name: string): Promise<string>;
}

/** Messages that a notification shows, and so many are looked through for them. */
const LINES_MAX = 3;
const LOOKED_MAX = 20;

/** `over` resolves when there is no more time: then what is known without the node has to do. */
export async function previewOf(
  copse: PreviewCopse,
  place: NoticePlace,
  { from, over }: { readonly from: number; readonly over: Promise<null> },
): Promise<KnownPlace | null> {
  const site = copse.site(place.site);
  if (site === undefined) return null;
  const known = { site: site.title.get(), log: null, lines: [], earlierCount: 0 };
  const log = await nameOf(site, place.log);
  if (log === null) return known;
  const first = Math.max(1, from, place.upTo - LOOKED_MAX);
  const reading = readNamed(site, log, first).catch(() => null);
  const entries = (await Promise.race([reading, over])) ?? [];
  const lines = entries.flatMap((entry) => lineOf(entry, copse.user));
  const shown = lines.slice(-LINES_MAX);
  return { ...known, log, lines: shown, earlierCount: lines.length - shown.length };
}

/** A device that was just opened reads before it can ask who has written: then it asks, and reads once more. */
async function readNamed(site: PreviewSite, log: string, from: number): Promise<readonly LogEntry[]> {
  const read = async (): Promise<readonly LogEntry[]> =>
    (await site.log(log).read({ from, limit: LOOKED_MAX })).entries;
  const entries = await read();
  if (entries.every(({ name, isPart }) => name !== '' || isPart)) return entries;
  await site.members();
  return read();
}

async function nameOf(site: PreviewSite, log: LogId | null): Promise<string | null> {
  if (log === null) return null;
  for (const name of site.logs.get()) if ((await site.idOf(name)) === log) return name;
  return null;
}

/** What somebody else has said; entries that do not open, or are no messages, say nothing. */
function lineOf({ broken, user, name, value, ruling }: LogEntry, me: UserId): readonly Line[] {
  if (broken !== null || user === me || ruling === 'refused') return [];
  if (messageOf(value).kind !== 'text') return [];
  return [{ who: name === '' ? 'Somebody' : name, text: messageLine(value) }];
}
