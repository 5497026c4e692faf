/** The short way: a provider whose document shows what this device knows of it. */

import type { Doc } from 'yjs';
import type { DocumentLog } from './document-log.ts';
import { CopseProvider, type ProviderOptions } from './provider.ts';

/** Resolves when the document can be shown; the node may not have been asked yet (`synced` says so). */
export async function openDocument(
  log: DocumentLog,
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
