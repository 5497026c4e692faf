/** The judges: independent implementations and public vectors, and what each of them compares with copse. */

import { published } from './published.ts';

export interface Judge {
  readonly name: string;
  readonly compares: string;
  /** The published files that it asks; they import others. */
  readonly asks: readonly string[];
  /** What it builds by itself instead: nothing of that kind is published. */
  readonly builds?: string;
}

const { native, browser, phrase, node, program } = published;

export const judges: readonly Judge[] = [
  {
    name: 'crypto',
    compares:
      'the primitives on Bun, Node and Chromium with Wycheproof, C2SP CCTV, the vectors of BIP39 and those of the RFCs',
    asks: [native, browser, phrase],
  },
  {
    name: 'cose',
    compares: 'signed objects, CBOR and whole proofs with python3-cbor2 and python3-nacl, in both directions',
    asks: [native, program],
  },
  {
    name: 'hpke',
    compares: 'HPKE with the vectors of RFC 9180, `@hpke/core` and `hpke`, in both directions',
    asks: [native, browser],
  },
  {
    name: 'oprf',
    compares:
      'the oblivious function and the shares of recovery with the vectors of RFC 9497 and Python over libsodium',
    asks: [native],
  },
  {
    name: 'pow',
    compares:
      'zero bits with the examples of NIP-13, `nostr-tools` and Python, and stamps of work with Python over hashlib, in both directions',
    asks: [native],
  },
  {
    name: 'tlog',
    compares:
      "the log of a running node with the Merkle vectors of transparency-dev and Go's sumdb/tlog and sumdb/note",
    asks: [native, node, program],
  },
  {
    name: 'oidc',
    compares: 'signing in with e-mail with the certified `oidc-provider`, honest and spoilt on the way',
    asks: [native, node],
  },
  {
    name: 'dpop',
    compares:
      'proofs of possession at a running node with `jose`, the certified `openid-client` and python3-jwt',
    asks: [native, program],
  },
  {
    name: 'webpush',
    compares:
      'notifications with the examples of RFC 8291 and RFC 8188, `http_ece`, `web-push`, `jose` and a Firefox that subscribes',
    asks: [native, node],
  },
  {
    name: 'protocol',
    compares:
      'vectors, verdicts on spoilt bytes and a running node with a second implementation, in Python from docs/protocol.md',
    asks: [native, program],
  },
  {
    name: 'durable-streams',
    compares: 'streams of a running node with the public conformance suite of the Durable Streams protocol',
    asks: [program],
  },
  {
    name: 'files',
    compares: 'uploads to a running node, and what it gives out of them, with `tus-js-client` and Node',
    asks: [native, program],
  },
  {
    name: 'negentropy',
    compares:
      'sets compared by ranges with `nostr-tools` and with the reference implementation of negentropy, in both directions',
    asks: [native],
  },
  {
    name: 'a11y',
    compares:
      'every page of the app, in light and dark, wide and as narrow as a phone, with the rules of axe-core for WCAG 2.2 AA',
    asks: [],
    builds: 'the app from its sources, with people and a node that stand in',
  },
];
