/** A message to one device, before it is encrypted, and the headers that it travels with. */

import { Fault } from 'copse/internal/base/fault.ts';
import { pushTextBytesMax, pushTtlMaxMs } from 'copse/internal/base/limits-push.ts';
import { NOTICE_TYPE } from 'copse/internal/social/notice.ts';

import type { Priority } from './line-queue.ts';
import { checkPushKeys, type Subscription } from './subscription.ts';

/** What a phone does about it while it sleeps (RFC 8030, section 5.3). */
export type Urgency = 'very-low' | 'low' | 'normal' | 'high';

export interface PushMessage {
  /** Its owner's; how it ended is said by it. */
  readonly id: string;
  readonly device: string;
  readonly subscription: Subscription;
  readonly text: Uint8Array;
  /** What is sent when the service says that it is too much; null when there is nothing shorter. */
  readonly leanText: Uint8Array | null;
  /** See `topicOf`. */
  readonly topic: string | null;
  readonly urgency: Urgency;
  readonly priority: Priority;
  readonly ttlMs: number;
}

const TTL_MIN_MS = 1000;
const TOPIC = /^[\w-]{1,32}$/;

/** The message as it is, or a `Fault`: nothing that a push service would refuse for its form is kept. */
export function checkMessage(message: PushMessage): PushMessage {
  checkPushKeys(message.subscription);
  if (message.text.length > pushTextBytesMax || (message.leanText?.length ?? 0) > pushTextBytesMax)
    throw new Fault('tooLarge', `A notification has at most ${pushTextBytesMax} bytes.`);
  if (message.topic !== null && !TOPIC.test(message.topic))
    throw new Fault('malformed', 'A topic has at most 32 characters of base64url.');
  if (!(message.ttlMs >= TTL_MIN_MS && message.ttlMs <= pushTtlMaxMs))
    throw new Fault('malformed', 'A notification lives for a second at least and four days at most.');
  return message;
}

export interface Stamp {
  readonly authorization: string;
  /** What is left of the life of the message. */
  readonly ttlMs: number;
}

export function headersOf(message: PushMessage, { authorization, ttlMs }: Stamp): Record<string, string> {
  return {
    Authorization: authorization,
    TTL: `${Math.max(0, Math.ceil(ttlMs / 1000))}`,
    Urgency: message.urgency,
    'Content-Encoding': 'aes128gcm',
    'Content-Type': NOTICE_TYPE,
    'User-Agent': 'copse',
    ...(message.topic === null ? {} : { Topic: message.topic }),
  };
}
