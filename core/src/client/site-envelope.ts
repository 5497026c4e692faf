/**
 * The secrets of a site on their way to one recipient: members, invitations, a user's other keys. Who founds a
 * site, writes and reads needs none, so it is loaded apart.
 *
 *     envelope = HPKE to the recipient of: key epoch (varint) | site key (32) | name secret (32)
 */

import { NO_BYTES } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import type { SiteId } from '../base/ids.ts';
import { domain } from '../crypto/domain.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { Writer } from '../wire/buffer.ts';
import { decode, encode } from '../wire/shape.ts';
import { bytesOf, contentShape, type SiteSecrets } from './site-keys.ts';

const ENVELOPE = domain('site/envelope');

export interface Recipient {
  readonly site: SiteId;
  /** X25519 public key. */
  readonly publicKey: Uint8Array;
  /** Of a user's key; a first one, and a one-time key, is bound by itself. */
  readonly generation?: number;
}

/** Throws `badProof` when the recipient's key is none. */
export async function sealEnvelope(
  primitives: Primitives,
  env: Env,
  to: Recipient,
  secrets: SiteSecrets,
): Promise<Uint8Array> {
  const context = { ...envelopeContext(to, secrets.epoch), publicKey: to.publicKey };
  const sealed = await hpkeSeal(primitives, env, context, encode(contentShape, secrets));
  if (sealed === null) throw new Fault('badProof', 'the key of a recipient is not one');
  return sealed;
}

/** The secrets, or null when the envelope is for somebody else, another site or another epoch. */
export async function openEnvelope(
  primitives: Primitives,
  own: Recipient & { readonly secret: Uint8Array; readonly epoch: number },
  envelope: Uint8Array,
): Promise<SiteSecrets | null> {
  const content = await hpkeOpen(primitives, own.secret, envelopeContext(own, own.epoch), envelope);
  if (content === null) return null;
  const secrets = decode(contentShape, content);
  return secrets.epoch === own.epoch ? secrets : null;
}

function envelopeContext(to: Recipient, epoch: number): { info: Uint8Array; associated: Uint8Array } {
  const writer = new Writer();
  writer.raw(ENVELOPE.prefix);
  writer.raw(bytesOf(to.site));
  writer.uint(epoch);
  writer.raw(to.publicKey);
  const { generation = 1 } = to;
  if (generation === 1) return { info: writer.take(), associated: NO_BYTES };
  const associated = new Writer();
  associated.uint(generation);
  return { info: writer.take(), associated: associated.take() };
}
