/** What a user is shown of her notifications, and the test that she asks for (SPEC I20). */

import type { NotifyInternal } from 'copse/internal/api/notify.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { noticeTestMs } from 'copse/internal/base/limits-notify.ts';
import type { NewsStore } from '../store/news.ts';
import type { Addresses } from './addresses.ts';
import { addresseeOf } from './deliveries.ts';
import type { History } from './history.ts';
import type { Sender } from './push/sender.ts';
import type { Verdict } from './push/verdict.ts';
import { shortened } from './shortened.ts';
import { testMessage, type Words } from './words.ts';

type Told = Awaited<ReturnType<NotifyInternal['told']>>;
type Tested = Awaited<ReturnType<NotifyInternal['test']>>;

const SAID_BYTES_MAX = 200;

interface ToldFrom {
  readonly store: Pick<NewsStore, 'stored'>;
  readonly addresses: Addresses;
  readonly history: History;
}

export async function toldTo(user: UserId, { store, addresses, history }: ToldFrom): Promise<Told> {
  const rows = await history.of(user);
  const { state } = await store.stored(user);
  return {
    rows: rows.map(({ device, site, atMs, what }) => ({ device, site, atMs, what })),
    addresses: [...state.endpoints()].map(([device]) => ({
      device,
      state: addresses.state(device) ?? 'good',
    })),
  };
}

interface TestWith {
  readonly env: Env;
  readonly words: Words;
  readonly addresses: Addresses;
  readonly sender: Pick<Sender, 'probe'>;
}

interface Tester {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly badge: number;
}

export async function testDevice(
  tester: Tester,
  { env, words, addresses, sender }: TestWith,
): Promise<Tested> {
  const { user, device, badge } = tester;
  if (addresses.state(device) === 'gone')
    return { outcome: 'gone', said: 'The push service knows this address no more.' };
  const endpoint = await addresses.find(user, device);
  if (endpoint === null) return { outcome: 'none', said: 'This device has no address.' };
  const message = testMessage(words, { id: 'test', device, endpoint }, badge);
  const verdict = await inTime(env, probe(sender, message));
  const to = addresseeOf(user, device, message);
  if (verdict?.kind === 'delivered') addresses.delivered(to);
  if (verdict?.kind === 'gone') addresses.gone(to, env.wallMs());
  return answerOf(verdict);
}

async function probe(sender: TestWith['sender'], message: Parameters<Sender['probe']>[0]): Promise<Verdict> {
  try {
    return await sender.probe(message);
  } catch (thrown) {
    // An address that is not to be called any more, since the operator has changed which are.
    if (thrown instanceof Fault) return { kind: 'refused', why: thrown.detail };
    throw thrown;
  }
}

/** Null when there is no answer in time. */
async function inTime(env: Env, verdict: Promise<Verdict>): Promise<Verdict | null> {
  let timer: Timer | null = null;
  const late = new Promise<null>((resolve) => {
    timer = env.after(noticeTestMs, () => resolve(null));
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    (timer as Timer | null)?.cancel();
  }
}

function answerOf(verdict: Verdict | null): Tested {
  switch (verdict?.kind) {
    case undefined:
      return { outcome: 'late', said: 'The push service has not answered yet.' };
    case 'delivered':
      return { outcome: 'sent', said: 'The push service has taken it.' };
    case 'gone':
      return { outcome: 'gone', said: 'The push service knows this address no more.' };
    case 'tooLarge':
      return { outcome: 'refused', said: '413' };
    case 'throttled':
      return { outcome: 'refused', said: '429: too many messages' };
    case 'unavailable':
      return { outcome: 'refused', said: '503: the push service asks for a pause' };
    case 'refused':
    case 'failed':
      return { outcome: 'refused', said: shortened(verdict.why, SAID_BYTES_MAX) };
  }
}
