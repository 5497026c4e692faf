/**
 * Tells by e-mail what waits, who wishes it and has looked at none of her devices for as long as she said: once,
 * until she has looked again (SPEC I22). It says numbers and holds a link, because names are for members. Before
 * a mail leaves it is noted that it is tried: a crash in between repeats it an hour later, once.
 */

import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import {
  badgeMax,
  digestAgainMs,
  digestClaimMs,
  digestLookMs,
  digestPageMax,
} from 'copse/internal/base/limits-notify.ts';
import { emailsPerUserMax } from 'copse/internal/base/limits.ts';
import type { DigestRecord } from '../store/digests.ts';
import type { DigestTokens } from './digest-token.ts';
import type { Grounds } from './grounds.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** One POST there, by whoever, ends it (RFC 8058). */
  readonly unsubscribe: string;
}

export interface DigestOptions {
  /** Rejects with `forbidden` when it will never be taken, and with anything else when it may be later. */
  readonly send: (mail: Mail) => Promise<void>;
  /** Conversations in which something waits, and how long she has looked at nothing; null when nobody knows. */
  readonly waiting: (user: UserId) => { readonly places: number; readonly awayMs: number | null };
  /** Of the node, for links. */
  readonly origin: () => string;
}

export interface DigestParts {
  readonly grounds: Grounds;
  readonly tokens: DigestTokens;
  readonly options: DigestOptions;
}

/** Where links of digests lead, with the token behind. */
export const DIGEST_PATH = '/digest/end/';

export class DigestDesk implements AsyncDisposable {
  readonly #parts: DigestParts;
  readonly #env: Env;
  #timer: Timer | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(parts: DigestParts) {
    this.#parts = parts;
    this.#env = parts.grounds.env;
  }

  begin(): void {
    if (this.#isOver) return;
    this.#timer = this.#env.after(digestLookMs, () => {
      this.#looking = this.#lookAndGoOn();
    });
  }

  /** What a link does; false when it is none of ours, or nothing goes there any more. */
  async end(token: string): Promise<boolean> {
    const { grounds, tokens } = this.#parts;
    const user = tokens.userIn(token);
    const record = user === null ? null : await grounds.accounts.digests.of(user);
    if (record === null || !tokens.isFor(token, record.user, record.email)) return false;
    return grounds.accounts.digests.end(record.user, record.email);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  async #lookAndGoOn(): Promise<void> {
    try {
      await this.#look();
    } catch (thrown) {
      this.#env.log('warn', 'digest.look', { fault: asFault(thrown).code });
    }
    this.begin();
  }

  async #look(): Promise<void> {
    const { digests } = this.#parts.grounds.accounts;
    while (!this.#isOver) {
      const page = await digests.due(this.#env.wallMs(), digestPageMax);
      for (const record of page) if (!this.#isOver) await this.#one(record);
      if (page.length < digestPageMax) return;
    }
  }

  async #one(record: DigestRecord): Promise<void> {
    const { grounds, options } = this.#parts;
    const { digests } = grounds.accounts;
    const { user, email, afterMs } = record;
    if (!(await this.#isHers(record))) return void (await digests.end(user, email));
    const nowMs = this.#env.wallMs();
    const { places, awayMs } = options.waiting(user);
    const sinceMs = Math.min(nowMs, awayMs === null ? (record.sinceMs ?? nowMs) : nowMs - awayMs);
    const sentMs = record.sentMs === null ? null : Math.min(nowMs, record.sentMs);
    const noted = { ...record, sinceMs, sentMs };
    const isTold = sentMs !== null && sentMs >= sinceMs;
    if (!isTold && nowMs < sinceMs + afterMs) return digests.note({ ...noted, lookMs: sinceMs + afterMs });
    if (isTold || places === 0) return digests.note({ ...noted, lookMs: nowMs + digestAgainMs });
    await digests.note({ ...noted, lookMs: nowMs + digestClaimMs });
    const isDone = await this.#send(record, places);
    await digests.note({ ...noted, sentMs: isDone ? nowMs : sentMs, lookMs: nowMs + digestAgainMs });
  }

  /** An address that she has forgotten since is not hers any more. */
  async #isHers({ user, email }: DigestRecord): Promise<boolean> {
    const { people, emails } = this.#parts.grounds.accounts;
    const known = await people.user(user);
    if (known === null) return false;
    return (await emails.ofUser(known.key, emailsPerUserMax)).some((row) => row.email === email);
  }

  /** Whether there is nothing left to try. */
  async #send({ user, email }: DigestRecord, places: number): Promise<boolean> {
    const { tokens, options } = this.#parts;
    const origin = options.origin();
    const unsubscribe = `${origin}${DIGEST_PATH}${tokens.of(user, email)}`;
    try {
      await options.send({ to: email, ...wordsOf(places, origin, unsubscribe), unsubscribe });
      return true;
    } catch (thrown) {
      const { code } = asFault(thrown);
      this.#env.log('warn', 'digest.send', { user, fault: code });
      return code === 'forbidden';
    }
  }
}

function wordsOf(
  places: number,
  origin: string,
  unsubscribe: string,
): { readonly subject: string; readonly text: string } {
  const count = places >= badgeMax ? `${badgeMax} or more` : String(places);
  const subject = places === 1 ? 'News in one conversation' : `News in ${count} conversations`;
  const where = new URL(origin).host;
  const text = [
    places === 1
      ? `Something is new for you in one conversation on ${where}.`
      : `Something is new for you in ${count} conversations on ${where}.`,
    '',
    `Read it: ${origin}/`,
    '',
    'What is new only your devices can read. You get this once, until you have been there again.',
    `No more of these e-mails: ${unsubscribe}`,
    '',
  ].join('\n');
  return { subject, text };
}
