/** Decoders of what people and programs hand over as text: ids, keys, links, phrases, settings, addresses. */

import { base64url, fromBase64url, fromHex, fromUtf8, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { key } from 'copse/internal/base/ids.ts';
import { linkText } from 'copse/internal/client/links.ts';
import { parseLink } from 'copse/internal/client/link-parts.ts';
import { fromTokenText } from 'copse/internal/crypto/token.ts';
import { explainPhrase, phraseOf } from 'copse/phrase';
import { parseReport, parseTurn } from '../../server/src/cli/replay/messages.ts';
import { callerAddress } from '../../server/src/node/address.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import type { Chance } from '../sim/chance.ts';
import type { Decoder } from './fuzz.ts';

interface ByText {
  readonly name: string;
  readonly codes?: Decoder['codes'];
  readonly sample: (chance: Chance) => string;
  readonly decode: (text: string) => unknown;
}

/** Any bytes are a text here, as from somebody who reads carelessly. */
function byText({ name, codes = [], sample, decode }: ByText): Decoder {
  return {
    name,
    codes,
    sample: (chance) => utf8(sample(chance)),
    decode: (bytes) => decode(new TextDecoder().decode(bytes)),
  };
}

/** A text form that has one form per value. */
function canonical(text: string, decoded: Uint8Array | null, encode: (bytes: Uint8Array) => string): void {
  if (decoded !== null && encode(decoded) !== text) throw new Error('it is written back to another text');
}

export const TEXT_DECODERS: readonly Decoder[] = [
  byText({
    name: 'hex',
    sample: (chance) => hex(chance.bytes(chance.between(0, 20))),
    decode: (text) => canonical(text, fromHex(text), hex),
  }),
  byText({
    name: 'base64url',
    sample: (chance) => base64url(chance.bytes(chance.between(0, 20))),
    decode: (text) => canonical(text, fromBase64url(text), base64url),
  }),
  { name: 'UTF-8', sample: () => utf8('é語🌳'), decode: (bytes) => fromUtf8(bytes) },
  byText({
    name: 'text of a token',
    sample: (chance) => base64url(chance.bytes(80)),
    decode: fromTokenText,
  }),
  byText({
    name: 'link',
    sample: (chance) =>
      linkText({
        kind: chance.pick(['join', 'setup']),
        origin: chance.pick(['http://127.0.0.1:7070', 'https://copse.example']),
        node: key(chance.bytes(32)),
        seed: chance.bytes(32),
      }),
    decode: parseLink,
  }),
  byText({
    name: 'phrase',
    sample: (chance) => phraseOf(chance.bytes(32)),
    decode: explainPhrase,
  }),
  byText({
    name: 'caller address',
    sample: (chance) => chance.pick(['::ffff:10.0.0.1', '2001:db8::1%eth0', '10.1.2.3', 'fe80::1, 1.2.3.4']),
    decode: (text) => callerAddress({ peer: text, forwarded: text, proxied: true }),
  }),
  byText({
    name: 'turn of a replay',
    sample: () => JSON.stringify({ from: 0, to: 5 }),
    decode(text) {
      parseTurn(text);
    },
  }),
  byText({
    name: 'report of a replay',
    sample: (chance) =>
      JSON.stringify(
        chance.pick([{ kind: 'ready' }, { kind: 'turned', to: 3 }, { kind: 'failed', message: 'x' }]),
      ),
    decode: parseReport,
  }),
  byText({
    name: 'setting',
    codes: ['config'],
    sample: (chance) =>
      chance.pick(['port=7070', 'host=127.0.0.1', 'signup=open', 'proxied=true', 'retainDays=3']),
    decode(text) {
      const [name = '', ...rest] = text.split('=');
      const value = rest.join('=');
      readSettings({ flags: { [name]: value }, environment: {}, file: {} });
    },
  }),
];
