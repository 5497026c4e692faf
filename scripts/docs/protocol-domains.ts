/**
 * The table of all domains (SPEC C2): labels are read from the sources, what each is for is said here. A
 * label without a sentence, or a sentence without a label, stops the generator.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What others must know to speak the protocol. */
const SPOKEN: Readonly<Record<string, string>> = {
  'id/user': 'hash: id of a user',
  'id/device': 'hash: id of a device',
  'id/site': 'hash: id of a site',
  'id/object': 'hash: id of a signed object',
  'user/sign': "derive: a user's Ed25519 seed",
  'user/agree': "derive: a user's X25519 secret",
  'capability/attestation': 'signed objects',
  'capability/blessing': 'signed objects',
  'capability/revocation': 'signed objects',
  'handshake/request': 'hash: h1',
  'handshake/challenge': 'hash: h2',
  'handshake/response': 'hash: h3',
  'handshake/challenge-key': 'expand: key of a flight',
  'handshake/response-key': 'expand: key of a flight',
  'handshake/server-mac-key': 'expand: MAC key of the node',
  'handshake/client-mac-key': 'expand: MAC key of the device',
  'handshake/server': 'sign: by the node',
  'handshake/client': 'sign: by the device',
  'handshake/server-mac': 'mac: by the node',
  'handshake/client-mac': 'mac: by the device',
  'handshake/to-server': 'expand: traffic secret',
  'handshake/to-client': 'expand: traffic secret',
  'channel/key': 'expand: key of a direction',
  'channel/next': 'expand: next secret of a direction',
  'token/secret': 'mac: secret of a token, under the key of its shard',
  'token/resume': 'mac: by a device that connects again',
  connect: 'sign: a proof of possession',
  refresh: 'sign: a proof of possession',
  'invite/look': 'sign: a proof of possession',
  'invite/admit': 'sign: a proof of possession',
  'invite/agree': "derive: an invitation's X25519 secret",
  'token/key': "derive: a shard's key of tokens",
  'log/chain': 'hash: the chain of a log before its first entry',
  'log/leaf': 'signed objects: a leaf of the log of a node',
  'log/label-user': 'hash: label of a user',
  'log/label-node': 'hash: label of a node',
  'log/label-name': 'hash: label of a claimed name',
  'log/label-email': 'hash: label of an e-mail address',
  'tail/proof': 'sign: a device presents a proof',
  'tail/proof-hash': 'hash: of a proof',
  'site/envelope': 'info of HPKE',
  'site/link': 'derive: key of the link to the epoch before',
  'site/own': 'derive: key of what a user keeps for herself',
  'site/succession': 'derive: what shows that the maker of a key set held the key before',
  'site/commitment': 'derive: what binds a key set to its key',
  'site/set-part': 'hash: envelopes of one part of a key set',
  'site/set-parts': 'hash: all parts of a key set',
  'social/moved': 'sign: a new key agrees to go on for an old one',
  'account/issue': 'signed objects: the node makes an account',
  'account/add': 'signed objects: somebody lets somebody in',
  'account/give': 'signed objects: accounts are given on',
  'account/take': 'signed objects: accounts are taken back',
  'account/name': 'signed objects: an account is named',
  'account/replace': 'signed objects: an account goes over to another key',
  'account/consent': 'sign: the new key of an account agrees',
  'account/succeed': 'signed objects: the key of a reset takes a place',
  'account/remove': 'signed objects: accounts are removed',
  'account/restore': 'signed objects: and come back',
  'account/look': 'sign: a proof of possession',
  'account/audit': 'hash: the chain of operations on accounts',
  'social/message': 'signed objects: messages',
  'id/message': 'hash: id of a message, over its payload',
  'social/tag': 'hash: under which a tag is found',
  'stranger/work': 'hash: work of a stranger for a message, its recipient and a node',
  'capability/key-set': 'signed objects',
  'capability/device-key': 'signed objects',
  'capability/user-key': 'signed objects',
  'device/agree': "derive: a device's X25519 secret",
  'user/link': 'derive: key of the link to the generation before',
  'user/envelope': 'info of HPKE',
  'site/folder-name': 'mac: first half of the id of a log',
  'site/log-name': 'mac: second half of the id of a log',
  'site/label': 'derive: key of labels',
  'site/mention': 'derive: tag of a user whom an entry mentions',
  'site/note': 'derive: key of notes',
  'entry/key': "derive: key of one device's entries",
  'hand-over/commitment': 'hash: commitment of a device that waits',
  'hand-over/transcript': 'hash: what two devices have seen of one another',
  'hand-over/code': 'hash: digits that are compared',
  'hand-over/seal': 'derive: key of what is handed over',
  'invite/sealed': 'info of HPKE: an invitation for one user',
  'trust/digits': 'hash: digits by which two people compare their keys',
  'file/tree': 'hash: leaves and nodes of the tree over the chunks of a file',
  'file/address': 'hash: address of a file',
  'file/grant': 'signed objects',
  'file/ticket-request': 'signed objects',
  'recovery/code': 'derive: secret of a recovery code',
  'recovery/sign': "derive: a user's recovery key",
  'recovery/signer': 'hash: fingerprint of a recovery key',
  'recovery/id': 'derive: id of a recovery at one realm',
  'recovery/card': 'sign: a recovery card',
  'recovery/card-key': 'derive: key of a sealed card',
  'recovery/input': 'input of the oblivious function',
  'recovery/mask': 'derive: pad of a share',
  'recovery/unlock': 'derive: key by which a recovery is proven',
  'recovery/check': 'hash: tells a right PIN from a wrong one',
  'recovery/tag': 'mac: opens one realm',
  'recovery/share': 'mac: commitment to a share',
  'recovery/payload': 'derive: key of what is recovered',
  'recovery/own': 'sign: a proof of possession, by the recovery key',
  'recovery/part': 'hash: what a realm is given to keep',
  'recovery/admit': 'sign: a proof of possession, by a user or a grant',
  'recovery/compare': 'hash: code that two people compare',
  'recovery/readmit': 'info of HPKE',
  'recovery/reset': 'sign: a proof of possession, by a new user key',
};

/** What stays inside one program: listed so that nobody takes the label for something else. */
const INSIDE: Readonly<Record<string, string>> = {
  'id/guests': 'hash: the account of what guests bring to a node',
  'account/file': 'hash: the chain of the records of an account file',
  'stranger/price': 'MAC: a price that a node has said',
  'social/own': 'hash: under which a store finds what somebody did to a message of hers',
  'client/roster-row': 'hash: row of a roster that a device has checked',
  'handshake/cookie': "mac: a node's cookies",
  'auth/recovery-decoy': 'derive: secret of the answers about unknown recoveries',
  'auth/recovery-decoy-card': 'derive: card of an unknown recovery',
  'auth/recovery-decoy-seed': 'derive: key of an unknown recovery',
  'auth/recovery-decoy-tag': 'derive: tag of an unknown recovery',
  'auth/setup': "derive: a node's secret of the first start",
  'token/log': "hash: site and log in a lease's token",
  'auth/token-root': "derive: a node's root of token keys",
  'auth/attempt': 'hash: an attempt to get a token',
  'digest/secret': "derive: a node's secret of the links of digests",
  'digest/link': 'mac: the link that ends a digest',
  'email/nonce': 'hash: nonce of a sign-in with a provider',
  'email/account': 'hash: an account at a provider',
  'log/openings': "derive: a node's secret of e-mail openings",
  'log/opening': 'mac: the opening of one e-mail address',
  'notify/row': 'hash: row of what a user hears, between the services of a node',
  'notify/update': 'hash: an update of what a user hears',
  'journal/record': 'hash: the chain of a journal',
  'store/chunk': 'hash: a chunk',
  'file/ticket-key': "derive: a node's key of tickets for uploads",
  'file/ticket': 'mac: a ticket for uploads',
  'blob/key': "derive: a node's key of the addresses of blobs",
  'blob/address': 'mac: the address of a blob, with its end',
  'stream/site': 'hash: the site of streams that belong to none',
  'stream/state': 'hash: the log with what is known of a stream',
  'stream/data': 'hash: the log with the data of a stream',
  'stream/writer': 'hash: the device that stands for a writer over HTTP',
  'social/state': 'derive: key of what the devices of a user share over a node',
  'import/author': 'derive: seed of who wrote what was imported',
  'keep/row': "derive: key of a device's kept secrets",
  'keep/passphrase': 'derive: what a passphrase opens of the lock of a keep',
  'keep/passkey': 'derive: what a passkey opens of the lock of a keep',
};

const DECLARATION = /^const \w+ = domain\(\s*'([^']+)',?\s*\)/gm;

/** The labels that the product declares. */
function declaredLabels(root: string): ReadonlySet<string> {
  const labels = new Set<string>();
  for (const folder of ['core/src', 'server/src']) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.includes('node_modules')) continue;
      const text = readFileSync(join(root, folder, name), 'utf8');
      for (const [, label = ''] of text.matchAll(DECLARATION)) labels.add(label);
    }
  }
  return labels;
}

/** Labels that the text of the page must mention. */
export const spokenLabels: readonly string[] = Object.keys(SPOKEN);

export function isLabel(label: string): boolean {
  return label in SPOKEN || label in INSIDE;
}

export function domainsTable(root: string): string {
  const declared = declaredLabels(root);
  const described = { ...SPOKEN, ...INSIDE };
  const silent = [...declared].filter((label) => !(label in described));
  if (silent.length > 0) throw new Error(`no sentence about the domains ${silent.join(', ')}`);
  const gone = Object.keys(described).filter((label) => !declared.has(label));
  if (gone.length > 0) throw new Error(`no source declares the domains ${gone.join(', ')}`);
  const row = ([label, use]: readonly [string, string]): string => `| \`${label}\` | ${use} |`;
  return [
    '| label | use |',
    '|---|---|',
    ...Object.entries(SPOKEN).map(row),
    '',
    'Never spoken, and free for each implementation to choose: ' +
      `${Object.entries(INSIDE)
        .map(([label, use]) => `\`${label}\` (${use})`)
        .join(', ')}.`,
  ].join('\n');
}
