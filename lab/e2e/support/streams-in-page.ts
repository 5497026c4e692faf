/** What a page of somebody else does with streams: the client of the protocol, unchanged. */

import { DurableStream, IdempotentProducer, stream } from '@durable-streams/client';

interface Said {
  readonly number: number;
}

/** Makes a stream, follows it, appends by a producer, closes it; answers the numbers that came. */
export async function useStream(url: string, count: number): Promise<readonly number[]> {
  const room = await DurableStream.create({ url, contentType: 'application/json' });
  const live = await stream<Said>({ url, offset: '-1', live: 'sse' });
  const seen: number[] = [];
  live.subscribeJson((batch) => {
    seen.push(...batch.items.map(({ number }) => number));
  });
  const producer = new IdempotentProducer(room, 'page', { autoClaim: true });
  for (let number = 1; number <= count; number++) producer.append(JSON.stringify({ number }));
  await producer.flush();
  await producer.close();
  await live.closed;
  return seen;
}

/** Asks again with what was answered before; the status of both. */
export async function askTwice(url: string): Promise<readonly number[]> {
  const first = await fetch(url, { cache: 'no-store' });
  const tag = first.headers.get('etag') ?? '';
  const second = await fetch(url, { cache: 'no-store', headers: { 'if-none-match': tag } });
  return [first.status, second.status];
}
