/** The facet of e-mail over a link (SPEC E2-E8): sign-ins, knocks, hand-overs, and what attackers try at them. */

import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { namesApi } from 'copse/internal/api/names.ts';
import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import {
  emailCodeTries,
  emailVisitMs,
  emailVisitsPerAddressMax,
  emailVisitsPerDeviceMax,
  handOverMs,
  knocksPerEmailMax,
} from 'copse/internal/base/limits.ts';
import {
  isCommitted,
  openHandOver,
  sealHandOver,
  transcriptOf,
  type Meeting,
} from 'copse/internal/capability/hand-over.ts';
import { openLeaf } from 'copse/internal/transparency/leaf.ts';
import { key } from 'copse/internal/base/ids.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { ada, bea, refusal, Stage, type LinkKind } from './auth-stage.ts';
import { comeBack, Device, digitsOf, FakeProviders, verified } from './email-stage.ts';
import { person, primitives, type Person } from './people.ts';

const EMAIL = 'ada@example.org';
const SECRET = utf8('the secret of a user');

interface Scene {
  readonly stage: Stage;
  readonly providers: FakeProviders;
  /** A device of a user who has signed up. */
  readonly user: (who: Person) => Promise<Device>;
  /** A device without a user, from an address of its own. */
  readonly stranger: (name: string, address?: string) => Promise<Device>;
}

type Check = (title: string, run: (scene: Scene) => Promise<void>) => void;

export function emailSuite(link: LinkKind): void {
  const check: Check = (title, run) => {
    test(`${title} (${link.name})`, async () => {
      const providers = new FakeProviders();
      const part = { emailProviders: providers };
      await using stage = await Stage.open({ link, accounts: new MemoryAccounts(), part });
      await run({
        stage,
        providers,
        async user(who) {
          const actor = await stage.enter(who, { stranger: true });
          await actor.signUp();
          return Device.of(stage, actor);
        },
        async stranger(name, address = '203.0.113.7') {
          const actor = await stage.enter(await person(name), { stranger: true, address });
          return Device.of(stage, actor);
        },
      });
    });
  };
  signInCases(check);
  attackCases(check);
  handOverCases(check);
  handOverAttacks(check);
}

function signInCases(check: Check): void {
  check('[E2, E4] who signs in and repeats the digits is stated in the log', async ({ providers, user }) => {
    const device = await user(ada);
    const { ticket, answer } = await device.signIn(providers);
    ok(answer.kind === 'ok');
    equal(answer.email, EMAIL);
    equal(answer.handOver.kind, 'none');
    const { chain } = await device.actor.facet(namesApi, {}).ofEmail({ email: EMAIL, before: null });
    const leaf = must(await openLeaf(primitives, must(chain.leaves[0], 'a leaf').leaf), 'a leaf of the node');
    const { key: deviceKey } = ada.device;
    deepEqual(leaf.body, {
      kind: 'statement',
      user: ada.user.key,
      device: deviceKey,
      method: 'oidc https://id.example',
    });
    equal((await device.email.look({ ticket })).kind, 'signedIn');
    const [row] = await device.email.emails({});
    deepEqual([row?.email, row?.statement], [EMAIL, answer.statement]);
  });

  check('[E4] forgetting an address ends its statements', async ({ providers, user }) => {
    const device = await user(ada);
    await device.signIn(providers);
    deepEqual(await device.wait(device.email.forget({ email: ' ADA@example.org' })), { ended: 1 });
    deepEqual(await device.email.emails({}), []);
    const { chain } = await device.actor.facet(namesApi, {}).ofEmail({ email: EMAIL, before: null });
    const leaf = must(await openLeaf(primitives, must(chain.leaves[0], 'a leaf').leaf), 'a leaf of the node');
    equal(leaf.body.kind, 'withdrawal');
    equal(await refusal(device.email.forget({ email: EMAIL })), 'unknown');
  });

  check('[E1] a node names its providers to everybody and begins with no other', async ({ stranger }) => {
    const device = await stranger('Zoe');
    deepEqual(await device.email.providers({}), [
      { id: 'example', name: 'Example' },
      { id: 'other', name: 'Other' },
    ]);
    equal(await refusal(device.begin('unheard-of')), 'unknown');
  });

  check('[E4] what a device signed in with before it had a user is restated for her', async (scene) => {
    const device = await scene.stranger('Zoe');
    await device.signIn(scene.providers);
    equal(await refusal(device.email.adopt({})), 'forbidden');
    await device.actor.signUp();
    const { statements } = await device.wait(device.email.adopt({}));
    equal(statements.length, 1);
    const rows = await device.email.emails({});
    deepEqual(
      rows.map(({ statement }) => statement),
      statements,
    );
    deepEqual(await device.wait(device.email.adopt({})), { statements: [] });
  });
}

function attackCases(check: Check): void {
  check('[E2] wrong digits are counted, and then it is over', async ({ providers, user }) => {
    const device = await user(ada);
    const { ticket, page } = await device.visit(providers);
    ok(page.kind === 'ok');
    const wrong = page.code === '000000' ? '000001' : '000000';
    for (let left = emailCodeTries - 1; left > 0; left--) {
      deepEqual(await device.email.confirm({ ticket, code: wrong }), { kind: 'wrong', triesLeft: left });
    }
    const over = { kind: 'failed', reason: 'wrongCode' } as const;
    deepEqual(await device.email.confirm({ ticket, code: wrong }), over);
    deepEqual(await device.email.confirm({ ticket, code: page.code }), over);
    deepEqual(await device.email.emails({}), []);
  });

  check(
    '[E3] a return is taken once, and at the address of its own provider',
    async ({ stage, providers, user }) => {
      const device = await user(ada);
      const { ticket } = await device.begin();
      const { state } = must(providers.asked[0], 'a sign-in');
      equal((await comeBack(stage, state, 'other')).kind, 'failed');
      deepEqual(await device.email.look({ ticket }), { kind: 'failed', reason: 'mismatch' });
      deepEqual(await comeBack(stage, state), { kind: 'failed', reason: 'expired' });
      equal(providers.returned.length, 0);
      const again = await device.visit(providers);
      equal(again.page.kind, 'ok');
      const { state: used } = must(providers.asked[1], 'a sign-in');
      deepEqual(await comeBack(stage, used), { kind: 'failed', reason: 'expired' });
      deepEqual(await comeBack(stage, ''), { kind: 'failed', reason: 'expired' });
      equal(providers.returned.length, 1);
    },
  );

  check('[E3] each sign-in has a state and a nonce of its own', async ({ providers, user }) => {
    const device = await user(ada);
    await device.begin();
    await device.begin();
    const [one, two] = providers.asked;
    notEqual(one?.state, two?.state);
    notEqual(one?.nonce, two?.nonce);
  });

  check('[E2] what is not verified, or denied, states nothing', async ({ providers, user }) => {
    const device = await user(ada);
    for (const reason of ['unverified', 'denied', 'mismatch'] as const) {
      providers.answer = { kind: 'failed', reason };
      const { ticket, page } = await device.visit(providers);
      deepEqual(page, { kind: 'failed', reason });
      deepEqual(await device.email.look({ ticket }), { kind: 'failed', reason });
      deepEqual(await device.email.confirm({ ticket, code: '000000' }), { kind: 'failed', reason });
    }
    deepEqual(await device.email.emails({}), []);
  });

  check('[E3] a sign-in that took too long is over', async ({ stage, providers, user }) => {
    const device = await user(ada);
    const { ticket } = await device.begin();
    stage.clock.advance(emailVisitMs);
    deepEqual(await device.email.look({ ticket }), { kind: 'failed', reason: 'expired' });
    const { state } = must(providers.asked[0], 'a sign-in');
    deepEqual(await comeBack(stage, state), { kind: 'failed', reason: 'expired' });
    equal(providers.returned.length, 0);
  });

  check('[E3] the ticket of another device is unknown', async ({ providers, user }) => {
    const device = await user(ada);
    const eve = await user(bea);
    const { ticket, page } = await device.visit(providers);
    ok(page.kind === 'ok');
    equal(await refusal(eve.email.look({ ticket })), 'unknown');
    equal(await refusal(eve.email.confirm({ ticket, code: page.code })), 'unknown');
  });

  check('[E7] sign-ins are bounded per device and per address', async ({ stranger }) => {
    const device = await stranger('Zoe', '198.51.100.1');
    for (let n = 0; n < emailVisitsPerDeviceMax; n++) await device.begin();
    equal(await refusal(device.begin()), 'tooMany');
    for (let n = 0; n < emailVisitsPerAddressMax - emailVisitsPerDeviceMax; n++) {
      await (await stranger(`Zoe ${n >> 1}`, '198.51.100.1')).begin();
    }
    equal(await refusal((await stranger('Yan', '198.51.100.1')).begin()), 'tooMany');
    await (await stranger('Yan', '198.51.100.2')).begin();
  });

  check('[G6, E7] no line of the log says anything of a sign-in', async ({ stage, providers, user }) => {
    await (await user(ada)).signIn(providers);
    const { state, nonce } = must(providers.asked[0], 'a sign-in');
    const lines = stage.clock.lines.join('\n');
    for (const secret of [state, nonce, 'verifier', EMAIL]) ok(!lines.includes(secret));
  });
}

/** Ada's old device and a new one that has signed in as her, until both have shown their keys. */
async function met({ providers, user, stranger }: Scene) {
  const old = await user(ada);
  await old.signIn(providers);
  const fresh = await stranger('Zoe');
  const { ticket, answer } = await fresh.signIn(providers);
  ok(answer.kind === 'ok');
  equal(answer.handOver.kind, 'waiting');
  const row = must((await old.email.knocks({}))[0], 'a knock');
  const { exchange, nonce } = old.party;
  await old.email.meet({ knock: row.knock, exchange, nonce });
  const looked = await fresh.email.look({ ticket });
  ok(looked.kind === 'signedIn' && looked.handOver.kind === 'met');
  return { old, fresh, ticket, row, giving: looked.handOver };
}

function handOverCases(check: Check): void {
  check('[E5] the other devices of an address are told of a new one at once', async (scene) => {
    const old = await scene.user(ada);
    await old.signIn(scene.providers);
    const heard = old.actor.heard.length;
    const fresh = await scene.stranger('Zoe');
    await fresh.signIn(scene.providers);
    ok(old.actor.heard.slice(heard).includes('devices'));
    const [row] = await old.email.knocks({});
    deepEqual([row?.email, row?.deviceName, row?.provider], [EMAIL, "Zoe's device", 'example']);
    equal(row?.sameAccount, true);
    deepEqual(row?.device, fresh.actor.who.device.key);
  });

  check(
    '[E5] that it is another account at the provider is told with it',
    async ({ providers, user, stranger }) => {
      const old = await user(ada);
      await old.signIn(providers);
      providers.answer = verified(EMAIL, 'somebody else');
      await (await stranger('Zoe')).signIn(providers);
      equal((await old.email.knocks({}))[0]?.sameAccount, false);
    },
  );

  check('[E6] what one device gives the other gets, after the same digits on both', async (scene) => {
    const { old, fresh, ticket, row, giving } = await met(scene);
    const { exchange, nonce } = fresh.party;
    await fresh.email.reveal({ ticket, exchange, nonce });
    const revealed = must((await old.email.knocks({}))[0]?.revealed ?? null, 'what it revealed');
    const asking = { ...revealed, device: key(revealed.device) };
    ok(isCommitted(primitives, row.commitment, asking));
    const common = { node: scene.stage.node, email: EMAIL, statement: row.statement };
    const here: Meeting = { ...common, asking, giving: old.party };
    const there: Meeting = {
      ...common,
      asking: fresh.party,
      giving: { ...giving, device: key(giving.device) },
    };
    equal(digitsOf(here), digitsOf(there));
    const transcript = transcriptOf(primitives, here);
    const ends = { secret: old.own.secret, other: asking.exchange, transcript };
    const sealed = must(await sealHandOver(primitives, scene.stage.clock, ends, SECRET), 'a key');
    await old.email.give({ knock: row.knock, sealed });
    const looked = await fresh.email.look({ ticket });
    ok(looked.kind === 'signedIn' && looked.handOver.kind === 'given');
    const back = {
      secret: fresh.own.secret,
      other: giving.exchange,
      transcript: transcriptOf(primitives, there),
    };
    deepEqual(await openHandOver(primitives, back, looked.handOver.sealed.slice()), SECRET);
    deepEqual(await old.email.knocks({}), []);
  });

  check('[E6] a device that is sent away gets nothing', async (scene) => {
    const { old, fresh, ticket, row } = await met(scene);
    await old.email.deny({ knock: row.knock });
    const looked = await fresh.email.look({ ticket });
    ok(looked.kind === 'signedIn' && looked.handOver.kind === 'denied');
    equal(await refusal(old.email.give({ knock: row.knock, sealed: SECRET })), 'unknown');
  });
}

function handOverAttacks(check: Check): void {
  check('[E6] nothing is given before the key is revealed, and only once', async (scene) => {
    const { old, fresh, ticket, row } = await met(scene);
    equal(await refusal(old.email.give({ knock: row.knock, sealed: SECRET })), 'stale');
    const { exchange, nonce } = fresh.party;
    await fresh.email.reveal({ ticket, exchange, nonce });
    equal(await refusal(fresh.email.reveal({ ticket, exchange, nonce })), 'used');
    await old.email.give({ knock: row.knock, sealed: SECRET });
    equal(await refusal(old.email.give({ knock: row.knock, sealed: SECRET })), 'unknown');
    equal(await refusal(old.email.meet({ knock: row.knock, exchange, nonce })), 'unknown');
  });

  check('[E6] a key is revealed to nobody before somebody has answered with his', async (scene) => {
    const old = await scene.user(ada);
    await old.signIn(scene.providers);
    const fresh = await scene.stranger('Zoe');
    const { ticket } = await fresh.signIn(scene.providers);
    const { exchange, nonce } = fresh.party;
    equal(await refusal(fresh.email.reveal({ ticket, exchange, nonce })), 'stale');
  });

  check('[E5, E6] only the users of the address see a knock, and one device answers it', async (scene) => {
    const { old, row } = await met(scene);
    const eve = await scene.user(bea);
    deepEqual(await eve.email.knocks({}), []);
    const { exchange, nonce } = eve.party;
    const { knock } = row;
    equal(await refusal(eve.email.meet({ knock, exchange, nonce })), 'unknown');
    equal(await refusal(eve.email.give({ knock, sealed: SECRET })), 'unknown');
    equal(await refusal(eve.email.deny({ knock })), 'unknown');
    equal(await refusal(old.email.meet({ knock, exchange, nonce })), 'taken');
  });

  check('[E6] a substituted key is no opening of the commitment', async (scene) => {
    const { old, fresh, ticket, row } = await met(scene);
    const eve = await scene.user(bea);
    await fresh.email.reveal({ ticket, exchange: eve.party.exchange, nonce: eve.party.nonce });
    const revealed = must((await old.email.knocks({}))[0]?.revealed ?? null, 'what it revealed');
    ok(!isCommitted(primitives, row.commitment, { ...revealed, device: key(revealed.device) }));
  });

  check('[E7] a device that nobody answers is over in time', async (scene) => {
    const { old, fresh, ticket, row } = await met(scene);
    scene.stage.clock.advance(handOverMs);
    deepEqual(await old.email.knocks({}), []);
    equal(await refusal(old.email.deny({ knock: row.knock })), 'unknown');
    equal(await refusal(fresh.email.look({ ticket })), 'unknown');
  });

  check('[E7] a flood of devices that wait is bounded', async ({ providers, user, stranger }) => {
    const old = await user(ada);
    await old.signIn(providers);
    for (let n = 0; n < knocksPerEmailMax; n++) await (await stranger(`Zoe ${n}`)).signIn(providers);
    const late = await stranger('Zoe too late');
    const { ticket, page } = await late.visit(providers);
    ok(page.kind === 'ok');
    equal(await refusal(late.wait(late.email.confirm({ ticket, code: page.code }))), 'tooMany');
    equal((await old.email.knocks({})).length, knocksPerEmailMax);
    deepEqual(await late.email.look({ ticket }), { kind: 'failed', reason: 'refused' });
  });
}
