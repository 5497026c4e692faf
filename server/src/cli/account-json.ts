/** The records of an account file as lines of JSON, what they hold spelt out beside what was signed (SPEC Z103). */

import { base64url, hex } from 'copse/internal/base/bytes.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { readAccountFile } from 'copse/internal/social/account-file/account-file.ts';
import type { AccountRecord } from 'copse/internal/social/account-file/record.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';

/** As the pieces of a file come; the last line says how many records there were. */
export async function* jsonLines(
  primitives: Primitives,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const line = (value: object): Uint8Array => encoder.encode(`${JSON.stringify(value)}\n`);
  let records = 0;
  for await (const { number, record } of readAccountFile(primitives, pieces)) {
    records = number + 1;
    yield line(valueOf(primitives, record));
  }
  yield line({ record: 'end', records });
}

function valueOf(primitives: Primitives, record: AccountRecord): object {
  if (record.kind === 'message') return messageOf(primitives, record.bytes);
  const { kind, ...fields } = record;
  return {
    record: kind,
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)])),
  };
}

function messageOf(primitives: Primitives, signed: Uint8Array): object {
  const { id, from, timeMs, text, type, mentions, replies, name, tags, thread, content, ...rest } =
    readMessage(primitives, signed);
  const attachments = rest.attachments.map((file) =>
    Object.fromEntries(
      Object.entries(file).map(([name, value]) => [name, value instanceof Uint8Array ? hex(value) : value]),
    ),
  );
  const said = {
    text,
    type,
    mentions: mentions.map(base64url),
    replies: replies.map(hex),
    tags,
    name,
    attachments,
  };
  const bytes = { thread: hex(thread), content: base64url(content), signed: base64url(signed) };
  return {
    record: 'message',
    id: hex(id),
    from: base64url(from),
    timeMs,
    kind: rest.kind,
    ...said,
    ...bytes,
  };
}

/** Keys and whatever else was signed in base64url, as commands show keys. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return base64url(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
