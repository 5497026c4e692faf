/** Who may upload over HTTP (SPEC Z42): a device with its token, or a user's key, on an own account or by a grant. */

import { equal } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import { signedBytesMax } from 'copse/internal/base/limits.ts';
import { fileTicketMs } from 'copse/internal/base/limits-files.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { openTicketRequest } from 'copse/internal/social/files/grant.ts';
import type { HttpAuth } from '../../auth/http-auth.ts';
import { Tickets, type Holder, type Ticket } from '../../peer/files/ticket.ts';
import { readBody } from '../http-body.ts';
import { tokenOf, type Possession } from '../http-possession.ts';
import { Denied } from '../http-reply.ts';

export interface TicketOptions {
  readonly auth: Pick<HttpAuth, 'bearer' | 'epochOf' | 'keyOf'>;
  readonly possession: Possession;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly node: Key;
  readonly nodeSeed: Uint8Array;
  /** How many bytes whoever has a ticket may have here; throws when that is nothing any more. */
  readonly worth: (holder: Holder) => Promise<number>;
}

export interface Given {
  readonly ticket: string;
  readonly expiresMs: number;
  readonly bytes: number;
}

/** What a ticket says, and when that for which it is given ends. */
interface Terms extends Omit<Ticket, 'expiresMs'> {
  readonly untilMs: number;
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
    const { worth, env } = this.#options;
    const isRequest = request.headers.get('content-type') === REQUEST_TYPE;
    const { untilMs, ...terms } = isRequest
      ? await this.#requested(request)
      : await this.#proven(request, path);
    const bytes = await worth(terms);
    const expiresMs = Math.min(env.wallMs() + fileTicketMs, untilMs);
    const ticket = this.#tickets.make({ ...terms, expiresMs });
    return { ticket, expiresMs, bytes: Math.min(bytes, terms.grant?.bytes ?? bytes) };
  }

  /** By the key of a device and its token, as calls over HTTP. */
  async #proven(request: Request, path: string): Promise<Terms> {
    const { auth, possession, primitives } = this.#options;
    const token = tokenOf(request);
    const proven = await possession.prove(request, path, token);
    // Before the token is looked at: a device that logs out meanwhile has a ticket that is void.
    const device = await this.#deviceOf(deviceIdOf(primitives, proven.device));
    const blessing = await auth.bearer(proven.device, token.bytes);
    possession.use(proven, { withToken: true });
    const account = userIdOf(primitives, blessing.user);
    return { account, grant: null, device, untilMs: blessing.expiresMs };
  }

  async #deviceOf(id: DeviceId): Promise<Ticket['device']> {
    return { id, epoch: (await this.#options.auth.epochOf(id)) ?? 0 };
  }

  async #requested(request: Request): Promise<Terms> {
    const { primitives, node, env } = this.#options;
    const bytes = await readBody(request, 2 * signedBytesMax);
    const { user, grant } = await openTicketRequest(primitives, bytes, { node, wallMs: env.wallMs() });
    const account = await this.#accountOf(grant?.issuer ?? user);
    if (grant === null) return { account, grant, device: null, untilMs: Number.POSITIVE_INFINITY };
    const { id, bytes: granted, expiresMs } = grant;
    return { account, grant: { id, bytes: granted, expiresMs }, device: null, untilMs: expiresMs };
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
