/** Commands about logs: write, tail, snapshots, replay. */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { viewCountMax } from 'copse/internal/base/limits.ts';
import type { AppendOptions, Codec, Log, LogEntry, SnapshotRow } from 'copse/internal/client/index.ts';
import type { Context } from '../context.ts';
import { mentioned } from '../members.ts';
import type { ExitName } from '../output.ts';
import { open, siteCalled } from '../person.ts';
import { lines } from '../replay/messages.ts';
import { replay } from '../replay/replay.ts';

/** Text as the web app writes it: `{ text }`; with `--raw` whatever JSON value stands in the line. */
const TEXT_KEY = 'text';

const jsonCodec: Codec<unknown> = {
  encode: (value) => utf8(JSON.stringify(value)),
  decode: (bytes): unknown => JSON.parse(fromUtf8(bytes) ?? ''),
};

export interface WriteFlags {
  readonly raw?: boolean;
  readonly at?: string;
  readonly news?: boolean;
  /** Names of members, or `everyone`. */
  readonly mention?: readonly string[];
}

function valueOf(line: string, raw: boolean): unknown {
  if (!raw) return { [TEXT_KEY]: line };
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Fault('usage', `With --raw a line is JSON, not \`${line.slice(0, 40)}\`.`, { cause });
  }
}

/** Appends the given text, or every line of standard input, and says where it stands. */
export async function write(
  context: Context,
  place: readonly [site: string, log: string],
  words: readonly string[],
  flags: WriteFlags,
): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, place[0]);
  const log = site.log(place[1], { codec: jsonCodec });
  const options: AppendOptions = {
    ...(flags.news === true ? { news: true } : {}),
    ...(flags.mention === undefined ? {} : { mentions: await mentioned(site, flags.mention) }),
  };
  if (words.length > 0) {
    const value = valueOf(words.join(' '), flags.raw === true);
    await appendOne(context, log, value, { at: flags.at, ...options });
    return;
  }
  const appends: Promise<void>[] = [];
  for await (const line of lines(Bun.stdin.stream())) {
    if (line === '') continue;
    appends.push(
      log
        .append(valueOf(line, flags.raw === true), options)
        .then((done) => context.output.item(String(done.at), done)),
    );
  }
  await Promise.all(appends);
}

interface OneOptions extends AppendOptions {
  readonly at: string | undefined;
}

async function appendOne(
  context: Context,
  log: Log,
  value: unknown,
  { at: word, ...options }: OneOptions,
): Promise<void> {
  const at = positionOf('at', word);
  if (at === null) {
    const done = await log.append(value, options);
    context.output.result(String(done.at), done);
    return;
  }
  // A condition is not kept for later: the log has to be open now.
  await log.read({ last: 1 });
  const answer = await log.append(value, { at, ...options });
  if (answer.kind === 'conflict')
    throw new Fault('taken', `The log's next position is ${answer.tail}, not ${at}.`);
  context.output.result(String(answer.at), answer);
}

export interface TailFlags {
  readonly from?: string;
  readonly last?: string;
  readonly count?: string;
  readonly follow?: boolean;
}

/** Prints entries from a position, or the last ones; with `--follow` also those to come. */
export async function tail(
  context: Context,
  place: readonly [site: string, log: string],
  flags: TailFlags,
): Promise<void> {
  const [from, last] = [positionOf('from', flags.from), positionOf('last', flags.last)];
  if (from !== null && last !== null) throw new Fault('usage', 'Give `--from` or `--last`, not both.');
  const countMax = positionOf('count', flags.count) ?? Number.POSITIVE_INFINITY;
  await using copse = await open(context);
  const log = siteCalled(copse, place[0]).log(place[1], { codec: jsonCodec });
  // Names come from auth, which may be reached later than the log: this waits for it.
  await copse.devices();
  const begin = await beginning(log, from, last);
  const entries = flags.follow === true ? log.entries({ from: begin.at }) : entriesUpTo(log, begin);
  let count = 0;
  for await (const entry of entries) {
    printEntry(context, entry);
    if (++count >= countMax) return;
  }
}

interface Stretch {
  readonly at: number;
  /** The tail at this moment. */
  readonly end: number;
}

async function beginning(log: Log, from: number | null, last: number | null): Promise<Stretch> {
  const page = await log.read({ last: 1 });
  const { first, tail: end } = page;
  return { at: Math.max(first, from ?? (last === null ? first : end - last)), end };
}

async function* entriesUpTo(log: Log, { at, end }: Stretch): AsyncGenerator<LogEntry> {
  for (let from = at; from < end;) {
    const page = await log.read({ from, limit: Math.min(viewCountMax, end - from) });
    yield* page.entries;
    const newest = page.entries.at(-1)?.at;
    if (newest === undefined) return;
    from = newest + 1;
  }
}

/** Every snapshot of a log, and whether it stands for the entries that are there. */
export async function snapshots(
  context: Context,
  place: readonly [site: string, log: string],
): Promise<void> {
  await using copse = await open(context);
  const log = siteCalled(copse, place[0]).log(place[1], { codec: jsonCodec });
  await copse.devices();
  const rows = await log.snapshots();
  for (const row of rows) context.output.item(snapshotLine(row), row);
  const count = rows.filter(({ holds }) => holds === false).length;
  if (count > 0)
    throw new Fault('corrupt', `${count} of ${rows.length} stand for other entries than are there.`);
  if (rows.length === 0 && !context.output.json) context.output.item('No snapshot stands in this log.', null);
}

const HOLDS = {
  true: 'holds',
  false: 'DOES NOT HOLD',
  null: 'cannot be checked: the first entries are not kept',
};

function snapshotLine({ from, at, last, size, timeMs, name, user, device, holds }: SnapshotRow): string {
  const time = new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19);
  const who = name || user || device;
  const parts = at === last ? `at ${at}` : `at ${at} to ${last}`;
  return `before ${from}  ${time}  ${who}: ${size} bytes, ${parts}, ${HOLDS[`${holds}`]}`;
}

function printEntry({ output }: Context, entry: LogEntry): void {
  const { user, name } = entry;
  output.item(entryLine(entry, name || user || entry.device), {
    at: entry.at,
    timeMs: entry.timeMs,
    device: entry.device,
    user,
    name,
    value: entry.value ?? null,
    broken: entry.broken,
    ruling: entry.ruling,
    reason: entry.reason,
    isPart: entry.isPart,
  });
}

function positionOf(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Fault('usage', `\`--${flag}\` is a whole number from 1, not \`${text}\`.`);
}

function entryLine(entry: LogEntry, name: string): string {
  const time = new Date(entry.timeMs).toISOString().replace('T', ' ').slice(0, 19);
  const { value } = entry;
  const said =
    typeof value === 'object' && value !== null && TEXT_KEY in value
      ? String(value[TEXT_KEY])
      : JSON.stringify(value);
  const refused = entry.ruling === 'refused' ? `(refused: ${entry.reason ?? ''})` : null;
  const plain = entry.isPart ? '(part of a snapshot)' : (refused ?? said);
  const shown = entry.broken === null ? plain : `(${entry.broken})`;
  return `${String(entry.at).padStart(6)}  ${time}  ${name}: ${shown}`;
}

export interface ReplayFlags {
  readonly writers: string;
  readonly readers: string;
  readonly turn: string;
  readonly limit: string;
  readonly chaos?: boolean;
}

export async function replayFile(context: Context, file: string, flags: ReplayFlags): Promise<ExitName> {
  const number = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new Fault('usage', `\`--${name}\` is a whole number from ${least}.`);
    return value;
  };
  if (flags.chaos === true && context.node !== null)
    throw new Fault('usage', '`--chaos` kills the node, so it starts one of its own; leave out `--node`.');
  const result = await replay({
    file,
    writers: number('writers', flags.writers, 1),
    readers: number('readers', flags.readers, 1),
    turn: number('turn', flags.turn, 1),
    limit: number('limit', flags.limit, 0),
    chaos: flags.chaos === true,
    node: context.node,
    env: context.env,
    progress: (text) => context.output.progress(text),
  });
  const readers = result.readers.map(
    (reader, i) =>
      `reader ${i + 1}: ${reader.same ? 'the same text' : 'ANOTHER TEXT'}, append to reader p50 ${reader.p50Ms.toFixed(2)} ms, p99 ${reader.p99Ms.toFixed(2)} ms, longest ${reader.maxMs.toFixed(0)} ms`,
  );
  const mishaps =
    flags.chaos === true ? `, node killed ${result.kills} times, lines cut ${result.cuts} times` : '';
  context.output.result(
    [
      `${result.transactions} transactions in ${result.seconds.toFixed(1)} s, ${Math.round(result.perSecond)} entries/s${mishaps}`,
      ...readers,
    ].join('\n'),
    result,
  );
  return result.same ? 'done' : 'data';
}
