/** The short way: a provider whose document shows what this device knows of it. */

import type { Log } from 'copse';
import type { Doc } from 'yjs';
import { CopseProvider, type ProviderOptions } from './provider.ts';

/** Resolves when the document can be shown; the node may not have been asked yet (`synced` says so). */
export async function openDocument(
  log: Log<Uint8Array>,
  doc: Doc,
  options: ProviderOptions = {},
): Promise<CopseProvider> {
  const provider = new CopseProvider(log, doc, options);
  try {
    await provider.ready;
    return provider;
  } catch (thrown) {
    provider.destroy();
    throw thrown;
  }
}
