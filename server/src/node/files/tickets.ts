/** Who may upload over HTTP (SPEC Z42): a device with its token, or a user's key, on an own account or by a grant. */

import { equal } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key, UserId } from 'copse/internal/base/ids.ts';
import { signedBytesMax } from 'copse/internal/base/limits.ts';
import { fileTicketMs } from 'copse/internal/base/limits-files.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { openTicketRequest } from 'copse/internal/social/files/grant.ts';
import type { HttpAuth } from '../../auth/http-auth.ts';
import { Tickets, type Ticket } from '../../peer/files/ticket.ts';
import { readBody } from '../http-body.ts';
import { tokenOf, type Possession } from '../http-possession.ts';
import { Denied } from '../http-reply.ts';

export interface TicketOptions {
  readonly auth: Pick<HttpAuth, 'bearer' | 'keyOf'>;
  readonly possession: Possession;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly node: Key;
  readonly nodeSeed: Uint8Array;
  /** How many bytes a user may have here; null: she has no account (any more). */
  readonly allowance: (user: UserId) => Promise<number | null>;
}

export interface Given {
  readonly ticket: string;
  readonly expiresMs: number;
  readonly bytes: number;
}

const BEARER = /^bearer +(\S+)$/i;
/** The body of a signed request. */
const REQUEST_TYPE = 'application/cose';

export class TicketDesk {
  readonly #options: TicketOptions;
  readonly #tickets: Tickets;

  constructor(options: TicketOptions) {
    this.#options = options;
    this.#tickets = new Tickets(options.primitives, options.nodeSeed);
  }

  /** The ticket that a request shows; throws `unauthorized` or `expired`. */
  read(request: Request): Ticket {
    const text = BEARER.exec(request.headers.get('authorization') ?? '')?.[1];
    if (text === undefined) throw Denied.byToken('the header `Authorization: Bearer …` is missing');
    return this.#tickets.read(text, this.#options.env.wallMs());
  }

  /** The account of whoever shows a ticket of her own, or null. */
  reader(request: Request): UserId | null {
    try {
      const { account, grant } = this.read(request);
      return grant === null ? account : null;
    } catch {
      // Files are for whoever has their address.
      return null;
    }
  }

  async give(request: Request, path: string): Promise<Given> {
    const { allowance, env } = this.#options;
    const isRequest = request.headers.get('content-type') === REQUEST_TYPE;
    const { account, grant } = isRequest ? await this.#requested(request) : await this.#proven(request, path);
    const bytes = await allowance(account);
    if (bytes === null) throw new Fault('forbidden', 'this user has no account here');
    const expiresMs = Math.min(env.wallMs() + fileTicketMs, grant?.expiresMs ?? Number.POSITIVE_INFINITY);
    const ticket = this.#tickets.make({ account, expiresMs, grant });
    return { ticket, expiresMs, bytes: Math.min(bytes, grant?.bytes ?? bytes) };
  }

  /** By the key of a device and its token, as calls over HTTP. */
  async #proven(request: Request, path: string): Promise<Pick<Ticket, 'account' | 'grant'>> {
    const { auth, possession, primitives } = this.#options;
    const token = tokenOf(request);
    const proven = await possession.prove(request, path, token);
    const blessing = await auth.bearer(proven.device, token.bytes);
    possession.use(proven, { withToken: true });
    return { account: userIdOf(primitives, blessing.user), grant: null };
  }

  async #requested(request: Request): Promise<Pick<Ticket, 'account' | 'grant'>> {
    const { primitives, node, env } = this.#options;
    const bytes = await readBody(request, 2 * signedBytesMax);
    const { user, grant } = await openTicketRequest(primitives, bytes, { node, wallMs: env.wallMs() });
    const account = await this.#accountOf(grant?.issuer ?? user);
    if (grant === null) return { account, grant };
    const { id, bytes: granted, expiresMs } = grant;
    return { account, grant: { id, bytes: granted, expiresMs } };
  }

  /** An id is eight bytes of a hash: the account is that of the whole key. */
  async #accountOf(user: Key): Promise<UserId> {
    const { auth, primitives } = this.#options;
    const account = userIdOf(primitives, user);
    const known = await auth.keyOf(account);
    if (known === null || !equal(known, user)) throw new Fault('forbidden', 'this user has no account here');
    return account;
  }
}
