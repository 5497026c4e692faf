/**
 * Waiting for what is still to come (SPEC F5): until there is some, or time is up. Answers bear cursors, so that a
 * cache in between does not answer the same for ever.
 */

import type { Env } from 'copse/internal/base/env.ts';
import type { Stream } from './stream.ts';

/** Cursors count intervals since this date, as the protocol has it: 2024-10-09. */
const CURSOR_START_MS = 1_728_432_000_000;
const CURSOR_MS = 20_000;
const CURSOR_JITTER = 180;

const interval = (env: Env): number => Math.floor((env.wallMs() - CURSOR_START_MS) / CURSOR_MS);

/** A cursor that is later than the one that the reader shows. */
export function nextCursor(env: Env, shown: string | null): string {
  const now = interval(env);
  const last = shown !== null && /^\d{1,15}$/.test(shown) ? Number(shown) : -1;
  return String(last < now ? now : last + 1 + Math.floor(env.chance() * CURSOR_JITTER));
}

/** The cursor of a reader who was told this one before. */
export function laterCursor(env: Env, told: string): string {
  return String(Math.max(interval(env), Number(told)));
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
