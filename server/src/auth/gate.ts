/** What the calls of a session and of its facets stand on: who calls, and what all sessions share. */

import type { AuthApi } from 'copse/internal/api/auth.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { AccountDesk } from './account-desk.ts';
import type { DigestDesk } from './digest-desk.ts';
import type { EmailDesk } from './email-desk.ts';
import type { Feed } from './feed.ts';
import type { Grounds, Who } from './grounds.ts';
import type { LiveSession } from './live.ts';
import type { NamesParts } from './names-facet.ts';
import type { NoticesParts } from './notices.ts';
import type { Pairings } from './pairings.ts';
import type { Rates } from './rates.ts';
import type { RekeyLeases } from './rekey-leases.ts';
import type { Realm } from './recovery-realm.ts';
import type { Reception, Standing } from './sign-up.ts';
import type { ShardMap } from './shard-map.ts';
import type { Tokens } from './tokens.ts';

type Answer<Name extends keyof AuthApi> = Awaited<ReturnType<AuthApi[Name]>>;

/** What all sessions of an `Auth` share. */
export interface SessionParts {
  readonly grounds: Grounds;
  readonly reception: Reception;
  readonly tokens: Tokens;
  readonly feed: Feed;
  readonly rates: Rates;
  /** This node as a realm of recoveries. */
  readonly realm: Realm;
  readonly names: NamesParts;
  /** The account tree. */
  readonly accountDesk: AccountDesk;
  /** Sign-ins with e-mail providers. */
  readonly email: EmailDesk;
  /** Null: this node does not notify. */
  readonly notices: NoticesParts | null;
  /** Null: this node sends no e-mail. */
  readonly digest: DigestDesk | null;
  /** Devices that wait to be let in. */
  readonly pairings: Pairings;
  /** Who makes the next keys of sites. */
  readonly rekey: RekeyLeases;
  readonly shards: ShardMap;
  readonly figures: () => Answer<'figures'>;
  /** Takes what is left to do after a session has gone. */
  readonly leave: (work: Promise<void>) => void;
}

export interface Gate {
  readonly parts: SessionParts;
  readonly session: LiveSession;
  /** The device's public key, proven by the handshake. */
  readonly deviceKey: Key;
  readonly address: string;
  /** Of the page that calls; null when it is a program. */
  readonly origin: string | null;
  /** Every call of a facet begins with one of these two: its rate, and whether the session still stands. */
  anyone(): Promise<Exclude<Standing, { kind: 'over' }>>;
  /** Throws `forbidden` for strangers and `expired` when the blessing has ended. */
  user(): Promise<Who>;
}
