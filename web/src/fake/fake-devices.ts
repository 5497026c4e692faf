/** New devices of the fake node: one waits here, another is let in here. */

import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import type {
  Answered,
  AtRest,
  Asking,
  DeviceDesk,
  DeviceId,
  DeviceRow,
  Handed,
  LockWay,
  Opener,
  OpenOptions,
  Passkeys,
} from '../model/sdk.ts';
import { pause } from './fake-log.ts';
import type { FakeSite } from './fake-site.ts';

const MINUTES = 10;
/** As long as a real one, so that its picture looks like one. */
const LINK = `http://copse.example/#pair=${'Zm9yZXN0IG9mIG9ha3MgYW5kIGFzaGVz'.repeat(4)}`;
const DIGITS = '482 913';

export class FakeAsking implements Asking {
  readonly link = LINK;
  readonly code = 'K7QM-3X9P';
  readonly untilMs = Date.now() + MINUTES * 60_000;
  readonly #answered = Promise.withResolvers<Answered>();
  readonly #given = Promise.withResolvers<Handed>();

  answered(): Promise<Answered> {
    return this.#answered.promise;
  }

  handed(): Promise<Handed> {
    return this.#given.promise;
  }

  async cancel(): Promise<void> {}

  /** What a test makes the other device do. */
  answer(kind: 'scanned' | 'digits' | 'refused'): void {
    const { resolve, reject } = this.#answered;
    if (kind === 'refused') reject(new Fault('forbidden', 'The other device has refused.'));
    else resolve(kind === 'scanned' ? { kind } : { kind, digits: DIGITS });
  }

  give(): void {
    const [secret, nodeKey] = [new Uint8Array(32).fill(7), key(new Uint8Array(32))];
    this.#given.resolve({ secret, nodeKey, name: 'Ada', generations: [], url: location.origin });
  }
}

/** A telephone waits under every code; the one with a link needs no digits. */
export function fakeDesk(
  delayMs: () => number,
  known: { readonly sites: () => readonly FakeSite[]; readonly devices: () => readonly DeviceRow[] },
): DeviceDesk {
  return {
    async answer(text) {
      await pause(delayMs());
      const scanned = text.includes('#pair=');
      if (!scanned && text.replaceAll(/[\s-]/gu, '').length !== 8) throw new Fault('unknown', 'a device');
      return {
        deviceName: 'Safari on iPhone',
        scanned,
        async approve(digits) {
          await pause(delayMs());
          if (!scanned && digits?.replaceAll(' ', '') !== DIGITS.replace(' ', ''))
            throw new Fault('badProof');
        },
        deny: () => pause(delayMs()),
      };
    },
    async preview(device: DeviceId) {
      await pause(delayMs());
      const sites = known.sites().map((site, at) => {
        return { site: site.id, members: site.memberCount.get(), isAdmin: at !== 1 };
      });
      const others = known.devices().filter((row) => row.revokedMs === null && row.device !== device).length;
      return { userKey: true, sites, statements: 0, isHere: false, others };
    },
  };
}

/** Keys that a test locks; `?locked` begins with such ones, which `oak and ash` opens. */
export class FakeAtRest implements AtRest {
  #ways: readonly LockWay['kind'][] = [];

  async ways(): Promise<readonly LockWay['kind'][]> {
    return this.#ways;
  }

  async lock(openers: readonly Opener[]): Promise<void> {
    this.#ways = openers.map(({ kind }) => kind);
  }

  async unlock(): Promise<void> {
    this.#ways = [];
  }
}

const NO_BYTES = new Uint8Array(0);

/** What opens the keys of `?locked`. */
const fakeWays: readonly LockWay[] = [
  { kind: 'passkey', credential: NO_BYTES, salt: NO_BYTES, wrapped: NO_BYTES },
  { kind: 'passphrase', salt: NO_BYTES, costLog: 0, wrapped: NO_BYTES },
];

export async function untilOpen(unlock: NonNullable<OpenOptions['unlock']>): Promise<void> {
  for (let isWrong = false; ; isWrong = true) {
    const opener = await unlock(fakeWays, isWrong);
    if (opener.kind === 'passkey' || opener.passphrase === 'oak and ash') return;
  }
}

export const fakePasskeys: Passkeys = {
  hasPasskeys: () => true,
  makePasskey: async () => passkey,
  askPasskey: async () => passkey,
};

const passkey = { kind: 'passkey', credential: NO_BYTES, salt: NO_BYTES, answer: NO_BYTES } as const;
