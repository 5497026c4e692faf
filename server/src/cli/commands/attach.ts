/** Files of a post (SPEC Z62): they lie on the node of who posts, and what a camera wrote beside a picture stays here. */

import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { altTextBytesMax, peerAttachmentsMax } from 'copse/internal/base/limits-peer.ts';
import { barePictureOf } from 'copse/internal/browser/bare-picture.ts';
import type { Copse } from 'copse/internal/client/index.ts';
import type { Attachment } from 'copse/internal/social/message/terms.ts';
import { typeOf } from './files.ts';

/** `alts` say what the files show, in their order. */
export async function attached(
  copse: Copse,
  paths: readonly string[],
  alts: readonly string[],
): Promise<readonly Attachment[]> {
  check(paths, alts);
  const found: Attachment[] = [];
  for (const [at, path] of paths.entries()) {
    const type = typeOf(path);
    const bytes = await barePictureOf(Bun.file(path), type);
    const info = await (await copse.files()).upload(bytes, { name: basename(path), type });
    const address = must(fromHex(info.address), 'an address is in hex');
    found.push({ address, size: info.size, type: info.type, alt: alts[at] ?? '' });
  }
  return found;
}

/** Before the first one is uploaded. */
function check(paths: readonly string[], alts: readonly string[]): void {
  if (paths.length > peerAttachmentsMax)
    throw new Fault('usage', `A post has at most ${peerAttachmentsMax} files.`);
  if (alts.length > paths.length) throw new Fault('usage', 'Each --alt says what one --attach shows.');
  for (const path of paths)
    if (!existsSync(path) || !statSync(path).isFile()) throw new Fault('usage', `There is no file ${path}.`);
  if (alts.some((alt) => utf8(alt).length > altTextBytesMax))
    throw new Fault('usage', `What a file shows is said in at most ${altTextBytesMax} bytes.`);
}
