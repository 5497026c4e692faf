/**
 * Appending to a stream and closing it (SPEC F3): everything is decided and offered in one turn, so that nothing
 * comes between the look at a producer's place and its entry; the answer waits until it is durable.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { isJson, mediaType } from './config.ts';
import { jsonValues } from './json.ts';
import { offsetText } from './offset.ts';
import { Refused, type ReplyHeaders } from './reply.ts';
import type { ClosedBy } from './state.ts';
import type { Stream } from './stream.ts';

export interface Append {
  readonly contentType: string | null;
  readonly producer: ClosedBy | null;
  /** `Stream-Seq`. */
  readonly sequence: string | null;
  readonly closes: boolean;
  readonly body: Uint8Array;
}

export interface Appended {
  readonly isNew: boolean;
  readonly headers: ReplyHeaders;
}

const CLOSED = { 'stream-closed': 'true' } as const;

/** Appends; `together` makes durable in one commit what is offered within. Throws `Refused` or a fault. */
export function append(
  stream: Stream,
  asked: Append,
  together: (offers: () => void) => void,
): Promise<Appended> {
  const { state } = stream;
  const { producer, closes, body } = asked;
  if (state.closed) return toClosed(stream, asked);
  if (body.length === 0 && !closes) throw new Fault('malformed', 'there is nothing to append');
  const payload = body.length === 0 ? null : payloadOf(stream, asked);
  if (producer !== null) {
    const known = knownOf(stream, producer);
    if (known !== null) return known;
  }
  refuseRegress(stream, asked);
  return offer(stream, asked, { payload, together });
}

/** What is stored of a body. */
function payloadOf({ state }: Stream, { contentType, body }: Append): Uint8Array {
  if (contentType === null) throw new Fault('malformed', 'what is appended has a `Content-Type`');
  if (mediaType(contentType) !== mediaType(state.contentType))
    throw new Fault('taken', `the stream holds ${state.contentType}`);
  if (!isJson(state)) return body;
  const values = jsonValues(body);
  if (values.length === 0) throw new Fault('malformed', 'an array without values appends nothing');
  return values;
}

async function toClosed(stream: Stream, { producer, body, closes }: Append): Promise<Appended> {
  const { closedBy } = stream.state;
  if (producer !== null) refuseOlder(stream, producer);
  const isRepeated =
    producer === null
      ? closes && body.length === 0
      : closedBy !== null &&
        closedBy.id === producer.id &&
        closedBy.epoch === producer.epoch &&
        closedBy.seq === producer.seq;
  await stream.settled();
  const next = { 'stream-next-offset': offsetText(stream.tail) };
  if (!isRepeated) throw new Refused(new Fault('taken', 'the stream is closed'), 409, { ...CLOSED, ...next });
  return { isNew: false, headers: { ...CLOSED, ...next, ...echo(producer, producer?.seq ?? 0) } };
}

function refuseOlder(stream: Stream, { id, epoch }: ClosedBy): void {
  const { closedBy } = stream.state;
  const closing = closedBy?.id === id ? closedBy.epoch : 0;
  const newest = Math.max(stream.place(id).epoch - 1, closing);
  if (epoch < newest)
    throw new Refused(new Fault('forbidden', 'a newer epoch of the producer has begun'), 403, {
      'producer-epoch': String(newest),
    });
}

/** The answer to a producer whose append is there already; null when it is the next one. */
function knownOf(stream: Stream, producer: ClosedBy): Promise<Appended> | null {
  refuseOlder(stream, producer);
  const { id, epoch, seq } = producer;
  const place = stream.place(id);
  if (epoch > place.epoch - 1 || place.writer === null) {
    if (seq === 0) return null;
    if (place.epoch > 0) throw new Fault('malformed', 'a new epoch begins with seq 0');
    throw gap(0, seq);
  }
  const expected = place.next - 1;
  if (seq === expected) return null;
  if (seq > expected) throw gap(expected, seq);
  return repeated(stream, place.writer.durable(seq + 1), echo(producer, expected - 1));
}

async function repeated(stream: Stream, durable: Promise<unknown>, headers: ReplyHeaders): Promise<Appended> {
  await durable;
  return { isNew: false, headers: { ...headers, 'stream-next-offset': offsetText(stream.tail) } };
}

function gap(expected: number, received: number): Refused {
  return new Refused(new Fault('taken', `seq ${expected} comes next`), 409, {
    'producer-expected-seq': String(expected),
    'producer-received-seq': String(received),
  });
}

function refuseRegress({ state }: Stream, { sequence }: Append): void {
  if (sequence === null || state.sequence === null || sequence > state.sequence) return;
  throw new Fault('taken', '`Stream-Seq` is not behind the last one');
}

function offer(
  stream: Stream,
  { producer, sequence, closes }: Append,
  {
    payload,
    together,
  }: { readonly payload: Uint8Array | null; readonly together: (offers: () => void) => void },
): Promise<Appended> {
  const isChange = sequence !== null || closes;
  const under: Under = { appended: null, changed: null };
  const offers = (): void => {
    if (payload !== null) {
      const writer = producer === null ? stream.nameless() : stream.writer(producer.id, producer.epoch + 1);
      under.appended = stream.append(writer, payload);
    }
    if (!isChange) return;
    const closing = closes ? { closed: true, closedBy: producer } : {};
    under.changed = stream.change({ ...closing, ...(sequence === null ? {} : { sequence }) });
  };
  try {
    if (isChange) together(offers);
    else offers();
  } catch (thrown) {
    // Its outcome is nobody's concern any more: the caller is told that it failed.
    under.appended?.catch(() => {});
    throw thrown;
  }
  return settle(stream, under, { ...(closes ? CLOSED : {}), ...echo(producer, producer?.seq ?? 0) });
}

interface Under {
  appended: Promise<number> | null;
  changed: Promise<void> | null;
}

async function settle(
  stream: Stream,
  { appended, changed }: Under,
  headers: ReplyHeaders,
): Promise<Appended> {
  const [offset] = await Promise.all([appended, changed]);
  return {
    isNew: appended !== null,
    headers: { ...headers, 'stream-next-offset': offsetText(offset ?? stream.tail) },
  };
}

function echo(producer: ClosedBy | null, seq: number): ReplyHeaders {
  if (producer === null) return {};
  return { 'producer-epoch': String(producer.epoch), 'producer-seq': String(seq) };
}
