/** What a node tries when a device that signed in with e-mail knocks, and how it is found out (SPEC E6, E8). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ada } from '../../../lab/suites/auth-stage.ts';
import { primitives } from '../../../lab/suites/people.ts';
import { emailApi } from '../api/email.ts';
import { must } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { commitmentOf, type HandOverParty } from '../capability/hand-over.ts';
import { newExchangeKey } from '../crypto/agree.ts';
import { decode, encode } from '../wire/shape.ts';
import type { Carry } from './facet-tunnel.ts';
import { Emails } from './email.ts';
import type { Names } from './names.ts';

const env = realEnv();
const STATEMENT = 7;
const EMAIL = 'ada@example.org';

async function partyOf(device: Key): Promise<HandOverParty> {
  return { device, exchange: (await newExchangeKey(primitives, env)).publicKey, nonce: env.random(16) };
}

/** What the node shows; its honest self unless it is told to lie. */
interface Shown {
  readonly waiting: HandOverParty;
  readonly committed: HandOverParty;
  /** Devices that the log of the node states to have signed in. */
  readonly stated: readonly Key[];
  /** Whether the key of the node still counts. */
  readonly isRevoked: boolean;
}

/** Ada's device before a knock, and what it gave away. */
async function meeting(lies: (eve: HandOverParty, honest: Shown) => Partial<Shown>) {
  const waiting = await partyOf(key(env.random(32)));
  const honest = { waiting, committed: waiting, stated: [waiting.device], isRevoked: false };
  const shown = { ...honest, ...lies(await partyOf(key(env.random(32))), honest) };
  const acts: string[] = [];
  const row = {
    knock: env.random(16),
    email: EMAIL,
    device: shown.waiting.device,
    deviceName: 'tablet',
    provider: 'example',
    statement: STATEMENT,
    timeMs: 0,
    untilMs: 1,
    sameAccount: true,
    commitment: commitmentOf(primitives, shown.committed),
    revealed: shown.waiting,
  };
  const node: Readonly<Record<string, () => unknown>> = {
    knocks: () => [row],
    meet: () => undefined,
    give: () => undefined,
  };
  const pass: Carry = async ({ number, bytes }) => {
    const [name, call] = must(
      Object.entries(emailApi.calls).find(([, each]) => each.number === number),
      'a call',
    );
    decode<unknown>(call.request, bytes);
    acts.push(name);
    return { bytes: encode<unknown>(call.answer, must(node[name], name)()) };
  };
  const names = {
    requireNode: async () => {
      if (shown.isRevoked) throw new Fault('revoked', 'the key of the node');
    },
    keysOf: async () => shown.stated.map((device) => ({ statement: STATEMENT, device })),
  };
  const self = {
    env,
    primitives,
    node: key(new Uint8Array(32).fill(9)),
    pass,
    handing: async () => ({ device: ada.device.key, handed: utf8('all that Ada has') }),
    names: async () => names as unknown as Names,
  };
  const emails = new Emails(self);
  const knock = must((await emails.knocks())[0], 'a knock');
  return { acts, meet: async () => emails.meet(knock) };
}

const CASES: Readonly<
  Record<string, readonly [(eve: HandOverParty, honest: Shown) => Partial<Shown>, string, boolean]>
> = {
  'another key than was committed to': [
    (eve, { waiting }) => ({ waiting: { ...eve, device: waiting.device } }),
    'badProof',
    true,
  ],
  'another nonce than was committed to': [
    (eve, { waiting }) => ({ waiting: { ...waiting, nonce: eve.nonce } }),
    'badProof',
    true,
  ],
  'a device that the log does not state': [() => ({ stated: [] }), 'badProof', false],
  'a device in the place of the one that is stated': [
    (eve) => ({ waiting: eve, committed: eve }),
    'badProof',
    false,
  ],
  'a node whose key was revoked': [() => ({ isRevoked: true }), 'revoked', false],
};

test('[E6, E8] a device that is not the one that signed in is let in by nobody, and given nothing', async () => {
  for (const [what, [lies, code, isMet]] of Object.entries(CASES)) {
    const { acts, meet } = await meeting(lies);
    await assert.rejects(meet(), { code }, what);
    assert.equal(acts.includes('give'), false, what);
    // What can be seen before is not answered at all.
    assert.equal(acts.includes('meet'), isMet, what);
  }
});

test('[E6] an honest knock is answered with digits, and nothing is given before they were compared', async () => {
  const { acts, meet } = await meeting(() => ({}));
  const lettingIn = await meet();
  assert.match(lettingIn.digits, /^\d{3} ?\d{3}$/u);
  assert.equal(acts.includes('give'), false);
  await lettingIn.give();
  assert.equal(acts.includes('give'), true);
});
