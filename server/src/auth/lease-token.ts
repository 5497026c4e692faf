/**
 * Tokens of leases (SPEC O4): what a device may do on one log now, from this address and page, as a token that
 * its tail takes in `connect`. The tail asks for the right again when the log is opened and ends it when it is
 * taken back; the token narrows what the connection may ask for.
 */

import { permission } from 'copse/internal/api/model.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { leaseTokenMs } from 'copse/internal/base/limits.ts';
import { permitsNow } from 'copse/internal/capability/caveat.ts';
import { leaseScope } from 'copse/internal/crypto/lease-scope.ts';
import { accessByProof, accessOf } from './access.ts';
import type { SessionParts } from './gate.ts';
import type { Who } from './grounds.ts';
import { isPageAllowed } from './site-origins.ts';

export interface LeaseOrder {
  readonly shard: number;
  readonly site: SiteId;
  readonly log: LogId;
  readonly want: 'read' | 'write';
  /** Attestations of a grant that the node does not keep, or null: what is known counts. */
  readonly proof: readonly Uint8Array[] | null;
}

/** Where a call comes from. */
export interface LeaseFrom {
  readonly address: string;
  /** Of the page; null when it is a program. */
  readonly origin: string | null;
}

export interface LeaseToken {
  readonly token: Uint8Array;
  readonly expiresMs: number;
  readonly permissions: number;
  readonly keyEpoch: number;
}

interface Asking {
  readonly who: Who;
  readonly order: LeaseOrder;
  readonly from: LeaseFrom;
}

type Access = Awaited<ReturnType<typeof accessOf>>;

export async function leaseToken(parts: SessionParts, asking: Asking): Promise<LeaseToken> {
  const { grounds, tokens, feed } = parts;
  const { primitives, env, accounts } = grounds;
  const { who, order } = asking;
  const { shard, site, log } = order;
  const { user, device } = who;
  const asked = { user, device, site, log };
  if (!isPageAllowed(await accounts.sites.origins(site), asking.from.origin))
    throw new Fault('forbidden', 'pages of this origin may not use the site');
  const { proof } = order;
  const access =
    proof === null
      ? await accessOf(grounds, asked, feed.seq)
      : await accessByProof(grounds, { ...asked, proof }, feed.seq);
  const here = permittedAt(access, asking, env.wallMs());
  const permissions = here.permissions & who.scope;
  const needed = order.want === 'write' ? permission.read | permission.write : permission.read;
  if ((permissions & needed) !== needed) throw new Fault('forbidden', `to ${order.want} this log`);
  const row = await accounts.people.device(device);
  if (row === null || row.revokedMs !== null) throw new Fault('revoked', 'the device');
  const endMs = Math.min(env.wallMs() + leaseTokenMs, who.untilMs, here.untilMs);
  const expiresMs = endMs - (endMs % 1000);
  if (expiresMs <= env.wallMs()) throw new Fault('expired', 'the right ends now');
  const scope = leaseScope(primitives, site, log);
  // A reader's token writes nothing, whatever else she holds.
  const granted = order.want === 'write' ? permissions : permissions & ~permission.write;
  const token = tokens.lease(row, { shard, permissions: granted, expiresMs, scope });
  return { token, expiresMs, permissions: granted, keyEpoch: access.keyEpoch };
}

/** Everything without conditions, and what caveats that hold here and now permit. */
function permittedAt(
  access: Access,
  { order, from }: Asking,
  wallMs: number,
): { readonly permissions: number; readonly untilMs: number } {
  let { permissions } = access;
  let untilMs = access.expiresMs === 0 ? Number.POSITIVE_INFINITY : access.expiresMs;
  for (const { permissions: more, expiresMs, caveats } of access.conditional) {
    const bounds = { resource: '*', delegations: 0, notBeforeMs: 0, quota: 0 } as const;
    const rights = { ...bounds, permissions: more, expiresMs, caveats };
    const permitted = permitsNow(rights, { log: order.log, ...from, wallMs });
    if (permitted.permissions === 0) continue;
    permissions |= permitted.permissions;
    untilMs = Math.min(untilMs, permitted.untilMs);
  }
  return { permissions, untilMs };
}
