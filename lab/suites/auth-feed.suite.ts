/** What auth promises to the tails (SPEC A6, A9, A14); see `auth.suite.ts`. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import type { AuthInternalEvents } from 'copse/internal/api/auth.ts';
import { must } from 'copse/internal/base/assert.ts';
import { deviceId, logId } from 'copse/internal/base/ids.ts';
import { changeKeptMs, feedBeatMs, feedStaleMs } from 'copse/internal/base/limits.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { keyedMac } from 'copse/internal/crypto/hash.ts';
import { tokenSecret } from 'copse/internal/crypto/token-secret.ts';
import { ada, bea, garden, refusal, settled, type Stage } from './auth-stage.ts';
import type { Check } from './auth.suite.ts';
import { person, primitives } from './people.ts';

const { site } = garden;
const LOG = logId('5a'.repeat(16));
const OTHER = logId('5b'.repeat(16));

interface Heard {
  readonly lines: string[];
  readonly events: AuthInternalEvents;
}

function listener(): Heard {
  const lines: string[] = [];
  const events: AuthInternalEvents = {
    change: ({ seq, change }) => void lines.push(`${seq} ${change.kind}`),
    beat: ({ seq }) => void lines.push(`beat ${seq}`),
    keys: ({ keys }) => void lines.push(`keys ${keys.length}`),
  };
  return { lines, events };
}

async function planted(stage: Stage) {
  const host = await stage.enter(ada, { stranger: true });
  const guest = await stage.enter(bea, { stranger: true });
  for (const actor of [host, guest]) await actor.signUp();
  await host.found(garden);
  return { host, guest };
}

export function authFeedSuite(check: Check): void {
  accessCases(check);
  feedCases(check);
}

function accessCases(check: Check): void {
  check('[A9] access is what the chain grants, per log, until it is taken back', async (stage) => {
    const { host, guest } = await planted(stage);
    const { remote } = stage.follow();
    const asked = { user: bea.userId, device: bea.deviceId, site, log: LOG };
    equal(await refusal(remote.access(asked)), 'forbidden');
    const part = { permissions: permission.read, resource: LOG, expiresMs: stage.clock.wallMs() + 60_000 };
    const invitation = await host.invite(site, 'one log', part);
    equal(await refusal(guest.join(invitation, { resource: '*' })), 'forbidden');
    await guest.join(invitation);
    const { stands, ...rest } = await remote.access(asked);
    const access = { permissions: permission.read, keyEpoch: 1, expiresMs: part.expiresMs, seq: 0 };
    deepEqual(rest, { ...access, conditional: [], origins: [], provable: false });
    equal(stands.length, 3, 'the path by which she came');
    equal(await refusal(remote.access({ ...asked, log: OTHER })), 'forbidden');
    equal(await refusal(remote.access({ ...asked, device: ada.deviceId })), 'forbidden');
    const founder = { user: ada.userId, device: ada.deviceId, site, log: OTHER };
    const founders = await remote.access(founder);
    deepEqual([founders.permissions, founders.keyEpoch, founders.expiresMs, founders.seq], [31, 1, 0, 0]);
    await guest.remote.leave({ site });
    equal(await refusal(remote.access(asked)), 'forbidden');
    const lost = await person('Ada', 'lost');
    await (await stage.enter(lost)).remote.whoami({});
    await host.remote.revokeDevice({ device: lost.deviceId });
    equal(await refusal(remote.access({ ...founder, device: lost.deviceId })), 'revoked');
    equal((await remote.access(founder)).seq, 2);
  });

  check('[I17] a tail learns whose devices are, revoked ones too, and nothing of others', async (stage) => {
    const { host } = await planted(stage);
    const { remote } = stage.follow();
    const lost = await person('Ada', 'lost');
    await (await stage.enter(lost)).remote.whoami({});
    await host.remote.revokeDevice({ device: lost.deviceId });
    const devices = [bea.deviceId, deviceId('0'.repeat(16)), lost.deviceId, bea.deviceId];
    deepEqual(await remote.usersOf({ devices }), { users: [bea.userId, null, ada.userId, bea.userId] });
    deepEqual(await remote.usersOf({ devices: [] }), { users: [] });
  });

  check('[A9] access ends at the date of the right', async (stage) => {
    const { host, guest } = await planted(stage);
    const { remote } = stage.follow();
    const part = { permissions: permission.read, expiresMs: stage.clock.wallMs() + 60_000 };
    await guest.join(await host.invite(site, 'for a minute', part));
    const asked = { user: bea.userId, device: bea.deviceId, site, log: LOG };
    equal((await remote.access(asked)).expiresMs, part.expiresMs);
    stage.clock.advance(600_000);
    equal(await refusal(remote.access(asked)), 'forbidden');
  });
}

function feedCases(check: Check): void {
  check('[A14, A6] revocations reach the tail in order, before their cause is answered', async (stage) => {
    const { host, guest } = await planted(stage);
    const { lines, events } = listener();
    const { remote } = stage.follow(events);
    const begun = await remote.follow({ shard: 0, from: 0 });
    deepEqual([begun.seq, begun.more, begun.reset, begun.changes], [0, false, false, []]);
    deepEqual([begun.node, begun.keys.length], [stage.node, 3]);
    await guest.join(await host.invite(site, 'reader', { permissions: permission.read }));
    deepEqual(lines, []);
    await guest.join(await host.invite(site, 'writer', { permissions: 3 }));
    await guest.remote.leave({ site });
    await host.remote.logout({});
    await settled();
    deepEqual(lines, ['1 site', '2 grant', '3 device']);
    const late = await stage.follow().remote.follow({ shard: 0, from: 1 });
    deepEqual([late.seq, late.reset], [3, false]);
    deepEqual(late.changes, [
      { kind: 'grant', user: bea.userId, site },
      { kind: 'device', device: ada.deviceId, minEpoch: 2 },
    ]);
  });

  check('[A14] heartbeats tell the last change, several before a tail is stale', async (stage) => {
    const { host } = await planted(stage);
    const { lines, events } = listener();
    const { remote, [Symbol.dispose]: end } = stage.follow(events);
    await remote.follow({ shard: 0, from: 0 });
    stage.clock.advance(feedStaleMs);
    await settled();
    equal(lines.length, feedStaleMs / feedBeatMs);
    ok(lines.length >= 3);
    await host.remote.logout({});
    stage.clock.advance(feedBeatMs);
    await settled();
    deepEqual(lines.slice(-2), ['1 device', 'beat 1']);
    end();
    const count = lines.length;
    stage.clock.advance(feedStaleMs);
    await settled();
    equal(lines.length, count, 'nobody is told after the end');
  });

  check('[A14] a tail that has missed what is forgotten, or is ahead, begins anew', async (stage) => {
    await planted(stage);
    const second = await person('Ada', 'second');
    await (await stage.enter(second)).remote.logout({});
    stage.clock.advance(changeKeptMs);
    const back = await stage.enter(ada);
    await back.remote.logout({});
    stage.clock.advance(3_600_000);
    const { remote } = stage.follow();
    const [old, current, ahead] = [
      await remote.follow({ shard: 0, from: 0 }),
      await remote.follow({ shard: 0, from: 1 }),
      await remote.follow({ shard: 0, from: 99 }),
    ];
    deepEqual([old.reset, current.reset, ahead.reset], [true, false, true]);
    for (const page of [old, current, ahead]) {
      deepEqual([page.seq, page.changes], [2, [{ kind: 'device', device: ada.deviceId, minEpoch: 2 }]]);
    }
    deepEqual((await remote.follow({ shard: 0, from: 2 })).changes, []);
  });

  check('[A14] what changed again is told once, as it is now', async (stage) => {
    await planted(stage);
    for (let n = 0; n < 3; n++) {
      const actor = await stage.enter(ada);
      await actor.remote.logout({});
    }
    const page = await stage.follow().remote.follow({ shard: 0, from: 0 });
    deepEqual(page.changes, [{ kind: 'device', device: ada.deviceId, minEpoch: 4 }]);
    equal(page.seq, 3);
  });

  check('[A5] a tail is told the keys of the next day before they are used', async (stage) => {
    const { host } = await planted(stage);
    const { lines, events } = listener();
    const { remote } = stage.follow(events);
    const { keys } = await remote.follow({ shard: 0, from: 0 });
    const { token } = await host.login(1);
    equal(token[1], keys[1]?.number);
    stage.clock.advance(24 * 3_600_000);
    await settled();
    equal(lines.filter((line) => line === 'keys 3').length, 1);
    const tomorrow = await stage.enter(ada);
    equal((await tomorrow.login(2)).token[1], keys[2]?.number);
  });

  check("[A17] the secret of a token is the shard's to derive, and for its device alone", async (stage) => {
    const actor = await stage.enter(ada, { stranger: true });
    await actor.signUp();
    const other = await stage.enter(bea, { stranger: true });
    await other.signUp();
    const { token } = await actor.login(1);
    const { secret } = await actor.remote.exchange({ shard: 0, token });
    const keys = (await stage.follow().remote.follow({ shard: 0, from: 0 })).keys;
    const made = must(
      keys.find(({ number }) => number === token[1]),
      'the key of the token',
    );
    deepEqual(secret, tokenSecret(keyedMac(primitives, made.key.slice()), token));
    equal(await refusal(other.remote.exchange({ shard: 0, token })), 'unauthorized', 'of another device');
    equal(await refusal(actor.remote.exchange({ shard: 1, token })), 'unauthorized', 'of another shard');
    equal(await refusal(actor.remote.exchange({ shard: 9, token })), 'unknown', 'no such shard');
    const stranger = await stage.enter(ada, { stranger: true });
    equal(await refusal(stranger.remote.exchange({ shard: 0, token })), 'forbidden', 'no blessing');
    await actor.remote.logout({});
    const back = await stage.enter(ada);
    equal(await refusal(back.remote.exchange({ shard: 0, token })), 'revoked', 'after logging out');
  });
}
