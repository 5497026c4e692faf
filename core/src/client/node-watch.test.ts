/** The watch on a node's log against a node that is honest, and against one that is not (SPEC M9, M10, M12). */

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { directLink, settled, Stage, type Actor } from '../../../lab/suites/auth-stage.ts';
import { person, primitives, type Person } from '../../../lab/suites/people.ts';
import { MemoryAccounts } from '../../../server/src/store/accounts-memory.ts';
import { MemoryTlogDisk, openMemoryTlog } from '../../../server/src/store/tlog-memory.ts';
import { keysApi } from '../api/keys.ts';
import { namesApi, type NamesRemote } from '../api/names.ts';
import { must } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { logBatchMs } from '../base/limits.ts';
import { writeUserKey } from '../capability/user-key.ts';
import type { Contract, Remote } from '../wire/contract.ts';
import type { AuthSession } from './auth-session.ts';
import type { Carry } from './facet-tunnel.ts';
import { MemoryKeep, type Keep } from './keep.ts';
import { Names } from './names.ts';
import { NodeWatch } from './node-watch.ts';
import type { NoticeRow } from './watch-api.ts';

const ada = await person('Ada');
const bea = await person('Bea');

/** A node whose log is on a disk that the test may exchange. */
async function node(disk = new MemoryTlogDisk()): Promise<Stage> {
  const tlog = openMemoryTlog(primitives, disk);
  return Stage.open({ link: directLink, accounts: new MemoryAccounts(), part: { tlog } });
}

async function enter(stage: Stage, who: Person): Promise<Actor> {
  const actor = await stage.enter(who, { stranger: true });
  await actor.signUp();
  return actor;
}

/** A device with its watch; `stage` is the node that it reaches now. */
class Device {
  readonly keep: Keep;
  readonly alarms: Fault[] = [];
  readonly notices: NoticeRow[] = [];
  calms = 0;
  actor: Actor;
  /** Changes what the node answers. */
  lie: Partial<NamesRemote> = {};
  watch: NodeWatch | null = null;
  /** The user's key as her devices have stated it to the node. */
  statement: Uint8Array = new Uint8Array(0);

  constructor(actor: Actor, keep: Keep = new MemoryKeep()) {
    this.actor = actor;
    this.keep = keep;
  }

  async open(): Promise<this> {
    const { who, stage } = this.actor;
    this.watch = await NodeWatch.open({
      primitives,
      keep: this.keep,
      node: stage.node,
      user: who.user.key,
      device: who.device.key,
      session: async () => this.#session(),
      wallMs: () => stage.clock.wallMs(),
      onAlarm: (fault) => void this.alarms.push(fault),
      onCalm: () => void this.calms++,
      onNotice: (notice) => void this.notices.push(notice),
    });
    return this;
  }

  #session(): AuthSession {
    const facet = <F extends Contract>(contract: F): Remote<F> =>
      (contract.name === keysApi.name
        ? { userKey: async () => ({ statement: this.statement }) }
        : { ...this.actor.facet(namesApi, {}), ...this.lie, contract }) as unknown as Remote<F>;
    return {
      facet,
      remote: this.actor.remote,
      ended: new Promise(() => {}),
      close: () => {},
    } as unknown as AuthSession;
  }

  get names(): Names {
    const pass: Carry = async ({ number, bytes }) => ({ bytes: await this.#open.call(number, bytes) });
    return new Names(pass, pass);
  }

  get #open(): NodeWatch {
    return must(this.watch, 'an open watch');
  }

  async wait<T>(answer: Promise<T>): Promise<T> {
    const waiting = { isOver: false };
    const done = answer.finally(() => (waiting.isOver = true));
    done.catch(() => {});
    for (let turn = 0; turn < 200 && !waiting.isOver; turn++) {
      await settled();
      this.actor.stage.clock.advance(logBatchMs);
    }
    return done;
  }

  look(): Promise<void> {
    return this.wait(this.#open.connected());
  }

  claim(name: string) {
    return this.wait(this.names.claim('people', name));
  }

  state(email: string, by: Person, device: Key = by.device.key): Promise<number> {
    const { auth } = this.actor.stage;
    return this.wait(auth.stateEmail({ email, user: by.user.key, device, method: 'oidc' }));
  }
}

test('[M12] names and keys are answered when they are proven', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  await device.look();
  const answer = await device.claim('Ada');
  ok(answer.kind === 'ok');
  deepEqual([answer.claim.name, answer.claim.number], ['ada', 1]);
  const other = await new Device(await enter(stage, bea)).open();
  equal((await other.claim('ADA')).kind, 'taken');
  equal((await other.wait(other.names.holder('people', 'ada')))?.number, 1);
  equal(await other.wait(other.names.holder('people', 'none')), null);
  await device.claim('ada.l');
  deepEqual(
    (await other.wait(other.names.claims(ada.user.key))).map(({ name }) => name),
    ['ada', 'ada.l'],
  );
  await device.state('ada@example.org', ada);
  const statement = await device.state('ada@example.org', ada, bea.device.key);
  deepEqual((await other.wait(other.names.keysOf('Ada@example.org'))).length, 2);
  await device.wait(device.names.withdraw(statement));
  const keys = await other.wait(other.names.keysOf('ada@example.org'));
  deepEqual(
    keys.map(({ user, device: of }) => [user, of]),
    [[ada.user.key, ada.device.key]],
  );
  const object = await writeUserKey(
    primitives,
    { seed: ada.user.seed },
    {
      user: ada.user.key,
      generation: 2,
      publicKey: new Uint8Array(32).fill(5),
      link: new Uint8Array(60),
      issuedMs: 1,
    },
  );
  await device.wait(device.names.changeKey(object));
  deepEqual(await other.wait(other.names.keyOf(ada.user.key)), object);
  equal(await other.wait(other.names.keyOf(bea.user.key)), null);
  equal((await other.wait(other.names.checkpoint())).size, 6);
  deepEqual([device.alarms, other.alarms], [[], []]);
});

test('[M12] a leaf kept back, a name of another and a claim that is in no log are refused', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  const honest = device.actor.facet(namesApi, {});
  await device.claim('ada');
  await device.claim('ada.l');
  const cut: NamesRemote['ofUser'] = async (request) => {
    const chain = await honest.ofUser(request);
    return { ...chain, leaves: request.before === null ? chain.leaves.slice(0, 1) : [] };
  };
  device.lie = { ofUser: cut };
  await rejects(device.wait(device.names.claims()), { code: 'badProof' });
  const gap: NamesRemote['ofUser'] = async (request) => {
    const chain = await honest.ofUser(request);
    return { ...chain, leaves: chain.leaves.slice(1) };
  };
  device.lie = { ofUser: gap };
  equal(
    (await device.wait(device.names.claims())).length,
    1,
    'that the newest is kept back no chain can show',
  );
  const lied = { namespace: 'people', name: 'gold', number: 1, user: ada.user.key, index: 0, timeMs: 0 };
  device.lie = { holder: async () => lied };
  await rejects(device.wait(device.names.holder('people', 'gold')), { code: 'badProof' });
  device.lie = {
    claim: async () => ({ kind: 'ok', claim: { ...lied, name: 'ada', user: bea.user.key }, remarks: [] }),
  };
  await rejects(device.claim('ada'), { code: 'badProof' });
  // A leaf that the node has signed, and has not put into the log that it shows to others.
  await using other = await node();
  const apart = await new Device(await enter(other, ada)).open();
  equal((await apart.claim('gold')).kind, 'ok');
  const there = apart.actor.facet(namesApi, {});
  device.lie = {
    holder: (request) => there.holder(request),
    inclusion: ({ index }) => there.inclusion({ index, size: 1 }),
  };
  await rejects(device.wait(device.names.holder('people', 'gold')), { code: 'badProof' });
  device.lie = {};
  equal((await device.claim('ada')).kind, 'ok');
});

test('[M9] a fork is an alarm that stays, ends all reliance on the log and keeps the evidence', async () => {
  await using honest = await node();
  await using forked = await node();
  const device = await new Device(await enter(honest, ada)).open();
  await device.claim('ada');
  await device.claim('ada.l');
  const known = await device.wait(device.names.checkpoint());
  // The same node, by its key, with another history for this device.
  device.actor = await enter(forked, ada);
  const other = await new Device(await enter(forked, bea)).open();
  for (const name of ['ada', 'x', 'y']) await other.claim(name);
  await rejects(device.look(), { code: 'fork' });
  equal(device.alarms.length, 1);
  match(must(device.alarms[0], 'an alarm').detail, /not proven to contain the first 2 leaves/);
  await rejects(device.wait(device.names.claims()), { code: 'fork' });
  const evidence = must(await device.keep.get('watch/evidence'), 'evidence');
  ok(new TextDecoder().decode(evidence).includes(known.note));
  // Back at the honest node, and after a restart, the alarm is still there.
  device.actor = await enter(honest, await person('Cleo'));
  await rejects(device.look(), { code: 'fork' });
  const again = await new Device(device.actor, device.keep).open();
  deepEqual(
    again.alarms.map(({ code }) => code),
    ['fork'],
  );
});

test('[M9] whoever has no room to keep what a fork contradicts is alarmed all the same, now and later', async () => {
  await using honest = await node();
  await using forked = await node();
  const keep = new MemoryKeep();
  const device = await new Device(await enter(honest, ada), keep).open();
  for (const name of ['a', 'b', 'c']) await device.claim(name);
  device.actor = await enter(forked, ada);
  const write = keep.write.bind(keep);
  keep.write = () => Promise.reject(new Fault('full', 'the keep'));
  await rejects(device.look(), { code: 'fork' });
  equal(device.alarms.length, 1);
  keep.write = write;
  const again = await new Device(device.actor, keep).open();
  await rejects(again.look(), { code: 'fork' });
  equal(again.alarms.length, 1);
});

/** What is said beside the log, and by nobody again. */
const comeback = new Fault('fork', 'Rights that you had taken back were in force again at the node.');

test('[M9] an alarm that nobody would raise again is shown at once, and kept as soon as there is room', async () => {
  await using stage = await node();
  const keep = new MemoryKeep();
  const device = await new Device(await enter(stage, ada), keep).open();
  await device.look();
  const write = keep.write.bind(keep);
  let count = 0;
  keep.write = () => Promise.reject(new Fault('full', `the keep, ${++count} times`));
  await must(device.watch, 'a watch').alarmed(comeback);
  deepEqual(device.alarms, [comeback]);
  await rejects(device.look(), { detail: comeback.detail });
  ok(count >= 2, 'it is tried at a connection');
  const puts: string[] = [];
  keep.write = async (changes) => {
    for (const { name, value } of changes) if (value !== null) puts.push(name);
    await write(changes);
  };
  for (let i = 0; i < 2; i++) await rejects(device.look(), { detail: comeback.detail });
  deepEqual(puts, ['watch/alarm'], 'once');
  const again = await new Device(device.actor, keep).open();
  deepEqual(
    again.alarms.map(({ detail }) => detail),
    [comeback.detail],
  );
  await device.wait(device.names.acknowledgeAlarm());
  await device.look();
  equal(await keep.get('watch/alarm'), null);
});

test('[M17] the evidence that did not fit is shown, kept when there is room, and left as a trace', async () => {
  for (const hasRoom of [true, false]) {
    await using honest = await node();
    await using forked = await node();
    const keep = new MemoryKeep();
    const device = await new Device(await enter(honest, ada), keep).open();
    for (const name of ['a', 'b', 'c']) await device.claim(name);
    device.actor = await enter(forked, ada);
    const write = keep.write.bind(keep);
    keep.write = async (changes) => {
      if (changes.some(({ name }) => name === 'watch/evidence')) throw new Fault('full', 'the keep');
      await write(changes);
    };
    await rejects(device.look(), { code: 'fork' });
    ok((await keep.get('watch/alarm')) !== null, 'the alarm alone had room');
    const { evidence } = await device.names.alarms();
    match(evidence, /^copse\.log[^]*\n\ncopse\.log/u);
    keep.write = write;
    if (hasRoom) {
      await rejects(device.look(), { code: 'fork' });
      const again = await new Device(device.actor, keep).open();
      equal((await again.names.alarms()).evidence, evidence);
    }
    await device.wait(device.names.acknowledgeAlarm());
    const { past, evidence: none } = await device.names.alarms();
    deepEqual([past[0]?.evidence, none], [evidence, '']);
    equal(await keep.get('watch/evidence'), null);
  }
});

test('[M9] what the node left unanswered is asked again, for it may hide a fork', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, await person('Ada'))).open();
  await device.look();
  const { checkpoint } = device.actor.facet(namesApi, {});
  let asked = 0;
  device.lie = {
    checkpoint: async (request) => {
      if (++asked < 3) throw new Fault('deadline');
      return checkpoint(request);
    },
  };
  await device.look();
  equal(asked, 3);
  device.lie = {
    checkpoint: async () => {
      asked++;
      throw new Fault('deadline');
    },
  };
  await rejects(device.look(), { code: 'deadline' });
  ok(asked < 20, 'but not for ever');
});

test('[M9] a log that was rolled back is a fork, a node that cannot be reached is none', async () => {
  const disk = new MemoryTlogDisk();
  await using stage = await node(disk);
  const device = await new Device(await enter(stage, ada)).open();
  for (const name of ['a', 'b', 'c']) await device.claim(name);
  device.lie = { checkpoint: () => Promise.reject(new Fault('closed')) };
  await rejects(device.look(), { code: 'closed' });
  equal(device.alarms.length, 0);
  await using old = await node();
  device.lie = {};
  device.actor = await enter(old, ada);
  const other = await new Device(await enter(old, bea)).open();
  await other.claim('a');
  await rejects(device.look(), { code: 'fork' });
  match(must(device.alarms[0], 'an alarm').detail, /1 leaves after 3/);
});

test('[M17] an alarm that was looked into leaves a trace, and what rested on the log goes with it', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  const cleo = await new Device(await enter(stage, await person('Cleo'))).open();
  await cleo.claim('cleo');
  for (const name of ['a', 'b']) await device.claim(name);
  equal(await device.wait(device.names.check(cleo.actor.who.user.key)), 'checked');
  const digits = await device.names.digitsWith(bea.user.key);
  ok(await device.names.compared(bea.user.key, digits));
  // The node is set back: Ada has an account there, and one name is in the log.
  await using old = await node();
  device.actor = await enter(old, ada);
  const other = await new Device(await enter(old, bea)).open();
  await other.claim('a');
  await rejects(device.look(), { code: 'fork' });
  const { evidence } = await device.names.alarms();
  match(evidence, /^copse\.log[^]*\n\ncopse\.log/u);
  await device.wait(device.names.acknowledgeAlarm());
  equal(device.calms, 1);
  const { past, evidence: none } = await device.names.alarms();
  equal(none, '');
  deepEqual(
    past.map((row) => [row.code, row.evidence === evidence]),
    [['fork', true]],
  );
  const marks = await device.wait(device.names.trustIn([cleo.actor.who.user.key, bea.user.key]));
  deepEqual(marks, ['unverified', 'compared']);
  // From here on it is watched as before: what is added is fine, what is set back again is not.
  equal((await device.wait(device.names.checkpoint())).size, 1);
  equal((await device.claim('again')).kind, 'ok');
  const restarted = await new Device(device.actor, device.keep).open();
  await restarted.look();
  deepEqual(restarted.alarms, []);
  await using older = await node();
  restarted.actor = await enter(older, ada);
  const late = await new Device(await enter(older, bea)).open();
  await late.claim('z');
  await rejects(restarted.look(), { code: 'fork' });
  equal((await restarted.names.alarms()).past.length, 1);
});

test('[M17] an address is watched on after an alarm that was looked into, also when the node is away', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  for (const name of ['a', 'b']) await device.claim(name);
  await device.wait(device.names.watchEmail('ada@example.org'));
  await using old = await node();
  device.actor = await enter(old, ada);
  const other = await new Device(await enter(old, bea)).open();
  await other.claim('a');
  await rejects(device.look(), { code: 'fork' });
  device.lie = {
    checkpoint: () => Promise.reject(new Fault('closed')),
    ofEmail: () => Promise.reject(new Fault('closed')),
  };
  await device.wait(device.names.acknowledgeAlarm());
  equal(device.calms, 1);
  deepEqual(
    (await device.keep.list('watch/email/')).map(({ name }) => name),
    ['watch/email/ada%40example.org'],
  );
  device.lie = {};
  await device.look();
  equal(device.alarms.length, 1);
});

test('[M9] a checkpoint of another key, and a node key that was revoked, are alarms', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  await device.claim('a');
  const { note } = await device.actor.facet(namesApi, {}).checkpoint({});
  device.lie = {
    checkpoint: async () => ({ note: note.replace('copse.log/', 'copse.log/x'), witnessed: null }),
  };
  await rejects(device.look(), { code: 'fork' });
  const fresh = await new Device(await enter(stage, bea)).open();
  await fresh.look();
  const admin = await stage.enter(await person('Root'), { stranger: true });
  const secret = must(stage.auth.setupSecret(), 'a first start');
  await admin.signUp({ admission: { kind: 'setup', secret } });
  await fresh.wait(admin.facet(namesApi, {}).revokeNode({ successor: null }));
  await rejects(fresh.look(), { code: 'revoked' });
  await rejects(fresh.wait(fresh.names.acknowledgeAlarm()), { code: 'revoked' });
  equal(fresh.calms, 0);
  deepEqual(
    fresh.alarms.map(({ code }) => code),
    ['revoked'],
  );
});

test('[M10] what is said about the user is noticed once, unless this device caused it or it is history', async () => {
  await using stage = await node();
  const first = await new Device(await enter(stage, ada)).open();
  await first.claim('before');
  await first.look();
  const second = await person('Ada', 'second');
  const other = await new Device(await stage.enter(second)).open();
  await other.look();
  deepEqual(other.notices, [], 'a new device takes what was there for history');
  await first.claim('ada');
  await first.state('ada@example.org', ada);
  for (const device of [first, other, other]) await device.look();
  deepEqual(first.notices, [], 'it caused both');
  deepEqual(
    other.notices.map(({ kind, about, isMine }) => [kind, about, isMine]),
    [
      ['claim', 'people/ada', true],
      ['statement', '', true],
    ],
  );
  deepEqual(
    (await other.names.notices()).map(({ index }) => index),
    [2, 1],
  );
});

test('[M10] an address of the user that signs in as somebody else is noticed', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  await device.state('ada@example.org', ada);
  await device.wait(device.names.watchEmail('Ada@example.org'));
  await device.state('ada@example.org', bea);
  await device.look();
  deepEqual(
    device.notices.map(({ kind, about, isMine }) => [kind, about, isMine]),
    [['statement', 'ada@example.org', false]],
  );
  await device.wait(device.names.watchEmail('ada@example.org', { isWanted: false }));
  await device.state('ada@example.org', bea);
  await device.look();
  equal(device.notices.length, 1);
});

test('[M9] leaves about the user that are not there any more are a fork', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  await device.claim('ada');
  await device.claim('ada.l');
  await device.look();
  const honest = device.actor.facet(namesApi, {});
  device.lie = { ofUser: async (request) => ({ ...(await honest.ofUser(request)), leaves: [] }) };
  await rejects(device.look(), { code: 'fork' });
  match(must(device.alarms[0], 'an alarm').detail, /not there any more/);
});

test('[M14] a key is unverified until the log was checked or the digits were compared', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  const other = await new Device(await enter(stage, bea)).open();
  const { names } = device;
  const trust = (): Promise<unknown> => device.wait(names.trustIn([bea.user.key, ada.user.key]));
  deepEqual(await trust(), ['unverified', 'unverified']);
  equal(await device.wait(names.check(bea.user.key)), 'unverified', 'the log says nothing of her');
  await other.claim('bea');
  const honest = device.actor.facet(namesApi, {});
  device.lie = { ofUser: async (request) => ({ ...(await honest.ofUser(request)), leaves: [] }) };
  equal(await device.wait(names.check(bea.user.key)), 'unverified', 'what is kept back proves nothing');
  device.lie = {};
  equal(await device.wait(names.check(bea.user.key)), 'checked');
  deepEqual(await trust(), ['checked', 'unverified']);
  const digits = await device.wait(names.digitsWith(bea.user.key));
  match(digits, /^(\d{6} ){5}\d{6}$/);
  equal(await other.wait(other.names.digitsWith(ada.user.key)), digits);
  equal(
    await device.wait(
      names.compared(
        bea.user.key,
        digits.replace(/\d/, (d) => String(9 - Number(d))),
      ),
    ),
    false,
  );
  deepEqual(await trust(), ['checked', 'unverified']);
  equal(await device.wait(names.compared(bea.user.key, digits.replaceAll(' ', '-'))), true);
  equal(await device.wait(names.check(bea.user.key)), 'compared');
  const again = await new Device(device.actor, device.keep).open();
  deepEqual(await again.wait(again.names.trustIn([bea.user.key])), ['compared'], 'after a restart');
});

test('[M15] who is in the log has her newest key there, stated once', async () => {
  await using stage = await node();
  const device = await new Device(await enter(stage, ada)).open();
  const other = await new Device(await enter(stage, bea)).open();
  const keyOf = (): Promise<Uint8Array | null> => other.wait(other.names.keyOf(ada.user.key));
  const stated = (generation: number): Promise<Uint8Array> =>
    writeUserKey(
      primitives,
      { seed: ada.user.seed },
      {
        user: ada.user.key,
        generation,
        publicKey: new Uint8Array(32).fill(generation),
        link: new Uint8Array(generation === 1 ? 0 : 60),
        issuedMs: 1,
      },
    );
  device.statement = await stated(1);
  await device.look();
  equal(await keyOf(), null, 'the log does not say who has an account');
  await device.claim('ada');
  for (const generation of [1, 2]) {
    device.statement = await stated(generation);
    await device.look();
    deepEqual(await keyOf(), device.statement);
    const { size } = await other.wait(other.names.checkpoint());
    await device.look();
    equal((await other.wait(other.names.checkpoint())).size, size, 'and not again');
  }
  equal(await other.wait(other.names.check(ada.user.key)), 'checked');
  deepEqual(device.notices, [], 'it caused them');
});
