/** Strong random bytes of the runtime; kept apart so that `env.ts` stays readable. */

/** Web Crypto refuses more than 65,536 bytes a call (W3C Web Cryptography API, 10.1.1). */
const QUOTA_BYTES = 65_536;

export function fillRandom<T extends Uint8Array<ArrayBuffer>>(target: T): T {
  for (let at = 0; at < target.length; at += QUOTA_BYTES) {
    crypto.getRandomValues(target.subarray(at, at + QUOTA_BYTES));
  }
  return target;
}
