/**
 * Beginning anew on a device that has nothing (SPEC P12): the new keys wait in a keep of their own until an admin of
 * the node has approved, so that nobody is signed in before that. What is asked survives a reload.
 */

import { Fault } from '../base/fault.ts';
import { userId, type UserId } from '../base/ids.ts';
import { struct } from '../wire/compound.ts';
import { decode, encode, text } from '../wire/shape.ts';
import { Identity } from './identity.ts';
import type { Keep } from './keep.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import { askReset, resetState, type ResetState } from './recovery-reset.ts';

export interface ResetRequest {
  /** Whose place is asked for. */
  readonly was: UserId;
  /** To be told to whoever approves, and to an admin of each site. */
  readonly code: string;
  readonly state: ResetState;
}

export interface ResetParts {
  readonly tools: RecoveryTools;
  readonly url: string;
  readonly deviceName: string;
  openKeep(): Promise<Keep>;
}

const ROW = 'reset/asked';
const rowShape = struct({ request: text(32), code: text(32), was: text(16) });
const USER = /^[0-9a-f]{16}$/u;

export class ResetEntry {
  readonly #parts: ResetParts;

  constructor(parts: ResetParts) {
    this.#parts = parts;
  }

  /** Asks in the place of a user; asking again replaces what was asked before. */
  async ask(of: { readonly user: string; readonly words: string }): Promise<ResetRequest> {
    const user = of.user.trim().toLowerCase();
    if (!USER.test(user)) throw new Fault('malformed', 'A user is 16 hexadecimal digits.');
    const was = userId(user);
    return this.#within(async (keep) => {
      const { tools, url, deviceName } = this.#parts;
      const { request, code } = await askReset(tools, { url, user: was, words: of.words, deviceName, keep });
      await keep.write([{ name: ROW, value: encode(rowShape, { request, code, was: user }) }], 'strict');
      return { was, code, state: 'waiting' };
    });
  }

  /** What has become of it; null when nothing was asked here. */
  async look(): Promise<ResetRequest | null> {
    const row = await this.#within((keep) => keep.get(ROW));
    if (row === null) return null;
    const { request, code, was } = decode(rowShape, row);
    const { tools, url } = this.#parts;
    return { was: userId(was), code, state: await resetState(tools, url, request) };
  }

  /** The secret of the new user, with which the account is opened after the approval. */
  async secret(): Promise<Uint8Array> {
    return this.#within(async (keep) => {
      const { primitives, env } = this.#parts.tools;
      return (await Identity.open({ primitives, env, keep })).secret;
    });
  }

  /** Forgets the new keys and what was asked: it was refused, or the account is open elsewhere now. */
  async forget(): Promise<void> {
    await this.#within((keep) => keep.clear());
  }

  async #within<T>(work: (keep: Keep) => Promise<T>): Promise<T> {
    const keep = await this.#parts.openKeep();
    try {
      return await work(keep);
    } finally {
      await keep[Symbol.asyncDispose]();
    }
  }
}
