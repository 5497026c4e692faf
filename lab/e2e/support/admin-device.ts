/**
 * A device of an admin in a process of its own: it does what the node leases to it, and says a line when it
 * begins. Whoever started it kills it.
 */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { MemoryKeep } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';

const [, , url, secret] = process.argv;
const options = {
  keep: new MemoryKeep(),
  secret: must(fromHex(must(secret, 'the secret of a user')), 'hex'),
};
const copse = await openCopse(must(url, 'the address of a node'), options);
while (copse.sites.get().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
console.log('ready');
