/** The neighbourhood for who has no account: signed with a key that this browser makes once and keeps. */

import { askNodeKey } from 'copse/internal/client/node-key.ts';
import { openNeighbourhood } from 'copse/internal/browser/neighbourhood.ts';
import { browserRuntime } from 'copse/internal/browser/runtime.ts';
import { workWorkerUrl } from '../kit/dom.ts';
import type { Visit } from './sdk-street.ts';

const SECRET = 'visitor/secret';
const SECRET_BYTES = 32;

export async function visit(url: string): Promise<Visit> {
  const [node, secret] = await Promise.all([askNodeKey(url), visitorSecret(url)]);
  const workWorker = (): Worker => new Worker(workWorkerUrl(), { type: 'module' });
  return openNeighbourhood({ url, node, secret, worker: null, workWorker });
}

/** The same at every visit, so that whom it was accepted from is known by it; apart from the keys of an account. */
async function visitorSecret(url: string): Promise<Uint8Array> {
  const runtime = browserRuntime(`${new URL(url).host}/visitor`);
  const keep = await runtime.openKeep(url);
  try {
    const kept = await keep.get(SECRET);
    if (kept !== null) return kept;
    const made = runtime.env.random(SECRET_BYTES);
    await keep.write([{ name: SECRET, value: made, secret: true }], 'strict');
    return made;
  } finally {
    await keep[Symbol.asyncDispose]();
  }
}
