/**
 * Reading what is still to come (SPEC F5): long polls, which wait for the next messages, and event streams, which
 * push them. Both end by time, so that caches in between can share them.
 */

import { fromUtf8 } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { streamEventsMs, streamEventBytesMax } from 'copse/internal/base/limits-streams.ts';
import { warmed } from '../../tail/insider.ts';
import { isJson, mediaType } from './config.ts';
import { jsonArray } from './json.ts';
import { offsetText } from './offset.ts';
import type { Stream } from './stream.ts';

/** Cursors count intervals since this date, as the protocol has it: 2024-10-09. */
const CURSOR_START_MS = 1_728_432_000_000;
const CURSOR_MS = 20_000;
const CURSOR_JITTER = 180;

/** A cursor that is later than the one that the reader shows, so that a cache does not answer it for ever. */
export function nextCursor(env: Env, shown: string | null): string {
  const now = Math.floor((env.wallMs() - CURSOR_START_MS) / CURSOR_MS);
  const last = shown !== null && /^\d{1,15}$/.test(shown) ? Number(shown) : -1;
  return String(last < now ? now : last + 1 + Math.floor(env.chance() * CURSOR_JITTER));
}

/** Whether there is something to tell a reader who has read as far as `offset`. */
const hasNews = (stream: Stream, offset: number): boolean =>
  stream.tail > offset || stream.isClosed || stream.state.life !== 'live';

/** Waits for news, at most so long; answers whether there are some. */
export function news(
  stream: Stream,
  offset: number,
  {
    env,
    waitMs,
    signal,
  }: { readonly env: Env; readonly waitMs: number; readonly signal: AbortSignal | null },
): Promise<boolean> {
  if (hasNews(stream, offset)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (isNews: boolean): void => {
      timer.cancel();
      stop();
      signal?.removeEventListener('abort', aborted);
      resolve(isNews);
    };
    const aborted = (): void => end(false);
    const timer = env.after(waitMs, () => end(false));
    const stop = stream.watch(() => {
      if (hasNews(stream, offset)) end(true);
    });
    signal?.addEventListener('abort', aborted);
  });
}

export const isText = (stream: Stream): boolean =>
  isJson(stream.state) || mediaType(stream.state.contentType).startsWith('text/');

export interface EventsOptions {
  readonly env: Env;
  readonly stream: Stream;
  readonly from: number;
  readonly cursor: string | null;
  /** Throws when the reader may not read any more. */
  readonly check: () => unknown;
  /** Called once, when nothing more is sent. */
  readonly onEnd: () => void;
}

/** The events of a stream; what the reader does not take is not read. */
export function events(options: EventsOptions): ReadableStream<Uint8Array> {
  const { env, stream, check, onEnd } = options;
  const over = new AbortController();
  const untilMs = env.nowMs() + streamEventsMs;
  const encoder = new TextEncoder();
  let { from, cursor } = options;
  let isFirst = true;
  const finish = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    onEnd();
    controller.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Who begins at the tail is told where that is; later only what is new.
        if (!isFirst) {
          const waitMs = Math.max(0, untilMs - env.nowMs());
          const isNews = await news(stream, from, { env, waitMs, signal: over.signal });
          if (over.signal.aborted) return;
          if (!isNews || stream.state.life !== 'live') return finish(controller);
          const isAllowed = await Promise.try(check).then(
            () => true,
            () => false,
          );
          if (over.signal.aborted) return;
          if (!isAllowed) return finish(controller);
        }
        isFirst = false;
        cursor = nextCursor(env, cursor);
        const shown = cursor;
        const { text, next, isClosed } = await warmed(() => eventsFrom(stream, from, shown));
        if (over.signal.aborted) return;
        from = next;
        controller.enqueue(encoder.encode(text));
        if (isClosed) finish(controller);
      },
      cancel() {
        over.abort();
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}

function eventsFrom(
  stream: Stream,
  from: number,
  cursor: string,
): { readonly text: string; readonly next: number; readonly isClosed: boolean } {
  const { messages, next } = stream.read(from, streamEventBytesMax);
  const isCaughtUp = next >= stream.tail;
  const isClosed = stream.isClosed && isCaughtUp;
  const control = {
    streamNextOffset: offsetText(next),
    ...(isClosed ? { streamClosed: true } : { streamCursor: cursor }),
    ...(isCaughtUp ? { upToDate: true } : {}),
  };
  const data = messages.length === 0 ? '' : event('data', payload(stream, messages));
  return { text: `${data}${event('control', JSON.stringify(control))}`, next, isClosed };
}

function payload(stream: Stream, messages: readonly Uint8Array[]): string {
  if (isJson(stream.state)) return fromUtf8(jsonArray(messages)) ?? '';
  const bytes = Buffer.concat(messages);
  // What is not UTF-8 in a text is shown as such.
  return isText(stream) ? new TextDecoder().decode(bytes) : bytes.toString('base64');
}

/**
 * Each line of the data is a line of the event: nothing in it can end the event. Readers take one space away
 * behind the colon, so a line that begins with one gets another.
 */
function event(name: string, data: string): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data:${line.startsWith(' ') ? ' ' : ''}${line}\n`);
  return `event: ${name}\n${lines.join('')}\n`;
}
