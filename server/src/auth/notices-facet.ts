/** The calls of notifications (SPEC I7, I8, I15, I19, I20): where a device is reached, what it hears, what did not reach one. */

import type { SubscriptionChange } from 'copse/internal/api/notify.ts';
import type { NoticesApi } from 'copse/internal/api/notices.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import { noticeRowsMax, noticeTestLateMs } from 'copse/internal/base/limits-notify.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { tagsOf } from 'copse/internal/social/subscriptions/held.ts';
import { checkQuiet } from 'copse/internal/social/subscriptions/quiet.ts';
import type { NoticeRow } from '../store/notices.ts';
import type { Gate } from './gate.ts';
import type { Who } from './grounds.ts';
import type { NoticesParts } from './notices.ts';

type Request<Name extends keyof NoticesApi> = Parameters<NoticesApi[Name]>[0];
type Answer<Name extends keyof NoticesApi> = Awaited<ReturnType<NoticesApi[Name]>>;

const NOTHING = {};
/** What a node says that does not notify. */
const SILENT = { pushKey: null, address: null, state: 'none', quiet: null, rows: [], more: null } as const;
const NO_ADDRESS = { outcome: 'none', said: 'This device has no address.' } as const;
const LATE = { outcome: 'late', said: '' } as const;

export class NoticesFacet implements NoticesApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async desk({ after }: Request<'desk'>): Promise<Answer<'desk'>> {
    const { user, device } = await this.#gate.user();
    const { notices: parts, grounds } = this.#gate.parts;
    if (parts === null) return SILENT;
    await parts.desk.refresh(user);
    const { notices } = grounds.accounts;
    const [pushKey, glance, endpoint, found] = await Promise.all([
      parts.pushKey(),
      notices.glance(user),
      notices.endpoint(user, device),
      notices.rows(user, device, after, noticeRowsMax + 1),
    ]);
    const rows = found.slice(0, noticeRowsMax);
    return {
      pushKey,
      address: endpoint?.url ?? null,
      state: endpoint === null ? 'none' : await parts.stateOf(user, device),
      quiet: glance?.quiet ?? null,
      rows: rows.map((row) => shown(row, grounds.env.wallMs())),
      more: found.length > noticeRowsMax ? (rows.at(-1)?.site ?? null) : null,
    };
  }

  async subscribe(request: Request<'subscribe'>): Promise<object> {
    const who = await this.#gate.user();
    const parts = this.#parts();
    if ((who.scope & permission.read) === 0) throw new Fault('forbidden', 'this device is blessed for less');
    const { url, p256dh, auth } = request;
    parts.checkAddress({ url, p256dh, auth });
    parts.take(who.user, 'addresses of this user');
    await parts.desk.subscribe(who.user, who.device, { url, p256dh: p256dh.slice(), auth: auth.slice() });
    return NOTHING;
  }

  async unsubscribe(): Promise<object> {
    const { user, device } = await this.#gate.user();
    const { notices } = this.#gate.parts.grounds.accounts;
    const parts = this.#parts();
    if ((await notices.endpoint(user, device)) === null) return NOTHING;
    await parts.desk.unsubscribe(user, device);
    return NOTHING;
  }

  level({ site, level }: Request<'level'>): Promise<object> {
    return this.#change(site, (at) => [
      { kind: 'unmute', ...at, durationMs: 0 },
      { kind: 'level', ...at, level },
    ]);
  }

  mute({ site, durationMs }: Request<'mute'>): Promise<object> {
    return this.#change(site, (at) => [{ kind: 'mute', ...at, durationMs }]);
  }

  unmute({ site, durationMs }: Request<'unmute'>): Promise<object> {
    return this.#change(site, (at) => [{ kind: 'unmute', ...at, durationMs }]);
  }

  async quiet({ hours }: Request<'quiet'>): Promise<object> {
    const { user } = await this.#gate.user();
    const parts = this.#parts();
    if (hours !== null) checkQuiet(parts.zones, hours);
    await parts.desk.quiet(user, hours);
    return NOTHING;
  }

  tags({ site, tags }: Request<'tags'>): Promise<object> {
    const kept = tags.map((tag) => tag.slice());
    return this.#change(site, (at) => [{ kind: 'tags', ...at, tags: kept }]);
  }

  async test(): Promise<Answer<'test'>> {
    const { user, device } = await this.#gate.user();
    const parts = this.#parts();
    const { accounts, env } = this.#gate.parts.grounds;
    if ((await accounts.notices.endpoint(user, device)) === null) return NO_ADDRESS;
    parts.take(user, 'tests of this user');
    return within(env, noticeTestLateMs, async () => {
      // An address that was given just now is tested too.
      await parts.teller.tell(user);
      return parts.notify.test({ user, device });
    });
  }

  async told(): Promise<Answer<'told'>> {
    const { user } = await this.#gate.user();
    const { rows } = await this.#parts().notify.told({ user });
    return { rows };
  }

  async letters({ after }: Request<'letters'>): Promise<Answer<'letters'>> {
    await this.#admin();
    return this.#parts().notify.letters({ after });
  }

  async replay({ ids }: Request<'replay'>): Promise<Answer<'replay'>> {
    await this.#admin();
    return this.#parts().notify.replay({ ids });
  }

  /** What concerns all users is for admins of the node. */
  async #admin(): Promise<void> {
    const { user } = await this.#gate.user();
    const { people } = this.#gate.parts.grounds.accounts;
    if ((await people.user(user))?.admin !== true)
      throw new Fault('forbidden', 'dead letters are for admins of the node');
  }

  /** A node that does not notify has nothing to count. */
  async unread(): Promise<Answer<'unread'>> {
    const { user } = await this.#gate.user();
    const { notices } = this.#gate.parts;
    return notices === null ? { count: 0 } : notices.notify.unread({ user });
  }

  async posts({ lengths }: Request<'posts'>): Promise<Answer<'posts'>> {
    const { user } = await this.#gate.user();
    return this.#parts().notify.posts({ user, lengths });
  }

  /** A node that does not notify has nothing to remember of it. */
  async seen({ ids, all, knocks }: Request<'seen'>): Promise<object> {
    const { user } = await this.#gate.user();
    const { notices } = this.#gate.parts;
    const what = { ids: ids.map((id) => id.slice()), all, knocks };
    return notices === null ? NOTHING : notices.notify.seen({ user, what });
  }

  async #change(
    site: SiteId,
    changes: (at: { readonly device: Who['device']; readonly site: SiteId }) => readonly SubscriptionChange[],
  ): Promise<object> {
    const { user, device } = await this.#gate.user();
    await this.#parts().desk.change(user, (held) => {
      if (held.listener(device, site) === null)
        throw new Fault('unknown', 'this device hears nothing of such a site');
      return changes({ device, site });
    });
    return NOTHING;
  }

  #parts(): NoticesParts {
    const { notices } = this.#gate.parts;
    if (notices === null) throw new Fault('unknown', 'this node does not notify');
    return notices;
  }
}

function shown({ site, listener }: NoticeRow, nowMs: number): Answer<'desk'>['rows'][number] {
  const { level, override, tags } = listener;
  const common = { site, level, tags: tagsOf(tags) };
  if (override === null) return { ...common, override };
  const leftMs = override.untilMs === 0 ? 0 : Math.ceil(override.untilMs - nowMs);
  const isOver = override.untilMs !== 0 && leftMs <= 0;
  return { ...common, override: isOver ? null : { level: override.level, leftMs } };
}

/** What a test answers, or that it is late: then nobody waits for it any more. */
async function within(
  env: Env,
  limitMs: number,
  test: () => Promise<Answer<'test'>>,
): Promise<Answer<'test'>> {
  return new Promise((resolve, reject) => {
    const timer = env.after(limitMs, () => resolve(LATE));
    test()
      .then(resolve, (thrown: unknown) => reject(asFault(thrown)))
      .finally(() => timer.cancel());
  });
}
