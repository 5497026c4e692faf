/**
 * The key by which push services know the node (RFC 8292): made at the first start that notifies. Browsers
 * subscribe for it, so a node that has lost it reaches nobody until each device has subscribed anew.
 */

import { newVapidKey } from '../notify/push/vapid.ts';
import { readSecret, secretIn, type SecretFile } from './secret-file.ts';

export const PUSH_KEY_FILE = 'push.key';
const FILE: SecretFile = {
  name: PUSH_KEY_FILE,
  loss: 'no device is notified before its browser has subscribed anew',
};

/** The key in `directory`, made when there is none. Throws `corrupt` for a file that is none. */
export function pushKey(directory: string): Uint8Array {
  return secretIn(directory, FILE, newVapidKey);
}

/** The key in a file; throws `corrupt` when it is none. */
export function readPushKey(path: string): Uint8Array {
  return readSecret(path, FILE);
}
