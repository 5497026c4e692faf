/**
 * Who somebody is, as far as one can know (SPEC Z87): what she says of herself, and what those say of her whom one
 * follows, each in words that she has signed. Nothing is weighed: where they disagree, that is shown.
 */

import { hex } from '../../base/bytes.ts';
import { asFault, Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { identityAskedAtOnce, identityFriendsMax } from '../../base/limits-exchange.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { aboutName, decodeAbout, encodeAbout, type Verdict } from '../../social/exchange/about.ts';
import { readPeerAddress, writePeerAddress } from '../../social/exchange/address.ts';
import { decodeAddresses, encodeAddresses } from '../../social/exchange/addresses.ts';
import { KIND } from '../../social/message/kinds.ts';
import type { Message } from '../../social/message/terms.ts';
import { digitsOfKeys, isSameDigits } from '../trust.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PersonProfile } from './types.ts';

/** Where somebody is, as text: `wss://host#key`. */
export interface Addresses {
  /** Nodes where she publishes, the best first. */
  readonly outbox: readonly string[];
  /** Nodes where mentions find her. */
  readonly inbox: readonly string[];
}

/** What somebody says of somebody else. */
export interface Said {
  readonly by: Key;
  readonly timeMs: number;
  readonly name: string;
  readonly notes: string;
  readonly addresses: readonly string[];
  readonly verdict: Verdict;
}

/** What is known of a key. */
export interface PersonIdentity {
  readonly key: Key;
  /** What she calls herself. */
  readonly profile: PersonProfile | null;
  /** Where she says that she is. */
  readonly addresses: Addresses | null;
  /** What one says of her oneself. */
  readonly mine: Said | null;
  /** What those say whom one follows, the newest first. */
  readonly said: readonly Said[];
  /** Those of them who have compared digits with her, or know her. */
  readonly vouchedBy: readonly Key[];
  /** Those who hold the key for somebody else's. */
  readonly doubtedBy: readonly Key[];
  /** All names that she is given, where there is more than one; her own first. */
  readonly names: readonly string[];
  /** Nodes that others name for her and she does not, where she names any. */
  readonly otherAddresses: readonly string[];
}

/** What one says of somebody; what is absent stays as one said it before. */
export interface Vouch {
  readonly name?: string;
  readonly notes?: string;
  readonly addresses?: readonly string[];
  readonly verdict?: Exclude<Verdict, 'compared'>;
  /** The digits that she reads out; with the right ones the verdict is `compared`. */
  readonly digits?: string;
}

export interface IdentityOptions {
  readonly place: Neighbourhood;
  readonly primitives: Primitives;
}

export async function addressesOf(place: Neighbourhood, of: Key): Promise<Addresses | null> {
  const message = await place.current(of, KIND.addresses);
  if (message === null) return null;
  const { outbox, inbox } = decodeAddresses(message.content);
  return { outbox: outbox.map(writePeerAddress), inbox: inbox.map(writePeerAddress) };
}

/** Says where one publishes and where one is reached; `malformed` for what is no address. */
export async function setAddresses(place: Neighbourhood, { outbox, inbox }: Addresses): Promise<void> {
  const content = encodeAddresses({
    outbox: outbox.map(readPeerAddress),
    inbox: inbox.map(readPeerAddress),
  });
  await place.publish({ kind: KIND.addresses, content });
}

export async function identity({ place }: IdentityOptions, of: Key): Promise<PersonIdentity> {
  const friends = (await place.follows())
    .filter((each) => hex(each) !== hex(of))
    .slice(0, identityFriendsMax);
  const [profile, addresses, mine] = await Promise.all([
    unlessUnread(() => place.profile(of)),
    unlessUnread(() => addressesOf(place, of)),
    place.me === null ? null : saidBy(place, place.me, of),
  ]);
  const found: Said[] = [];
  for (let from = 0; from < friends.length; from += identityAskedAtOnce) {
    const asked = friends.slice(from, from + identityAskedAtOnce);
    const answers = await Promise.all(asked.map((friend) => saidBy(place, friend, of)));
    found.push(...answers.filter((said) => said !== null));
  }
  const said = found.toSorted((a, b) => b.timeMs - a.timeMs);
  const all = mine === null ? said : [mine, ...said];
  const known = [...(addresses?.outbox ?? []), ...(addresses?.inbox ?? [])];
  const names = differing([profile?.name ?? '', ...all.map(({ name }) => name)]);
  return {
    key: of,
    profile,
    addresses,
    mine,
    said,
    vouchedBy: by(said, ['compared', 'known']),
    doubtedBy: by(said, ['doubted']),
    names: names.length > 1 ? names : [],
    otherAddresses:
      known.length === 0
        ? []
        : differing(all.flatMap((one) => one.addresses)).filter((one) => !known.includes(one)),
  };
}

/** Says something of somebody, signed; `badProof` where the digits are not those of the two keys. */
export async function vouch({ place, primitives }: IdentityOptions, of: Key, what: Vouch): Promise<void> {
  const { me } = place;
  if (me === null) throw new Fault('forbidden', 'sign in to say something of somebody');
  if (hex(me) === hex(of)) throw new Fault('malformed', 'of oneself one says something in the profile');
  if (what.digits !== undefined && !isSameDigits(digitsOfKeys(primitives, me, of), what.digits))
    throw new Fault(
      'badProof',
      'These are not the digits of your two keys: one of you looks at another key.',
    );
  const before = await saidBy(place, me, of);
  const addresses = what.addresses ?? before?.addresses ?? [];
  const content = encodeAbout({
    name: what.name ?? before?.name ?? '',
    notes: what.notes ?? before?.notes ?? '',
    addresses: addresses.map(readPeerAddress),
    verdict: verdictOf(what, before),
  });
  await place.publish({ kind: KIND.about, name: aboutName(of), content });
}

/** Who says where somebody is, and nothing else, says nothing of her key. */
function verdictOf({ name, notes, digits, verdict, addresses }: Vouch, before: Said | null): Verdict {
  if (digits !== undefined) return 'compared';
  const isOnlyPlace = addresses !== undefined && name === undefined && notes === undefined;
  return verdict ?? before?.verdict ?? (isOnlyPlace ? 'none' : 'known');
}

async function saidBy(place: Neighbourhood, author: Key, of: Key): Promise<Said | null> {
  return unlessUnread(async () => {
    const message = await place.current(author, KIND.about, aboutName(of));
    return message === null ? null : saidIn(message);
  });
}

function saidIn({ from, timeMs, content }: Message): Said {
  const { name, notes, addresses, verdict } = decodeAbout(content);
  return { by: from, timeMs, name, notes, addresses: addresses.map(writePeerAddress), verdict };
}

/** What somebody has written in no form that is known says nothing. */
async function unlessUnread<T>(ask: () => Promise<T | null>): Promise<T | null> {
  try {
    return await ask();
  } catch (thrown) {
    if (asFault(thrown).code !== 'malformed') throw thrown;
    return null;
  }
}

function by(said: readonly Said[], verdicts: readonly Verdict[]): readonly Key[] {
  return said.filter(({ verdict }) => verdicts.includes(verdict)).map((one) => one.by);
}

function differing(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}
