/**
 * Who brings messages to devices. The one that there is speaks Web Push (`sender.ts`), which browsers and UnifiedPush
 * have; a platform with a service of its own for programs would be another one, chosen by the address of the device.
 * What it takes is a message before it is encrypted, because not every service carries what only the device can read.
 */

import type { PushMessage } from './message.ts';

export interface Provider {
  /**
   * Takes a message over and tells its owner once how it ended; one with the same topic that waits is replaced.
   * Throws `malformed`, `tooLarge` or `forbidden` for what can never be sent.
   */
  offer(message: PushMessage): void;
  /** What waits for this address is not sent any more, and ends as withdrawn. */
  withdraw(endpoint: string): void;
}
