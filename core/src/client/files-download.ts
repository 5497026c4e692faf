/** Files from whoever has them (SPEC Z45): every chunk is checked against the address before anybody sees it. */

import { manifestShape } from '../api/files.ts';
import { equal, fromHex, hex } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { addressOf, areDigestsOf, chunkCountOf, chunkRange, type Manifest } from '../social/files/address.ts';
import { hashBytes } from '../crypto/merkle.ts';
import { isContentType } from '../social/files/content-type.ts';
import { askPatiently, packed, packedIn, type FileTools } from './files-http.ts';

/** What is known of a file before its bytes. */
export interface FilePlan {
  readonly address: string;
  readonly manifest: Manifest;
  readonly digests: readonly Uint8Array[];
}

export type DownloadTools = Pick<FileTools, 'env' | 'primitives'> & {
  readonly digest: (bytes: Uint8Array) => Promise<Uint8Array>;
};

/** The manifest of an address, from the first of these nodes that has it. */
export async function planOf(
  tools: DownloadTools,
  address: string,
  { origins, signal }: { readonly origins: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<FilePlan> {
  return firstOf(origins, async (origin) => {
    const url = `${origin}/files/${address}/manifest`;
    const { chunks, ...manifest } = await packedIn(
      manifestShape,
      await askPatiently(tools, { method: 'GET', url, signal, ...packed() }),
    );
    const digests = Array.from({ length: Math.floor(chunks.length / hashBytes) }, (_, at) =>
      chunks.slice(at * hashBytes, (at + 1) * hashBytes),
    );
    const isSound = isContentType(manifest.type) && areDigestsOf(tools.primitives, manifest, digests);
    const wanted = fromHex(address);
    if (!isSound || wanted === null || !equal(addressOf(tools.primitives, manifest), wanted))
      throw new Fault('corrupt', 'what a node says about a file is not of its address');
    return { address, manifest, digests };
  });
}

/** A chunk of the file, from the first of these nodes that has it as it should be. */
export async function chunkOf(
  tools: DownloadTools,
  { address, manifest, digests }: FilePlan,
  at: number,
  { origins, signal }: { readonly origins: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const { from, to } = chunkRange(manifest.size, at);
  return firstOf(origins, async (origin) => {
    const headers = { range: `bytes=${from}-${to - 1}` };
    const answer = await askPatiently(tools, {
      method: 'GET',
      url: `${origin}/files/${address}`,
      headers,
      signal,
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const wanted = digests[at];
    if (bytes.length !== to - from || wanted === undefined || !equal(await tools.digest(bytes), wanted))
      throw new Fault('corrupt', `chunk ${at} of the file ${address} is not what it should be`);
    return bytes;
  });
}

async function firstOf<T>(origins: readonly string[], task: (origin: string) => Promise<T>): Promise<T> {
  let last: Fault = new Fault('unknown', 'nobody is named who may have the file');
  for (const origin of origins) {
    try {
      return await task(origin);
    } catch (thrown) {
      last = asFault(thrown);
    }
  }
  throw last;
}

/** Whether the text is an address of a file. */
export function requireAddress(text: string): string {
  const bytes = fromHex(text);
  if (bytes?.length !== hashBytes)
    throw new Fault('malformed', 'the address of a file is 64 hexadecimal digits');
  return hex(bytes);
}

export { chunkCountOf };
