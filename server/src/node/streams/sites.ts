/**
 * Who may use a log of a site as a stream: whoever proves the key of a device whose user may, asked anew for each
 * use (SPEC F10); and, where an admin of the site has said so, whoever shows the stream's token, or anybody (F11).
 */

import { equal, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { permission } from 'copse/internal/api/model.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Admitted, Bearers, Use } from '../../tail/bearer.ts';
import { dpopAlgorithms } from '../http-dpop.ts';
import { tokenOf, type Possession } from '../http-possession.ts';
import { Denied } from '../http-reply.ts';
import type { Guest, Need } from './guest.ts';
import type { SiteLog } from './place.ts';
import { Refused, exposedHeaders, type ReplyHeaders } from './reply.ts';
import type { Stream } from './stream.ts';

export interface SiteStreamsOptions {
  readonly bearers: Bearers;
  readonly possession: Possession;
  readonly primitives: Primitives;
  /** Whether pages of this origin may call. */
  readonly mayConnect: (origin: string) => boolean;
}

/** A request to a log of a site. */
export interface Asking {
  readonly request: Request;
  /** Path of the address. */
  readonly address: string;
  readonly place: SiteLog;
  readonly from: Use['from'];
  /** The stream, when something was ever said of it. */
  readonly stream: Stream | undefined;
}

const NEEDED: Readonly<Record<Need, number>> = {
  read: permission.read,
  write: permission.read | permission.write,
  admin: permission.admin,
};
const UNAUTHORIZED = 401;
const BEARER = /^bearer +(\S+)$/i;

export class SiteStreams {
  readonly #options: SiteStreamsOptions;

  constructor(options: SiteStreamsOptions) {
    this.#options = options;
  }

  /** What pages may see of the answers. Of a stream that others may use, pages of every origin are others. */
  shown(origin: string | null, stream: Stream | undefined): ReplyHeaders {
    const { possession, mayConnect } = this.#options;
    const always = { 'dpop-nonce': possession.nonce, vary: 'origin, authorization' };
    if (origin === null || (!isShared(stream) && !mayConnect(origin))) return always;
    return {
      ...always,
      'access-control-allow-origin': origin,
      'access-control-expose-headers': `${exposedHeaders}, dpop-nonce, www-authenticate`,
    };
  }

  async guest(asking: Asking): Promise<Guest> {
    const { authorization } = { authorization: asking.request.headers.get('authorization') ?? '' };
    if (authorization === '' || BEARER.test(authorization)) return this.#stranger(asking, authorization);
    const origin = asking.from.origin;
    if (origin !== null && !this.#options.mayConnect(origin))
      throw new Fault('forbidden', 'pages of this origin may not call; see `origins`');
    try {
      return new Member(this.#options.bearers, await this.#proven(asking), asking);
    } catch (thrown) {
      throw challenged(thrown);
    }
  }

  async #proven({ request, address }: Asking): Promise<Admitted> {
    const { possession, bearers } = this.#options;
    const token = tokenOf(request);
    const proven = await possession.prove(request, address, token);
    const caller = bearers.admit(proven.device, token.bytes);
    possession.use(proven, { withToken: true });
    return caller;
  }

  #stranger({ stream }: Asking, authorization: string): Guest {
    if (stream === undefined || !isShared(stream))
      throw challenged(Denied.byToken('the header `Authorization: DPoP …` is missing'));
    const shown = BEARER.exec(authorization)?.[1] ?? '';
    const hash = this.#options.primitives.sha256(utf8(shown));
    return {
      caller: null,
      isPublic: stream.state.readers === 'all',
      check(need) {
        // Asked of the stream as it is now: what was opened can be closed again.
        const { readers, writers, token } = stream.state;
        const to = need === 'read' ? readers : need === 'write' ? writers : 'members';
        if (to === 'all') return 0;
        if (to === 'token' && token !== null && equal(token, hash)) return 0;
        throw challenged(Denied.byToken(`to ${need} this stream`));
      },
    };
  }
}

/** Somebody with rights of her own. */
class Member implements Guest {
  readonly isPublic = false;
  readonly caller: Admitted;
  readonly #bearers: Bearers;
  readonly #use: Use;

  constructor(bearers: Bearers, caller: Admitted, { place, from }: Asking) {
    this.#bearers = bearers;
    this.caller = caller;
    this.#use = { ...place, from };
  }

  async check(need: Need): Promise<number> {
    const { permissions, keyEpoch } = await this.#bearers.may(this.caller, this.#use);
    const needed = NEEDED[need];
    if ((permissions & needed) !== needed) throw new Fault('forbidden', `to ${need} this log`);
    return keyEpoch;
  }
}

const isShared = (stream: Stream | undefined): boolean =>
  stream !== undefined && (stream.state.readers !== 'members' || stream.state.writers !== 'members');

/** Says how to prove who one is, where that was missing. */
function challenged(thrown: unknown): unknown {
  if (!(thrown instanceof Fault) || FAULT_HELP[thrown.code].http !== UNAUTHORIZED) return thrown;
  const by = thrown instanceof Denied ? thrown.by : {};
  const error = by.error ?? 'invalid_token';
  return new Refused(thrown, UNAUTHORIZED, {
    ...by.headers,
    'www-authenticate': `DPoP error="${error}", algs="${dpopAlgorithms.join(' ')}"`,
  });
}
