/**
 * Invitations for whoever signs in with an address (SPEC E8): one for each user that the log of the node names,
 * sealed to the key that she has stated there. What comes out may be sent by any way, the node's included: it
 * opens on her devices only. Somebody without an account yet has stated no key; she gets a link by a way on
 * which she is known.
 */

import { base64url, equal, fromBase64url, fromUtf8, hex, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { openUserKey } from '../capability/user-key.ts';
import { exchangeKeyOf, type ExchangeKey } from '../crypto/agree.ts';
import { domain, separated } from '../crypto/domain.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import { struct } from '../wire/compound.ts';
import { bytes, decode, encode, fixed, uint } from '../wire/shape.ts';
import type { EmailInvitation, EmailSelf } from './email-types.ts';
import { unpackHanded } from './handed.ts';
import { userKeysOf } from './identity.ts';

const SEALED = domain('invite/sealed');
const PREFIX = 'copse-invitation:';
const LINK_BYTES_MAX = 1024;
const sealedShape = struct({
  user: fixed(32),
  generation: uint(0xffff_ffff).about('Of her key.'),
  sealed: bytes(LINK_BYTES_MAX + 64).about('A link, by HPKE.'),
});

export async function inviteEmail(
  self: EmailSelf,
  email: string,
  makeLink: () => Promise<string>,
): Promise<readonly EmailInvitation[]> {
  const names = await self.names();
  await names.requireNode();
  const keys = await names.keysOf(email);
  const users = [...new Map(keys.map(({ user }) => [hex(user), user])).values()];
  const made: EmailInvitation[] = [];
  for (const user of users) {
    const trust = await names.check(user);
    const statement = await names.keyOf(user);
    const text = statement === null ? null : await sealed(self, user, { statement, makeLink });
    made.push({ user, trust, text });
  }
  return made;
}

interface To {
  readonly statement: Uint8Array;
  readonly makeLink: () => Promise<string>;
}

async function sealed({ env, primitives }: EmailSelf, user: Key, to: To): Promise<string> {
  const stated = await openUserKey(primitives, to.statement);
  if (stated === null || !equal(stated.user, user)) throw new Fault('badProof', 'She has not signed it.');
  const { publicKey, generation } = stated;
  const context = { info: separated(SEALED, publicKey), associated: user, publicKey };
  const envelope = await hpkeSeal(primitives, env, context, utf8(await to.makeLink()));
  if (envelope === null) throw new Fault('badProof', 'Her key is none.');
  return PREFIX + base64url(encode(sealedShape, { user, generation, sealed: envelope }));
}

/** The link in an invitation that is sealed to this user; `badProof` when it is for another. */
export async function openInvitation(self: EmailSelf, text: string): Promise<string> {
  const { primitives } = self;
  const { user, generation, sealed: envelope } = read(text);
  const { secret, generations } = unpackHanded((await self.handing()).handed);
  const own = await userKeysOf(primitives, secret);
  if (!equal(own.sign.publicKey, user)) throw new Fault('badProof', 'This invitation is for another.');
  const later = generations.find((each) => each.generation === generation);
  const held: ExchangeKey | null =
    generation === 1 ? own.agree : later === undefined ? null : await exchangeKeyOf(primitives, later.secret);
  if (held === null) throw new Fault('stale', 'This device does not have the key yet to which it is sealed.');
  const context = { info: separated(SEALED, held.publicKey), associated: user };
  const opened = await hpkeOpen(primitives, held.secret, context, envelope);
  const link = opened === null ? null : fromUtf8(opened);
  if (link === null) throw new Fault('badProof', 'This invitation was altered.');
  return link;
}

function read(text: string) {
  const body = text.replaceAll(/\s+/gu, '');
  const coded = body.startsWith(PREFIX) ? fromBase64url(body.slice(PREFIX.length)) : null;
  if (coded === null) throw new Fault('malformed', 'This is no sealed invitation.');
  const { user, generation, sealed: envelope } = decode(sealedShape, coded);
  return { user: key(user.slice()), generation, sealed: envelope.slice() };
}
