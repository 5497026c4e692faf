/** Watching peers as a part of the node: of a node that is told of none, nothing of it is loaded. */

import type { Figure } from '../metrics.ts';
import type { Settings } from '../settings.ts';
import type { Cosigning, CosigningOptions } from './cosigning.ts';
import { peersOf } from './peers.ts';

export class NodeWitness implements AsyncDisposable {
  #cosigning: Cosigning | null = null;

  /** Once the node listens, because its peers may ask it back. */
  async begin(
    { cosign, cosignSeconds }: Settings,
    parts: Omit<CosigningOptions, 'peers' | 'everyMs'>,
  ): Promise<void> {
    const peers = peersOf(cosign) ?? [];
    if (peers.length === 0) return;
    const { Cosigning: Watch } = await import('./cosigning.ts');
    this.#cosigning = await Watch.open({ ...parts, peers, everyMs: cosignSeconds * 1000 });
  }

  figures(): readonly Figure[] {
    return this.#cosigning?.figures() ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cosigning?.[Symbol.asyncDispose]();
  }
}
