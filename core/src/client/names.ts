/**
 * Names, keys behind e-mail addresses, and the log of the node, as an application uses them. Everything that is
 * answered here has been verified against the node's log by this device; a log that contradicts itself makes
 * every call throw `fork`.
 */

import type { FaultCode } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { trustAskedMax } from '../base/limits.ts';
import { namesApi, type Claim, type NamesRemote } from '../api/names.ts';
import { readNote } from '../transparency/note.ts';
import { readCheckpoint } from '../transparency/checkpoint.ts';
import { tunnelled, type Carry } from './facet-tunnel.ts';
import { faultOf } from './fault-number.ts';
import type { Trust } from './trust.ts';
import { watchApi, type NoticeRow, type StandingRow, type WatchRemote } from './watch-api.ts';

export interface ClaimedName {
  readonly namespace: string;
  /** In the one form that all its spellings have. */
  readonly name: string;
  /** From 1 in its namespace, in the order of claims. */
  readonly number: number;
  readonly user: Key;
  readonly timeMs: number;
}

export type ClaimAnswer =
  | { readonly kind: 'ok'; readonly claim: ClaimedName; readonly remarks: readonly string[] }
  | { readonly kind: 'taken'; readonly claim: ClaimedName };

/** A device of a user that signs in with an address, by the word of the node. */
export interface KeyOfEmail {
  readonly statement: number;
  readonly user: Key;
  readonly device: Key;
  readonly method: string;
  readonly timeMs: number;
}

/** Something that the log says about this user or her address, and that this device did not cause. */
export type Notice = NoticeRow;

/** An alarm that somebody has looked into. */
export interface PastAlarm {
  readonly code: FaultCode;
  readonly detail: string;
  readonly timeMs: number;
  readonly evidence: string;
}

export interface Alarms {
  /** Two checkpoints that contradict each other, as the node signed them; empty when it was caught otherwise. */
  readonly evidence: string;
  readonly past: readonly PastAlarm[];
}

export interface NodeCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** As it is signed, for files and other people. */
  readonly note: string;
  /** The newest checkpoint that others have signed too, or null. */
  readonly witnessed: string | null;
}

export class Names {
  readonly #remote: WatchRemote;
  /** What needs no proof, because it is about the node and for its admin. */
  readonly #node: NamesRemote;

  constructor(pass: Carry, passFacet: Carry) {
    this.#remote = tunnelled(watchApi, pass);
    this.#node = tunnelled(namesApi, passFacet);
  }

  /** Gives a name to this user, once and for good. */
  async claim(namespace: string, name: string): Promise<ClaimAnswer> {
    const answer = await this.#remote.claim({ namespace, name });
    const claim = claimOf(answer.claim);
    return answer.kind === 'ok' ? { kind: 'ok', claim, remarks: answer.remarks } : { kind: 'taken', claim };
  }

  async holder(namespace: string, name: string): Promise<ClaimedName | null> {
    const found = await this.#remote.holder({ namespace, name });
    return found === null ? null : claimOf(found);
  }

  /** All names of a user, or of this one. */
  async claims(user: Key | null = null): Promise<readonly ClaimedName[]> {
    return (await this.#remote.claims({ user })).map(claimOf);
  }

  /** Who signs in with an address, the newest first: all statements that nobody has withdrawn. */
  async keysOf(email: string): Promise<readonly KeyOfEmail[]> {
    return (await this.#remote.keysOf({ email })).map(keyOfEmail);
  }

  /** Ends a statement about this user. */
  async withdraw(statement: number): Promise<void> {
    await this.#remote.withdraw({ statement });
  }

  /** Puts a signed key change of this user into the log; answers its place there. */
  async changeKey(object: Uint8Array): Promise<number> {
    return (await this.#remote.changeKey({ object })).index;
  }

  /** The newest key change of a user, as she has signed it. */
  async keyOf(user: Key): Promise<Uint8Array | null> {
    return (await this.#remote.keyOf({ user }))?.object ?? null;
  }

  /** Notices leaves about an address of this user from now on, or no longer. */
  async watchEmail(email: string, how: { readonly isWanted: boolean } = { isWanted: true }): Promise<void> {
    await this.#remote.watchEmail({ email, ...how });
  }

  /** Looks now at what the log says about this user, as the device does by itself when it connects. */
  async look(): Promise<void> {
    await this.#remote.look({});
  }

  async notices(): Promise<readonly Notice[]> {
    return this.#remote.notices({});
  }

  /** What this device holds of the log of the node. */
  async checkpoint(): Promise<NodeCheckpoint> {
    const { note, witnessed } = await this.#remote.checkpoint({});
    return { ...readCheckpoint(readNote(note).text), note, witnessed };
  }

  /** Asks now whether the node has revoked its key; throws `revoked` when it has, from then on for ever. */
  async requireNode(): Promise<void> {
    await this.#remote.requireNode({});
  }

  /** Digits that this user and another one compare by a way on which they know each other. */
  async digitsWith(user: Key): Promise<string> {
    return (await this.#remote.digitsWith({ user })).digits;
  }

  /** Notes that they were compared, when those that the other one has said are right. */
  async compared(user: Key, digits: string): Promise<boolean> {
    return (await this.#remote.compared({ user, digits })).isRight;
  }

  /** Checks all that the log says of a user's keys; she stays unverified when it says nothing. */
  async check(user: Key): Promise<Trust> {
    return (await this.#remote.check({ user })).trust;
  }

  /** What this device knows of these keys by itself, without asking anybody. */
  async trustIn(users: readonly Key[]): Promise<readonly Trust[]> {
    const all: Trust[] = [];
    for (let at = 0; at < users.length; at += trustAskedMax)
      all.push(...(await this.#remote.trustIn({ users: users.slice(at, at + trustAskedMax) })));
    return all;
  }

  /** What stands behind the alarm that is raised, and the alarms that were looked into on this device. */
  async alarms(): Promise<Alarms> {
    const { evidence, past } = await this.#remote.alarms({});
    const rows = past.map(({ fault, ...row }) => ({ ...row, code: faultOf(fault).code }));
    return { evidence, past: rows };
  }

  /**
   * Goes on with a node whose log was set back, after a person has found out why (SPEC M17). Whoever was checked
   * by the log is unverified again. A node that has revoked its key stays revoked.
   */
  async acknowledgeAlarm(): Promise<void> {
    await this.#remote.acknowledge({});
  }

  /** Whose cosignatures the node takes, as NAME+ID+KEY. */
  async cosigners(): Promise<readonly string[]> {
    return this.#node.cosigners({});
  }

  /** Takes cosignatures of one more, or no longer; for the admin. */
  async setCosigner(word: string, how: { readonly isWanted: boolean }): Promise<void> {
    await this.#node.setCosigner({ key: word, ...how });
  }

  /** Says for good that the node's key is no longer to be trusted; for the admin. */
  async revokeNode(successor: Key | null): Promise<void> {
    await this.#node.revokeNode({ successor });
  }
}

function claimOf({ namespace, name, number, user, timeMs }: Claim): ClaimedName {
  return { namespace, name, number, user: key(user), timeMs };
}

function keyOfEmail({ index, user, device, method, timeMs }: StandingRow): KeyOfEmail {
  return { statement: index, user: key(user), device: key(device), method, timeMs };
}
