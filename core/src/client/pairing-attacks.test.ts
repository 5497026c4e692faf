/** What a node in the middle tries at a pairing, and how it is found out (SPEC D2, D3). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ada, directLink, Stage } from '../../../lab/suites/auth-stage.ts';
import { person } from '../../../lab/suites/people.ts';
import { MemoryAccounts } from '../../../server/src/store/accounts-memory.ts';
import { concat, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { devicesApi, type DevicesRemote } from '../api/devices.ts';
import { commitmentOf, sealHandOver, transcriptOf, type HandOverParty } from '../capability/hand-over.ts';
import { newExchangeKey, type ExchangeKey } from '../crypto/agree.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { DeviceDesk } from './device-desk.ts';
import { Asking, type Looked } from './pair-asking.ts';
import { pairLinkText } from './pair-link.ts';
import { signKeyOf } from './identity.ts';

const primitives = nativePrimitives();
const env = realEnv();
const URL = 'http://node.example';
const SECRET = utf8('whatever Ada would hand over');
const NO_TOKEN = new Uint8Array(0);

/** What the node does to answers on their way to one of the two. */
interface Lies {
  readonly look?: (honest: Looked) => Looked | Promise<Looked>;
  readonly found?: (honest: Found) => Found;
  readonly revealed?: (honest: Revealed) => Revealed;
}
type Found = Awaited<ReturnType<DevicesRemote['pairFind']>>;
type Revealed = Awaited<ReturnType<DevicesRemote['pairRevealed']>>;

interface Side {
  readonly own: ExchangeKey;
  readonly party: HandOverParty;
}

async function sideOf(device: Key): Promise<Side> {
  const own = await newExchangeKey(primitives, env);
  return { own, party: { device, exchange: own.publicKey, nonce: env.random(16) } };
}

interface Scene {
  readonly stage: Stage;
  readonly asking: Asking;
  readonly desk: DeviceDesk;
  /** What Ada's device has given away, as it left it. */
  readonly given: Uint8Array[];
  readonly pairing: Uint8Array;
  readonly fresh: Side;
  /** Of the node. */
  readonly eve: Side;
}

async function scene(lies: (eve: Side) => Lies, act: (scene: Scene) => Promise<void>): Promise<void> {
  await using stage = await Stage.open({ link: directLink, accounts: new MemoryAccounts() });
  const old = await stage.enter(ada, { stranger: true });
  await old.signUp();
  const zoe = await person('Zoe');
  const stranger = (await stage.enter(zoe, { stranger: true })).facet(devicesApi, {});
  const eve = await sideOf(key(env.random(32)));
  const { look, found, revealed } = lies(eve);
  const given: Uint8Array[] = [];
  const honest = old.facet(devicesApi, {});
  const remote: DevicesRemote = {
    ...honest,
    pairMeet: (request) => honest.pairMeet(request),
    pairDeny: (request) => honest.pairDeny(request),
    pairGive(request) {
      given.push(request.sealed.slice());
      return honest.pairGive(request);
    },
    async pairFind(request) {
      const answer = await honest.pairFind(request);
      return found?.(answer) ?? answer;
    },
    async pairRevealed(request) {
      const answer = await honest.pairRevealed(request);
      return answer.party === null ? answer : (revealed?.(answer) ?? answer);
    },
  };
  const handing = async () => ({ device: ada.device.key, handed: SECRET });
  const desk = new DeviceDesk({ env, primitives, node: stage.node, remote, handing });
  const fresh = await sideOf(zoe.device.key);
  const token = env.random(16);
  const commitment = commitmentOf(primitives, fresh.party);
  const { pairing, code, untilMs } = await stranger.pairBegin({ deviceName: 'Telephone', commitment });
  const tools = { env, primitives, dial: () => assert.fail(), askKey: () => assert.fail() };
  const own = {
    url: URL,
    node: stage.node,
    device: await signKeyOf(primitives, zoe.device.seed),
    exchange: fresh.own,
    party: fresh.party,
    token,
  };
  const line = {
    remote: async () => stranger,
    look: async () => {
      const answer = await stranger.pairLook({ pairing });
      return look === undefined ? answer : look(answer);
    },
    news: () => new Promise<void>((resolve) => void env.after(5, resolve)),
    [Symbol.dispose]: () => {},
  };
  const link = pairLinkText({ origin: URL, node: stage.node, pairing, commitment, token });
  const asking = new Asking({ tools, line, own, pairing, link, code, untilMs });
  await act({ stage, asking, desk, given, pairing, fresh, eve });
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(
    () => null,
    (fault: unknown) => fault,
  );
  return thrown instanceof Fault ? thrown.code : assert.fail('it was not refused');
}

/** Answers the device that asks with the node's own key. */
function met(eve: Side, scanned: boolean): Looked {
  return { state: { kind: 'met', ...eve.party }, scanned };
}

test('[D3] a node that names another device than the picture is found out, and given nothing', async () => {
  const lies = (eve: Side): Lies => ({
    found: (answer) => ({ ...answer, commitment: commitmentOf(primitives, eve.party) }),
  });
  await scene(lies, async ({ asking, desk, given }) => {
    assert.equal(await refusal(desk.answer(asking.link)), 'badProof');
    assert.deepEqual(given, []);
  });
});

for (const way of ['link', 'code'] as const) {
  test(`[D2, D3] a node that reveals another key than was committed is found out (${way})`, async () => {
    await scene(
      (eve) => ({ revealed: () => ({ party: eve.party }) }),
      async ({ asking, desk, given }) => {
        const approval = await desk.answer(asking[way]);
        await asking.answered();
        assert.equal(await refusal(approval.approve('123456')), 'badProof');
        assert.deepEqual(given, []);
        assert.equal(await refusal(asking.handed()), 'forbidden');
      },
    );
  });
}

test('[D2] a node between both shows two different numbers, and is given nothing', async () => {
  const lies = (eve: Side): Lies => ({
    look: ({ state, scanned }) => (state.kind === 'met' ? met(eve, scanned) : { state, scanned }),
    found: (answer) => ({ ...answer, commitment: commitmentOf(primitives, eve.party) }),
    revealed: () => ({ party: eve.party }),
  });
  await scene(lies, async ({ asking, desk, given }) => {
    const approval = await desk.answer(asking.code);
    const shown = await asking.answered();
    assert.ok(shown.kind === 'digits');
    assert.equal(await refusal(approval.approve(shown.digits)), 'badProof');
    assert.deepEqual(given, []);
  });
});

test('[D3] a node that answers itself cannot give an account of its own by the picture', async () => {
  const state = { given: null as Uint8Array | null };
  const lies = (eve: Side): Lies => ({
    look: () => {
      if (state.given === null) return met(eve, true);
      return { state: { kind: 'given', sealed: state.given }, scanned: true };
    },
  });
  await scene(lies, async ({ stage, asking, desk, pairing, fresh, eve }) => {
    await desk.answer(asking.link);
    assert.deepEqual(await asking.answered(), { kind: 'scanned' });
    const parties = { node: stage.node, asking: fresh.party, giving: eve.party, pairing };
    const transcript = transcriptOf(primitives, { ...parties, token: NO_TOKEN });
    const ends = { secret: eve.own.secret, other: fresh.party.exchange, transcript };
    state.given = await sealHandOver(primitives, env, ends, utf8('an account of the node'));
    assert.equal(await refusal(asking.handed()), 'badProof');
  });
});

test('[D3] a node that hides that a picture was taken gains nothing', async () => {
  const lies = (): Lies => ({ look: (honest) => ({ ...honest, scanned: false }) });
  await scene(lies, async ({ asking, desk }) => {
    const approval = await desk.answer(asking.link);
    assert.equal((await asking.answered()).kind, 'digits');
    await approval.approve();
    assert.equal(await refusal(asking.handed()), 'badProof');
  });
});

test('[D4] what was given to another pairing opens nothing here', async () => {
  const kept: Uint8Array[] = [];
  await scene(
    () => ({}),
    async ({ asking, desk, given }) => {
      const approval = await desk.answer(asking.link);
      await asking.answered();
      await approval.approve();
      kept.push(...given);
    },
  );
  const [sealed = assert.fail()] = kept;
  const lies = (): Lies => ({
    look: (honest) =>
      honest.state.kind === 'given' ? { ...honest, state: { kind: 'given', sealed } } : honest,
  });
  await scene(lies, async ({ asking, desk }) => {
    const approval = await desk.answer(asking.link);
    await asking.answered();
    await approval.approve();
    assert.equal(await refusal(asking.handed()), 'badProof');
  });
});

test('[D2] the secret is never in what passes through the node', async () => {
  await scene(
    () => ({}),
    async ({ asking, desk, given }) => {
      const approval = await desk.answer(asking.link);
      await asking.answered();
      await approval.approve();
      const text = new TextDecoder('latin1');
      assert.ok(given.length === 1 && !text.decode(concat(...given)).includes(text.decode(SECRET)));
    },
  );
});
