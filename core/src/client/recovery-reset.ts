/**
 * Starting anew when nothing can be recovered (SPEC P12): a new key asks to take the place of the old user,
 * an admin of the node approves, and an admin of each site lets her in again. The keys of a site are sealed to
 * the new key only after somebody has compared its code with her by telephone: a node could show another's.
 */

import { Fault } from '../base/fault.ts';
import { key, type Key, type SiteId, type UserId } from '../base/ids.ts';
import type { PendingRow, RecoveryRemote, ResetRow } from '../api/recovery.ts';
import { isProven, prove } from '../capability/possession.ts';
import { claiming, comparisonCode } from '../capability/recovery-proof.ts';
import { concat, fromHex, hex, NO_BYTES } from '../base/bytes.ts';
import { must } from '../base/assert.ts';
import { domain } from '../crypto/domain.ts';
import { userIdOf } from '../crypto/hash.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import { Identity, userKeysOf } from './identity.ts';
import type { Keep } from './keep.ts';
import { linkText } from './links.ts';
import { parseLink } from './link-parts.ts';
import { visit, type RecoveryTools } from './recovery-realms.ts';

const READMIT = domain('recovery/readmit');

export interface AskReset {
  /** Address of the node. */
  readonly url: string;
  /** The old user's id. */
  readonly user: UserId;
  readonly words: string;
  readonly deviceName: string;
  /** Where the new keys are kept: open it with `openCopse` after the approval. */
  readonly keep: Keep;
}

export interface AskedReset {
  readonly request: string;
  /** To be told to whoever approves. */
  readonly code: string;
  readonly user: UserId;
}

export async function askReset(tools: RecoveryTools, asking: AskReset): Promise<AskedReset> {
  const { env, primitives } = tools;
  const identity = await Identity.open({ primitives, env, keep: asking.keep });
  const { sign, agree, id } = identity.user;
  const request = env.random(16);
  const visited = await visit(tools, asking.url, { device: identity.deviceKey });
  try {
    const claim = claiming({ node: visited.node, user: asking.user, agree: agree.publicKey });
    await visited.remote.resetAsk({
      request,
      user: asking.user,
      key: sign.publicKey,
      agree: agree.publicKey,
      proof: await prove(primitives, sign.seed, claim),
      blessing: await identity.blessing(visited.node),
      deviceName: asking.deviceName,
      words: asking.words,
    });
  } finally {
    visited[Symbol.dispose]();
  }
  const code = comparisonCode(primitives, { key: sign.publicKey, agree: agree.publicKey });
  return { request: hex(request), code, user: id };
}

export type ResetState = Awaited<ReturnType<RecoveryRemote['resetState']>>['state'];

export async function resetState(tools: RecoveryTools, url: string, request: string): Promise<ResetState> {
  const visited = await visit(tools, url);
  try {
    return (await visited.remote.resetState({ request: requestOf(request) })).state;
  } finally {
    visited[Symbol.dispose]();
  }
}

function requestOf(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length !== 16) throw new Fault('malformed', 'A request has 32 hexadecimal digits.');
  return bytes;
}

export interface WaitingReset {
  readonly request: string;
  readonly user: UserId;
  readonly name: string;
  readonly words: string;
  readonly createdMs: number;
  /** Which the one who asks must be able to say. */
  readonly code: string;
}

/** An admin's or a member's own end: her calls, and what they need. */
export interface ResetSide {
  readonly tools: RecoveryTools;
  readonly remote: RecoveryRemote;
  readonly node: Key;
  readonly secret: () => Promise<Uint8Array>;
}

export async function waitingResets(side: ResetSide): Promise<readonly WaitingReset[]> {
  const rows = await side.remote.resets({});
  const waiting = await Promise.all(
    rows.map(async (row) => ({ row, isSound: await isSound(side, row, row.user) })),
  );
  return waiting.flatMap(({ row, isSound: sound }) => (sound ? [waitingOf(side, row)] : []));
}

function waitingOf({ tools }: ResetSide, row: ResetRow): WaitingReset {
  const { user, name, words, createdMs } = row;
  const code = comparisonCode(tools.primitives, row);
  return { request: hex(row.request), user, name, words, createdMs, code };
}

function isSound(
  { tools, node }: ResetSide,
  row: Pick<ResetRow, 'key' | 'agree' | 'proof'>,
  was: UserId,
): Promise<boolean> {
  const claim = claiming({ node, user: was, agree: row.agree });
  return isProven(tools.primitives, row.key, claim, row.proof);
}

export async function decideReset(side: ResetSide, request: string, approve: boolean): Promise<void> {
  await side.remote.resetDecide({ request: requestOf(request), approve });
}

export interface PendingMember {
  readonly site: SiteId;
  readonly user: UserId;
  readonly was: UserId;
  readonly name: string;
  readonly permissions: number;
  readonly code: string;
}

/** Who waits in a site; with null, where this user waits herself. */
export async function pendingMembers(
  side: ResetSide,
  site: SiteId | null,
): Promise<readonly PendingMember[]> {
  const rows = await side.remote.pendings({ site });
  const checked = await Promise.all(rows.map(async (row) => ((await isHers(side, row)) ? [row] : [])));
  return checked.flat().map((row) => {
    const { user, was, name, permissions } = row;
    return { site: row.site, user, was, name, permissions, code: comparisonCode(side.tools.primitives, row) };
  });
}

async function isHers(side: ResetSide, row: PendingRow): Promise<boolean> {
  const isUser = userIdOf(side.tools.primitives, key(row.key.slice())) === row.user;
  return isUser && (await isSound(side, row, row.was));
}

/** Lets her in again: `invite` makes an ordinary invitation, which only she can open. */
export async function readmit(
  side: ResetSide,
  of: { readonly site: SiteId; readonly user: UserId; readonly code: string },
  invite: (permissions: number) => Promise<string>,
): Promise<void> {
  const { primitives, env } = side.tools;
  const rows = await side.remote.pendings({ site: of.site });
  const row = rows.find(({ user }) => user === of.user);
  if (row === undefined || !(await isHers(side, row)))
    throw new Fault('unknown', 'Nobody of this id waits here.');
  if (comparisonCode(primitives, row) !== of.code.trim().toUpperCase()) {
    throw new Fault('badProof', 'The code is another one: ask her again, and do not go on.');
  }
  const link = must(parseLink(await invite(row.permissions)), 'an invitation of our own');
  const to = { ...contextOf(of.site), publicKey: row.agree };
  const sealed = await hpkeSeal(primitives, env, to, link.seed);
  if (sealed === null) throw new Fault('badProof', 'Her key is none.');
  await side.remote.readmit({ site: of.site, user: of.user, sealed });
}

/** The links that admins have left for this user; she joins with them. */
export async function readmissions(side: ResetSide, url: string): Promise<readonly string[]> {
  const { primitives } = side.tools;
  const rows = await side.remote.readmissions({});
  if (rows.length === 0) return [];
  const { agree } = await userKeysOf(primitives, await side.secret());
  const links = await Promise.all(
    rows.map(async ({ site, sealed }) => {
      const seed = await hpkeOpen(primitives, agree.secret, contextOf(site), sealed.slice());
      return seed === null ? [] : [linkText({ kind: 'join', origin: url, node: side.node, seed })];
    }),
  );
  return links.flat();
}

function contextOf(site: SiteId) {
  const bytes = must(fromHex(site), 'an id is hex');
  return { info: concat(READMIT.prefix, bytes), associated: NO_BYTES };
}
