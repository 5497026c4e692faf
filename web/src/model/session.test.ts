import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { localOver } from './local.ts';
import type { Gate } from './sdk.ts';
import { createSession } from './session.ts';

const link = `https://copse.example/#join=${base64url(new Uint8Array(64).fill(7))}`;
const local = localOver({ getItem: () => null, setItem: () => {}, removeItem: () => {} }, () => []);

function gate(changes: Partial<Gate>): Gate {
  const unasked = (): never => assert.fail('was not to be asked');
  return {
    remembers: () => Promise.resolve(false),
    open: unasked,
    peek: unasked,
    about: unasked,
    ...changes,
  };
}

test('[U5] the secret of a link leaves the address before anything is asked or made', async () => {
  const order: string[] = [];
  const remembers = (): Promise<boolean> => {
    order.push('asked');
    return Promise.resolve(false);
  };
  const session = createSession(gate({ remembers }), local, {
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
    createSession(gate({}), local, { href: 'https://copse.example/#/devices', clean }).arrival(),
    null,
  );
});

test('[U9] an account that does not open is told as a fault, and nothing is made in its place', async () => {
  const opened: unknown[] = [];
  const open: Gate['open'] = (options) => {
    opened.push(options);
    return Promise.reject(new Fault('wrongPeer'));
  };
  const session = createSession(gate({ remembers: () => Promise.resolve(true), open }), local, {
    href: 'https://copse.example/',
    clean: () => {},
  });
  await session.start();
  const state = session.state();
  assert.ok(state.kind === 'failed');
  assert.equal(state.fault.code, 'wrongPeer');
  assert.deepEqual(opened, [{}]);
});
