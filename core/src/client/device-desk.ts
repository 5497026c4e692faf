/**
 * A device of a user lets another one in, and shows what revoking one would do (SPEC section D). The secret goes
 * only to a key that was in the picture, or whose digits a person has read from the other screen.
 */

import { equal } from '../base/bytes.ts';
import { pause, type Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, type DeviceId, type Key } from '../base/ids.ts';
import { pairingLookMs } from '../base/limits.ts';
import type { DevicesRemote, RevocationRow } from '../api/devices.ts';
import {
  handOverNonceBytes,
  isCommitted,
  sealHandOver,
  shortCodeOf,
  transcriptOf,
  type HandOverParty,
} from '../capability/hand-over.ts';
import { newExchangeKey, type ExchangeKey } from '../crypto/agree.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { parsePairLink, type PairLink } from './pair-link.ts';

/** The application's own end. */
export interface DeviceSelf {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly node: Key;
  readonly remote: DevicesRemote;
  /** What a new device gets, and the key of this one. */
  readonly handing: () => Promise<{ readonly device: Uint8Array; readonly handed: Uint8Array }>;
}

export type Revocation = RevocationRow;
type Found = Awaited<ReturnType<DevicesRemote['pairFind']>>;

export class DeviceDesk {
  readonly #self: DeviceSelf;
  readonly #remote: DevicesRemote;

  constructor(self: DeviceSelf) {
    this.#self = self;
    this.#remote = self.remote;
  }

  /**
   * Answers the device whose picture (a link) or code this is; from then on it shows digits, or that it was
   * scanned. `wrongPeer` for the picture of a device at another node.
   */
  async answer(text: string): Promise<Approval> {
    const link = parsePairLink(text);
    if (link === null)
      return this.#meet(await this.#remote.pairFind({ kind: 'code', code: text.trim() }), null);
    if (!equal(link.node, this.#self.node)) throw new Fault('wrongPeer', 'That device is at another node.');
    const found = await this.#remote.pairFind({ kind: 'pairing', pairing: link.pairing });
    if (!equal(found.commitment, link.commitment)) {
      throw new Fault('badProof', 'The node names another device than the picture.');
    }
    return this.#meet(found, link);
  }

  /** What revoking a device of this user would do. */
  preview(device: DeviceId): Promise<Revocation> {
    return this.#remote.revokePreview({ device });
  }

  async #meet(found: Found, link: PairLink | null): Promise<Approval> {
    const { env, primitives, handing } = this.#self;
    const { device, handed } = await handing();
    const exchange = await newExchangeKey(primitives, env);
    const nonce = env.random(handOverNonceBytes);
    const giving = { device: key(device.slice()), exchange: exchange.publicKey, nonce };
    const pairing = found.pairing.slice();
    const scanned = link !== null;
    await this.#remote.pairMeet({ pairing, exchange: giving.exchange, nonce, scanned });
    const row = {
      ...found,
      pairing,
      commitment: found.commitment.slice(),
      device: key(found.device.slice()),
    };
    const token = link?.token ?? new Uint8Array(0);
    const parts = {
      self: this.#self,
      remote: this.#remote,
      row,
      token,
      exchange,
      giving,
      handed: handed.slice(),
    };
    return new Approval({ ...parts, scanned });
  }
}

interface ApprovalParts {
  readonly self: DeviceSelf;
  readonly row: Found;
  readonly token: Uint8Array;
  readonly exchange: ExchangeKey;
  readonly giving: HandOverParty;
  readonly handed: Uint8Array;
  readonly scanned: boolean;
}

/** One device that waits for this one to let it in. */
export class Approval {
  readonly deviceName: string;
  readonly untilMs: number;
  /** Its picture was seen: nothing is left to compare. */
  readonly scanned: boolean;
  readonly #parts: ApprovalParts;

  constructor(parts: ApprovalParts) {
    this.#parts = parts;
    this.deviceName = parts.row.deviceName;
    this.untilMs = parts.row.untilMs;
    this.scanned = parts.scanned;
  }

  /**
   * Lets it in. `digits`, as they stand on its screen, unless its picture was seen: others than this device
   * has end the pairing with `badProof`, because somebody may be in between.
   */
  async approve(digits = ''): Promise<void> {
    const { self, row, token, exchange, giving, handed, scanned } = this.#parts;
    const asking = await this.#revealed();
    const { pairing } = row;
    const transcript = transcriptOf(self.primitives, { node: self.node, asking, giving, pairing, token });
    const isSame =
      digits.replaceAll(/\D/gu, '') === shortCodeOf(self.primitives, transcript).replace(' ', '');
    if (!scanned && !isSame) return this.#refuse('These are other digits: the device was sent away.');
    const ends = { secret: exchange.secret, other: asking.exchange, transcript };
    const sealed = await sealHandOver(self.primitives, self.env, ends, handed);
    if (sealed === null) return this.#refuse('Its key is none.');
    await self.remote.pairGive({ pairing, sealed });
  }

  /** Sends it away. */
  async deny(): Promise<void> {
    const { self, row } = this.#parts;
    await self.remote.pairDeny({ pairing: row.pairing });
  }

  /** What it reveals must be what it was committed to before it saw the key of this device. */
  async #revealed(): Promise<HandOverParty> {
    const { self, row } = this.#parts;
    const { pairing } = row;
    for (;;) {
      const { party } = await self.remote.pairRevealed({ pairing });
      if (party !== null) {
        const { device, exchange, nonce } = party;
        const asking = { device: key(device.slice()), exchange: exchange.slice(), nonce: nonce.slice() };
        if (isCommitted(self.primitives, row.commitment, asking)) return asking;
        return this.#refuse('It shows another key than it was committed to.');
      }
      await pause(self.env, pairingLookMs / 4);
    }
  }

  async #refuse(why: string): Promise<never> {
    await this.deny();
    throw new Fault('badProof', why);
  }
}
