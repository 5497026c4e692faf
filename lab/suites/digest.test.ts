/** What waits, by e-mail: to whom, when, how often, and how it ends (SPEC I22). */

import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { digestApi, type DigestRemote } from 'copse/internal/api/digest.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { digestAgainMs, digestClaimMs, digestLookMs } from 'copse/internal/base/limits-notify.ts';
import type { Mail } from '../../server/src/auth/digest-desk.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { ada, bea, directLink, encodedLink, refusal, settled, Stage, type LinkKind } from './auth-stage.ts';
import { blessingBy, type Person } from './people.ts';

const HOUR = 3_600_000;
const EMAIL = 'ada@example.org';
const ORIGIN = 'https://copse.example';

/** Notify and a mail server as a test wants them. */
class Post {
  readonly mails: Mail[] = [];
  places = 0;
  awayMs: number | null = null;
  fault: Fault | null = null;

  readonly options = {
    send: async (mail: Mail): Promise<void> => {
      this.mails.push(mail);
      if (this.fault !== null) throw this.fault;
    },
    waiting: () => ({ places: this.places, awayMs: this.awayMs }),
    origin: () => ORIGIN,
  };
}

interface Scene extends AsyncDisposable {
  readonly post: Post;
  readonly stage: Stage;
  readonly digest: DigestRemote;
  /** Time goes by, minute by minute. */
  readonly wait: (ms: number) => Promise<void>;
}

async function proven(accounts: Accounts, who: Person, email = EMAIL): Promise<void> {
  const [label, account] = ['0a'.repeat(32), '0b'.repeat(32)];
  const common = { provider: 'example', method: 'oidc https://id.example', statement: 1, atMs: 1 };
  await accounts.emails.put({
    user: who.user.key,
    device: who.device.key,
    email,
    label,
    account,
    ...common,
  });
}

async function scene(link: LinkKind = directLink, accounts: Accounts = new MemoryAccounts()): Promise<Scene> {
  const post = new Post();
  const stage = await Stage.open({ link, accounts, part: { digest: post.options } });
  const nowMs = stage.clock.wallMs();
  const blessing = await blessingBy(ada, nowMs, { expiresMs: nowMs + 24 * HOUR });
  const host = await stage.enter(ada, { blessing });
  await host.signUp({ blessing });
  await proven(accounts, ada);
  const wait = async (ms: number): Promise<void> => {
    for (let gone = 0; gone < ms; gone += digestLookMs) {
      stage.clock.advance(Math.min(digestLookMs, ms - gone));
      await settled();
    }
  };
  const digest = host.facet(digestApi, {});
  return { post, stage, digest, wait, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

for (const [name, link, open] of [
  ['memory', directLink, async () => new MemoryAccounts()],
  ['SQLite', encodedLink, async () => SqliteAccounts.open({ path: ':memory:' })],
] as const) {
  test(`[I22] who wishes it and has not looked for as long as she said is told once what waits (${name})`, async () => {
    await using at = await scene(link, await open());
    const { post, digest, wait } = at;
    post.places = 3;
    await wait(5 * HOUR);
    equal(post.mails.length, 0, 'nobody wished it');
    await digest.set({ to: { email: 'Ada@Example.org ', afterHours: 4 } });
    deepEqual(await digest.state({}), { sends: true, to: { email: EMAIL, afterHours: 4 } });
    await wait(4 * HOUR - 2 * digestLookMs);
    equal(post.mails.length, 0);
    await wait(4 * digestLookMs);
    equal(post.mails.length, 1);
    const mail = must(post.mails[0], 'a mail');
    equal(mail.to, EMAIL);
    equal(mail.subject, 'News in 3 conversations');
    match(mail.text, /3 conversations on copse\.example/);
    ok(mail.text.includes(mail.unsubscribe));
    await wait(20 * HOUR);
    equal(post.mails.length, 1, 'once, until she has looked');
  });
}

test('[I22] a digest follows after she has looked again, and none while she looks or nothing waits', async () => {
  await using at = await scene();
  const { post, digest, wait } = at;
  await digest.set({ to: { email: EMAIL, afterHours: 1 } });
  await wait(3 * HOUR);
  equal(post.mails.length, 0, 'nothing waits');
  post.places = 1;
  await wait(digestAgainMs + digestLookMs);
  equal(post.mails.length, 1);
  equal(post.mails[0]?.subject, 'News in one conversation');
  post.awayMs = 0;
  await wait(5 * HOUR);
  equal(post.mails.length, 1, 'she is here');
  const beganMs = at.stage.clock.nowMs();
  const waiting = post.options.waiting;
  post.options.waiting = () => ({ ...waiting(), awayMs: at.stage.clock.nowMs() - beganMs });
  await wait(HOUR / 2);
  equal(post.mails.length, 1);
  await wait(HOUR);
  equal(post.mails.length, 2);
});

test('[I22] a notify that was started anew knows nothing of before, and what was noted counts', async () => {
  await using at = await scene();
  const { post, digest, wait } = at;
  post.places = 1;
  post.awayMs = 0;
  await digest.set({ to: { email: EMAIL, afterHours: 2 } });
  await wait(HOUR);
  post.awayMs = null;
  await wait(2 * HOUR + 2 * digestLookMs);
  equal(post.mails.length, 1, 'since the last look at which she was here');
});

test('[I22] one click ends it, also by an older link, and a guessed link ends nothing', async () => {
  await using at = await scene();
  const { post, digest, wait, stage } = at;
  post.places = 1;
  await digest.set({ to: { email: EMAIL, afterHours: 1 } });
  await wait(2 * HOUR);
  const link = must(post.mails[0], 'a mail').unsubscribe;
  ok(link.startsWith(`${ORIGIN}/digest/end/`));
  const token = must(link.split('/').at(-1), 'a token');
  for (let place = 0; place < token.length; place++) {
    const other = token[place] === 'A' ? 'B' : 'A';
    const guessed = token.slice(0, place) + other + token.slice(place + 1);
    // The last letter may hold bits that say nothing.
    if (place < token.length - 1) equal(await stage.auth.endDigest(guessed), false);
  }
  for (const nonsense of ['', 'x', token.slice(1), token + token, '=+/']) {
    equal(await stage.auth.endDigest(nonsense), false);
  }
  notEqual((await digest.state({})).to, null);
  await digest.set({ to: { email: EMAIL, afterHours: 5 } });
  equal(await stage.auth.endDigest(token), true, 'a link that was sent before counts');
  deepEqual(await digest.state({}), { sends: true, to: null });
  equal(await stage.auth.endDigest(token), false);
  await wait(20 * HOUR);
  equal(post.mails.length, 1);
});

test('[I22] only an address of hers is written to, and not after she has forgotten it', async () => {
  await using at = await scene();
  const { post, digest, wait, stage } = at;
  equal(await refusal(digest.set({ to: { email: 'bea@example.org', afterHours: 1 } })), 'forbidden');
  equal(await refusal(digest.set({ to: { email: 'nonsense', afterHours: 1 } })), 'forbidden');
  equal(await refusal(digest.set({ to: { email: EMAIL, afterHours: 0 } })), 'malformed');
  const guest = await stage.enter(bea);
  await guest.signUp();
  const other = guest.facet(digestApi, {});
  equal(await refusal(other.set({ to: { email: EMAIL, afterHours: 1 } })), 'forbidden');
  const less = await blessingBy(ada, stage.clock.wallMs(), { scope: 1 });
  const narrow = (await stage.enter(ada, { blessing: less })).facet(digestApi, {});
  equal(await refusal(narrow.set({ to: null })), 'forbidden');
  post.places = 1;
  await digest.set({ to: { email: EMAIL, afterHours: 1 } });
  for (const record of await stage.accounts.emails.ofUser(ada.user.key, 9))
    await stage.accounts.emails.remove(record);
  await wait(5 * HOUR);
  equal(post.mails.length, 0);
  equal((await digest.state({})).to, null);
});

test('[I22] what the mail server does not take now is tried again, and what it never takes is not', async () => {
  await using at = await scene();
  const { post, digest, wait } = at;
  post.places = 1;
  post.fault = new Fault('closed');
  await digest.set({ to: { email: EMAIL, afterHours: 1 } });
  await wait(HOUR + 3 * digestAgainMs + 5 * digestLookMs);
  ok(post.mails.length >= 3 && post.mails.length <= 5, `${post.mails.length} tries`);
  post.fault = new Fault('forbidden');
  const before = post.mails.length;
  await wait(10 * HOUR);
  equal(post.mails.length, before + 1);
  ok(!at.stage.clock.lines.some((line) => line.includes(EMAIL)), 'no address is in a log');
});

test('[I22] a crash while a mail is sent repeats it once, an hour later', async () => {
  const accounts = new MemoryAccounts();
  await using at = await scene(directLink, accounts);
  const { post, digest, wait } = at;
  post.places = 1;
  await digest.set({ to: { email: EMAIL, afterHours: 1 } });
  const note = accounts.digests.note.bind(accounts.digests);
  let isOver = false;
  // Nothing is written any more once a mail has left, as if the process had ended.
  accounts.digests.note = async (record) => {
    if (post.mails.length === 1 && !isOver) {
      isOver = true;
      throw new Fault('closed');
    }
    return note(record);
  };
  await wait(HOUR + 2 * digestLookMs);
  equal(post.mails.length, 1);
  await wait(digestClaimMs - 5 * digestLookMs);
  equal(post.mails.length, 1);
  await wait(10 * digestLookMs);
  equal(post.mails.length, 2);
  await wait(10 * HOUR);
  equal(post.mails.length, 2);
});

test('[I22] a node that sends no e-mail says so, and lets go who wishes none any more', async () => {
  const accounts = new MemoryAccounts();
  await using stage = await Stage.open({ link: directLink, accounts });
  const host = await stage.enter(ada);
  await host.signUp();
  await proven(accounts, ada);
  await accounts.digests.wish({ user: ada.userId, email: EMAIL, afterMs: HOUR }, 0);
  const digest = host.facet(digestApi, {});
  deepEqual(await digest.state({}), { sends: false, to: { email: EMAIL, afterHours: 1 } });
  equal(await refusal(digest.set({ to: { email: EMAIL, afterHours: 1 } })), 'unknown');
  await digest.set({ to: null });
  equal((await digest.state({})).to, null);
});
