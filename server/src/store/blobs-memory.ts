/** Blobs in memory: for tests and the simulator. */

import type { BlobStore } from './blobs.ts';

export class MemoryBlobs implements BlobStore {
  readonly place = 'memory';
  readonly bytesByName = new Map<string, Uint8Array>();
  /** Comes before every operation: where it takes its time, or fails. */
  before: (operation: 'put' | 'get' | 'delete') => Promise<void> = () => Promise.resolve();

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.before('put');
    this.bytesByName.set(name, bytes.slice());
  }

  async get(name: string): Promise<Uint8Array | null> {
    await this.before('get');
    return this.bytesByName.get(name)?.slice() ?? null;
  }

  async delete(name: string): Promise<void> {
    await this.before('delete');
    this.bytesByName.delete(name);
  }

  address(): null {
    return null;
  }
}
