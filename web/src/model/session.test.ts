import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { localOver, type Local, type TextStore } from './local.ts';
import type { Copse, Gate, OpenOptions } from './sdk.ts';
import { createSession } from './session.ts';

const link = `https://copse.example/#join=${base64url(new Uint8Array(64).fill(7))}`;
const address = { href: 'https://copse.example/', clean: () => {} };

function localWith(hasAccount: boolean): Local {
  const local = localOver(rowsOf(new Map()), () => []);
  local.setAccount(hasAccount);
  return local;
}

function rowsOf(rows: Map<string, string>): TextStore {
  return {
    getItem: (name) => rows.get(name) ?? null,
    setItem: (name, value) => void rows.set(name, value),
    removeItem: (name) => void rows.delete(name),
  };
}

function gate(changes: Partial<Gate>): Gate {
  const unasked = (): never => assert.fail('was not to be asked');
  return {
    remembers: () => Promise.resolve(false),
    open: unasked,
    peek: unasked,
    about: unasked,
    lookAtAccount: unasked,
    takeUpAccount: unasked,
    emailProviders: unasked,
    enterWithEmail: unasked,
    pair: unasked,
    passkeys: unasked,
    push: unasked,
    neighbourhood: unasked,
    visit: unasked,
    accountFile: unasked,
    forgetNeighbourhood: () => Promise.reject(new Error('a tab does not let go')),
    recover: unasked,
    reset: unasked,
    ...changes,
  };
}

test('[U5] the secret of a link leaves the address before anything is asked or made', async () => {
  const order: string[] = [];
  const remembers = (): Promise<boolean> => {
    order.push('asked');
    return Promise.resolve(false);
  };
  const session = createSession(gate({ remembers }), localWith(false), {
    href: link,
    clean: () => order.push('cleaned'),
  });
  assert.equal(session.arrival()?.kind, 'join');
  await session.start();
  assert.deepEqual(order, ['cleaned', 'asked']);
  assert.equal(session.state().kind, 'stranger');
});

test('[U5] an address without a secret is left alone', () => {
  const clean = (): never => assert.fail('there was nothing to clean');
  assert.equal(
    createSession(gate({}), localWith(false), { href: 'https://copse.example/#/devices', clean }).arrival(),
    null,
  );
});

test('[U9] an account that does not open is told as a fault, and nothing is made in its place', async () => {
  const opened: unknown[] = [];
  const open: Gate['open'] = (options) => {
    opened.push(Object.keys(options));
    return Promise.reject(new Fault('wrongPeer'));
  };
  const closed = gate({ remembers: () => Promise.resolve(true), open });
  const session = createSession(closed, localWith(true), address);
  await session.start();
  const state = session.state();
  assert.ok(state.kind === 'failed');
  assert.equal(state.fault.code, 'wrongPeer');
  assert.deepEqual(opened, [['unlock']]);
});

test('[U8] a stranger has the first room before the SDK has said that she is one', async () => {
  const asked = Promise.withResolvers<boolean>();
  const session = createSession(gate({ remembers: () => asked.promise }), localWith(false), address);
  const started = session.start();
  assert.equal(session.state().kind, 'stranger');
  asked.resolve(false);
  await started;
  assert.equal(session.state().kind, 'stranger');
});

test('[U9] an account that the page forgot and the SDK kept is opened, not replaced', async () => {
  const opened: unknown[] = [];
  const open: Gate['open'] = (options) => {
    opened.push(Object.keys(options));
    return Promise.reject(new Fault('closed'));
  };
  const kept = gate({ remembers: () => Promise.resolve(true), open });
  await createSession(kept, localWith(false), address).start();
  assert.deepEqual(opened, [['unlock']]);
});

test('[U20] signing out ends the session here whether the node was told or not, and says which', async () => {
  for (const isNodeTold of [true, false]) {
    const copse = { logout: async () => ({ isNodeTold }) } as unknown as Copse;
    const forgetNeighbourhood = async (): Promise<void> => {};
    const kept = gate({
      remembers: () => Promise.resolve(true),
      open: () => Promise.resolve(copse),
      forgetNeighbourhood,
    });
    const session = createSession(kept, localWith(true), address);
    await session.start();
    assert.equal(session.state().kind, 'member');
    assert.deepEqual(await session.signOut(), { isNodeTold, isBare: true });
    assert.equal(session.state().kind, 'stranger');
  }
});

test('[U20, Z58] a tab that does not let go keeps nobody here, and what it keeps is told', async () => {
  const copse = { logout: async () => ({ isNodeTold: true }) } as unknown as Copse;
  const kept = gate({ remembers: () => Promise.resolve(true), open: () => Promise.resolve(copse) });
  const local = localWith(true);
  const session = createSession(kept, local, address);
  await session.start();
  assert.deepEqual(await session.signOut(), { isNodeTold: true, isBare: false });
  assert.equal(session.state().kind, 'stranger');
});

test('[D8] locked keys are asked for until they open, and nothing else is shown meanwhile', async () => {
  const given: string[] = [];
  const copse = new Proxy({}, { get: () => undefined });
  const asked: { unlock: OpenOptions['unlock'] } = { unlock: undefined };
  const open: Gate['open'] = async ({ unlock }) => {
    asked.unlock = unlock;
    for (let isWrong = false; given.at(-1) !== 'right'; isWrong = true) {
      const opener = await unlock?.([], isWrong);
      given.push(opener?.kind === 'passphrase' ? opener.passphrase : '');
    }
    return copse as Copse;
  };
  const remembers = () => Promise.resolve(true);
  const session = createSession(gate({ remembers, open }), localWith(true), { href: '', clean: () => {} });
  const started = session.start();
  const locked = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    const now = session.state();
    return now.kind === 'locked' ? now : assert.fail(now.kind);
  };
  const first = await locked();
  assert.equal(first.isWrong, false);
  first.open({ kind: 'passphrase', passphrase: 'wrong' });
  const second = await locked();
  assert.equal(second.isWrong, true);
  second.open({ kind: 'passphrase', passphrase: 'right' });
  await started;
  assert.equal(session.state().kind, 'member');
  assert.deepEqual(given, ['wrong', 'right']);
  // Another tab had the keys open and is closed: this one asks, and comes back to where it was.
  const again = asked.unlock?.([], false);
  (await locked()).open({ kind: 'passphrase', passphrase: 'right' });
  await again;
  assert.equal(session.state().kind, 'member');
});

test('[Z19] a link to an account is taken up with the name that was typed, and is gone then', async () => {
  const link = `https://node.example/#account=${'A'.repeat(86)}`;
  const asked: unknown[] = [];
  const takeUpAccount: Gate['takeUpAccount'] = (text, options) => {
    asked.push([text, options]);
    return Promise.reject(new Fault('used'));
  };
  const address = { href: link, clean: () => asked.push('cleaned') };
  const session = createSession(gate({ takeUpAccount }), localWith(false), address);
  await assert.rejects(session.signUp('Bea'), { code: 'used' });
  assert.deepEqual(asked, ['cleaned', [link, { name: 'Bea' }]]);
  assert.equal(session.arrival()?.kind, 'account', 'she may try again');
});
