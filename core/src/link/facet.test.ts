import assert from 'node:assert/strict';
import { test } from 'node:test';

import { realEnv } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { struct } from '../wire/compound.ts';
import { call, contract, push, type Events } from '../wire/contract.ts';
import { uint } from '../wire/shape.ts';
import { linkPair, type Link } from './link.ts';
import { Outbox, WriterPool } from './outbox.ts';
import { dial } from './remote.ts';
import { Host, pusher, service } from './serve.ts';

const number = struct({ n: uint().about('A number.') });

const first = contract({
  name: 'first',
  doc: 'What every caller uses.',
  calls: { next: call(1, 'One more.', number, number) },
  casts: {},
  pushes: { said: push(1, 'A number.', number) },
});

const second = contract({
  name: 'second',
  doc: 'What few callers use.',
  calls: { next: call(2, 'One less.', number, number) },
  casts: {},
  pushes: { said: push(2, 'Another number.', number) },
});

function serve(link: Link): Events<typeof first> & { readonly other: Events<typeof second> } {
  const outbox = new Outbox(
    { send: (message) => link.send(message), schedule: (flush) => queueMicrotask(flush) },
    new WriterPool(),
  );
  const host = new Host(
    { next: ({ n }: { readonly n: number }) => ({ n: n + 1 }) },
    {
      service: service(first, second),
      facets: { second: { next: ({ n }: { readonly n: number }) => ({ n: n - 1 }) } },
      outbox,
      onFault: (fault) => link.close(fault),
      onMistake: () => {},
    },
  );
  link.listen({ onMessage: (message) => host.receive(message), onClose: () => {} });
  return { ...pusher(first, outbox), other: pusher(second, outbox) };
}

test('[W14] contracts with the same names share a link, each with its own calls and pushes', async () => {
  const [mine, theirs] = linkPair();
  const events = serve(theirs);
  const heard: string[] = [];
  const dialed = dial(first, mine, { said: ({ n }) => void heard.push(`first ${n}`) }, realEnv());
  events.other.said({ n: 1 });
  assert.deepEqual(await dialed.remote.next({ n: 5 }), { n: 6 });
  const facet = dialed.facet(second, { said: ({ n }) => void heard.push(`second ${n}`) });
  assert.deepEqual(await facet.next({ n: 5 }), { n: 4 });
  events.said({ n: 2 });
  events.other.said({ n: 3 });
  await dialed.remote.next({ n: 0 });
  assert.deepEqual(heard, ['first 2', 'second 3'], 'what is pushed before a facet is asked for is not heard');
  dialed.close();
  await assert.rejects(
    facet.next({ n: 1 }),
    (thrown: unknown) => thrown instanceof Fault && thrown.code === 'closed',
  );
});

test('[W14] a service that lacks a facet answers its calls with `unknown` and the link stays', async () => {
  const [mine, theirs] = linkPair();
  const outbox = new Outbox(
    { send: (message) => theirs.send(message), schedule: (flush) => queueMicrotask(flush) },
    new WriterPool(),
  );
  const host = new Host(
    { next: ({ n }: { readonly n: number }) => ({ n }) },
    { service: service(first), outbox, onFault: (fault) => theirs.close(fault), onMistake: () => {} },
  );
  theirs.listen({ onMessage: (message) => host.receive(message), onClose: () => {} });
  const dialed = dial(first, mine, { said: () => {} }, realEnv());
  const facet = dialed.facet(second, { said: () => {} });
  await assert.rejects(
    facet.next({ n: 1 }),
    (thrown: unknown) => thrown instanceof Fault && thrown.code === 'unknown',
  );
  assert.deepEqual(await dialed.remote.next({ n: 7 }), { n: 7 });
});
