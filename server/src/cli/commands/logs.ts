/** Commands about logs: write, tail, replay. */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Codec, Log, LogEntry } from 'copse/internal/client/index.ts';
import type { Context } from '../context.ts';
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
  const log = siteCalled(copse, place[0]).log(place[1], { codec: jsonCodec });
  if (words.length > 0) {
    const value = valueOf(words.join(' '), flags.raw === true);
    await appendOne(context, log, value, flags);
    return;
  }
  const appends: Promise<void>[] = [];
  for await (const line of lines(Bun.stdin.stream())) {
    if (line === '') continue;
    appends.push(
      log
        .append(valueOf(line, flags.raw === true))
        .then((done) => context.output.item(String(done.at), done)),
    );
  }
  await Promise.all(appends);
}

async function appendOne(context: Context, log: Log, value: unknown, flags: WriteFlags): Promise<void> {
  if (flags.at === undefined) {
    const done = await log.append(value);
    context.output.result(String(done.at), done);
    return;
  }
  const at = positionOf('at', flags.at) ?? 1;
  // A condition is not kept for later: the log has to be open now.
  await endOf(log);
  const answer = await log.append(value, { at });
  if (answer.kind === 'conflict')
    throw new Fault('taken', `The log's next position is ${answer.tail}, not ${at}.`);
  context.output.result(String(answer.at), answer);
}

export interface TailFlags {
  readonly from?: string;
  readonly count?: string;
  readonly follow?: boolean;
}

/** Prints entries from a position; with `--follow` also those to come. */
export async function tail(
  context: Context,
  place: readonly [site: string, log: string],
  flags: TailFlags,
): Promise<void> {
  const from = positionOf('from', flags.from) ?? 1;
  const countMax = positionOf('count', flags.count) ?? Number.POSITIVE_INFINITY;
  await using copse = await open(context);
  const log = siteCalled(copse, place[0]).log(place[1], { codec: jsonCodec });
  const end = flags.follow === true ? Number.POSITIVE_INFINITY : await endOf(log);
  if (end <= from) return;
  // Names come from auth, which may be reached later than the log: this waits for it.
  await copse.devices();
  let count = 0;
  for await (const entry of log.entries({ from })) {
    const { user, name } = entry;
    context.output.item(entryLine(entry, name || user || entry.device), {
      at: entry.at,
      timeMs: entry.timeMs,
      device: entry.device,
      user,
      name,
      value: entry.value ?? null,
      broken: entry.broken,
    });
    count++;
    if (count >= countMax || entry.at + 1 >= end) return;
  }
}

function positionOf(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Fault('usage', `\`--${flag}\` is a whole number from 1, not \`${text}\`.`);
}

/**
 * The position up to which a call without `--follow` reads: the tail at this moment, or 1 when nothing is
 * kept. A log that nobody reads calls itself live; it is known when it has an entry or was live again.
 */
function endOf(log: Log): Promise<number> {
  const view = log.view({ last: 1 });
  return new Promise((resolve, reject) => {
    let wasBehind = false;
    const stops: (() => void)[] = [];
    const look = (): void => {
      const trouble = log.trouble.get();
      const { status, first, tail: end, entries } = view.get();
      wasBehind ||= status !== 'live';
      const isKnown = status === 'live' && (wasBehind || entries.length > 0);
      if (trouble === null && !isKnown) return;
      for (const stop of stops.splice(0)) stop();
      if (trouble !== null) reject(trouble);
      else resolve(first >= end ? 1 : end);
    };
    stops.push(view.subscribe(look), log.trouble.subscribe(look));
    look();
  });
}

function entryLine(entry: LogEntry, name: string): string {
  const time = new Date(entry.timeMs).toISOString().replace('T', ' ').slice(0, 19);
  const { value } = entry;
  const said =
    typeof value === 'object' && value !== null && TEXT_KEY in value
      ? String(value[TEXT_KEY])
      : JSON.stringify(value);
  return `${String(entry.at).padStart(6)}  ${time}  ${name}: ${entry.broken === null ? said : `(${entry.broken})`}`;
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
