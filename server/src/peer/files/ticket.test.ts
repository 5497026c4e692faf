import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { base64url, concat, utf8 } from 'copse/internal/base/bytes.ts';
import { deviceId, userId } from 'copse/internal/base/ids.ts';
import { deriveKey, macOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Tickets } from './ticket.ts';

const primitives = nativePrimitives();
const SEED = new Uint8Array(32).fill(7);
const tickets = new Tickets(primitives, SEED);

/** The same domain as another declaration of its label would be. */
function labelled(label: string): { readonly label: string; readonly prefix: Uint8Array } {
  const text = utf8(`copse/1/${label}`);
  return { label, prefix: concat(Uint8Array.of(text.length), text) };
}

test('[Z42] a ticket says for whom it is, by which device and grant, and until when', () => {
  const grant = { id: 'ab'.repeat(32), bytes: 5, expiresMs: 70 };
  const device = { id: deviceId('cd'.repeat(8)), epoch: 3 };
  for (const part of [
    { grant: null, device },
    { grant, device: null },
    { grant, device },
  ]) {
    const ticket = { account: userId('ef'.repeat(8)), expiresMs: 50, ...part };
    deepEqual(tickets.read(tickets.make(ticket), 49), ticket);
    throws(() => tickets.read(tickets.make(ticket), 50), { code: 'expired' });
  }
});

test('[Z42] a ticket of another version of the node is asked for again', () => {
  const body = concat(new Uint8Array(8).fill(1), Uint8Array.of(50, 0));
  const mac = macOf(
    primitives,
    deriveKey(primitives, SEED, labelled('file/ticket-key')),
    labelled('file/ticket'),
    body,
  );
  throws(() => tickets.read(base64url(concat(mac, body)), 1), { code: 'unauthorized', message: /version/ });
});
