/** What one connection may ask about strangers (interface: `api/strangers.ts`). */

import { equal } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { key, type Key } from '../../base/ids.ts';
import { peerPageBytesMax } from '../../base/limits-peer.ts';
import { knockDaysMax, workUnitBytes } from '../../base/limits-work.ts';
import type { KnockRequest, Report, StrangersApi } from '../../api/strangers.ts';
import { WORK_ALGORITHM } from '../../crypto/work.ts';
import { readMessage } from '../message/message.ts';
import { plainBits } from './price.ts';
import type { KnockRow, ReportRow } from './rows.ts';
import type { Strangers } from './strangers.ts';

type Request<N extends keyof StrangersApi> = Parameters<StrangersApi[N]>[0];
type Answer<N extends keyof StrangersApi> = Awaited<ReturnType<StrangersApi[N]>>;
type Whose = Request<'requests'>['whose'];

const NOTHING = {};

export class StrangerSession implements StrangersApi {
  readonly #strangers: Strangers;
  readonly #user: Key | null;

  constructor(strangers: Strangers, user: Key | null) {
    this.#strangers = strangers;
    this.#user = user;
  }

  terms(): Answer<'terms'> {
    const { bits, untilMs } = this.#strangers.pricing.load();
    const least = plainBits({ size: workUnitBytes, days: 1, purpose: 'letter' });
    return { algorithm: WORK_ALGORITHM, bits: least + bits, untilMs };
  }

  async price({ to, size, days, purpose }: Request<'price'>): Promise<Answer<'price'>> {
    if (days < 1 || days > knockDaysMax)
      throw new Fault('malformed', `a knock waits 1 to ${knockDaysMax} days`);
    const whom = key(to.slice());
    if (!(await this.#strangers.isHere(whom, purpose))) return { price: null };
    const reach = this.#strangers.options.strangers.reach(whom);
    if (reach === 'members' || reach === 'nobody') return { price: null };
    const queue = this.#strangers.queue(whom, size);
    return { price: this.#strangers.pricing.price({ to: whom, size, days, purpose }, queue) };
  }

  knock(knock: Request<'knock'>): Promise<Answer<'knock'>> {
    return this.#strangers.knock(knock);
  }

  async requests({ whose, skip, rows }: Request<'requests'>): Promise<Answer<'requests'>> {
    const of = await this.#of(whose);
    const { strangers, env } = this.#strangers.options;
    const found = strangers.queue(of, { skip, rows, nowMs: env.wallMs() });
    return { count: strangers.count(of), rows: bounded(found) };
  }

  async answer({ whose, id: asked, isAccepted }: Request<'answer'>) {
    const id = asked.slice();
    const of = await this.#of(whose);
    const { strangers, env } = this.#strangers.options;
    const row = strangers.waiting(of, id, env.wallMs());
    if (row === null) throw new Fault('unknown', 'it does not wait any more');
    if (isAccepted) {
      // Kept before it is taken out of the queue: what a crash comes between is accepted again.
      await this.#strangers.keep(row.body);
      this.#strangers.welcome(of, key(row.sender));
    }
    strangers.answered(of, row.seq);
    return NOTHING;
  }

  async reach(): Promise<Answer<'reach'>> {
    const user = await this.#member();
    const { strangers, env } = this.#strangers.options;
    const guests = strangers.guests(user, env.wallMs());
    return {
      reach: strangers.reach(user),
      guests: guests.map(({ who, until_ms: untilMs }) => ({ who, untilMs })),
      away: strangers.away(user),
    };
  }

  async setReach({ reach }: Request<'setReach'>) {
    this.#strangers.options.strangers.setReach(await this.#member(), reach);
    return NOTHING;
  }

  async keepAway({ whom: asked, isAway }: Request<'keepAway'>) {
    const whom = key(asked.slice());
    const user = await this.#member();
    const { strangers } = this.#strangers.options;
    if (isAway) strangers.keepAway(user, whom);
    else strangers.letNear(user, whom);
    return NOTHING;
  }

  async report(asked: Request<'report'>) {
    const about = asked.about.slice();
    const id = asked.id?.slice() ?? null;
    const by = await this.#member();
    const { strangers, env } = this.#strangers.options;
    const message = id === null ? null : this.#reported(by, id, about);
    strangers.report({ by, about, why: asked.why, message, atMs: env.wallMs() });
    return NOTHING;
  }

  async reports({ after }: Request<'reports'>): Promise<Answer<'reports'>> {
    await this.#admin();
    return { rows: this.#strangers.options.strangers.reports(after).map(reportOf) };
  }

  async settle({ number }: Request<'settle'>) {
    await this.#admin();
    if (!this.#strangers.options.strangers.settle(number)) throw new Fault('unknown', 'no such report waits');
    return NOTHING;
  }

  async takeAway(asked: Request<'takeAway'>) {
    const id = asked.id.slice();
    await this.#admin();
    if (!this.#strangers.options.store.takeAway(id)) throw new Fault('unknown', 'no such post is here');
    return NOTHING;
  }

  [Symbol.dispose](): void {}

  /** A message of hers that is here, or waits for who reports it. */
  #reported(by: Key, id: Uint8Array, about: Uint8Array): Uint8Array {
    const { store, strangers, env, primitives } = this.#strangers.options;
    const bytes = store.get(id)?.bytes ?? strangers.waiting(by, id, env.wallMs())?.body;
    if (bytes === undefined) throw new Fault('unknown', 'the message is not here');
    if (!equal(readMessage(primitives, bytes).from, about))
      throw new Fault('malformed', 'somebody else has written that message');
    return bytes;
  }

  #of(whose: Whose): Promise<Key> {
    return whose === 'mine' ? this.#member() : this.#admin().then(() => this.#strangers.options.node);
  }

  async #member(): Promise<Key> {
    const user = this.#user;
    if (user === null || !(await this.#strangers.options.knows(user)))
      throw new Fault('forbidden', 'for who has an account on this node');
    return user;
  }

  async #admin(): Promise<void> {
    if (!(await this.#strangers.options.isAdmin(await this.#member())))
      throw new Fault('forbidden', 'for admins of this node');
  }
}

function requestOf({ body, is_invitation, bits, at_ms, until_ms }: KnockRow): KnockRequest {
  const purpose = is_invitation === 1 ? 'invitation' : 'letter';
  return { message: body, purpose, bits, atMs: at_ms, untilMs: until_ms };
}

/** As many as fit into one answer; at least one. */
function bounded(rows: readonly KnockRow[]): readonly KnockRequest[] {
  let bytes = 0;
  const end = rows.findIndex(({ body }, at) => {
    bytes += body.length;
    return at > 0 && bytes > peerPageBytesMax;
  });
  return rows.slice(0, end === -1 ? rows.length : end).map(requestOf);
}

function reportOf({ number, by_user, about, why, message, at_ms }: ReportRow): Report {
  return { number, by: by_user, about, why, message, atMs: at_ms };
}
