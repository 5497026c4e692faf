/**
 * The bytes of a push as the worker takes them. A browser that understands declarative messages may have taken one
 * apart before the worker gets it: then what it says is put together again.
 */

import type { Pushed } from './scope.ts';

/** Says to a browser that the message is a notification (RFC 8030). */
const DECLARATIVE = 8030;

export function messageIn(event: Pick<Pushed, 'data' | 'notification' | 'appBadge'>): Uint8Array {
  const { data, notification, appBadge } = event;
  if (data !== null) return new Uint8Array(data.arrayBuffer());
  if (notification === undefined || notification === null) return new Uint8Array(0);
  const { tag, data: places } = notification;
  const navigate: unknown = Reflect.get(notification, 'navigate');
  const message = {
    web_push: DECLARATIVE,
    app_badge: appBadge ?? 0,
    // Where a click leads is the worker's to say, once it knows the place.
    notification: { tag, data: places, navigate: typeof navigate === 'string' ? navigate : 'https://copse/' },
  };
  return new TextEncoder().encode(JSON.stringify(message));
}
