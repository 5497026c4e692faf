/**
 * Makes the golden vectors: `bun --conditions=copse-source lab/vectors/make.ts`. They are in git, because
 * what proves an implementation must not follow it. When one of them changes, the bytes on the wire have
 * changed: before a release the new hashes go into `vectors.test.ts`, afterwards it is a new version.
 */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accounts } from './make/accounts.ts';
import { cbor } from './make/cbor.ts';
import { blessings, chains } from './make/chains.ts';
import { channel } from './make/channel.ts';
import { entries } from './make/entries.ts';
import { fileText, type VectorFile } from './make/file.ts';
import { files as madeFiles } from './make/files.ts';
import { frames } from './make/frames.ts';
import { handshake } from './make/handshake.ts';
import { identities } from './make/identities.ts';
import { keySets } from './make/key-sets.ts';
import { links } from './make/links.ts';
import { messages } from './make/messages.ts';
import { checkpoints, leaves } from './make/node-log.ts';
import { objects } from './make/objects.ts';
import { peerMessages } from './make/peer-messages.ts';
import { proofs } from './make/proofs.ts';
import { records } from './make/records.ts';
import { recovery } from './make/recovery.ts';
import { envelopes, labels, notes } from './make/sealed.ts';
import { shapes } from './make/shapes.ts';
import { stamps } from './make/stamps.ts';
import { tokens } from './make/tokens.ts';

const files: readonly VectorFile[] = [
  shapes(),
  frames(),
  messages(),
  entries(),
  records(),
  cbor(),
  await objects(),
  await chains(),
  await blessings(),
  tokens(),
  await identities(),
  await envelopes(),
  labels(),
  notes(),
  await links(),
  await proofs(),
  await handshake(),
  channel(),
  await leaves(),
  await checkpoints(),
  await recovery(),
  await keySets(),
  stamps(),
  await peerMessages(),
  await accounts(),
  madeFiles(),
];

for (const file of files) {
  const text = fileText(file);
  writeFileSync(join(import.meta.dirname, file.path), text);
  const hash = createHash('sha256').update(text).digest('hex');
  console.log(`  '${file.path}': '${hash}', // ${file.valid.length} valid, ${file.invalid.length} invalid`);
}
