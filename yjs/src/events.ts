/** Events under the names that bindings of editors listen to, as other providers of Yjs have them. */

export interface ProviderEvents {
  /** Whether the document has all that the node has. */
  sync: (isSynced: boolean) => void;
  /** The same under the name that some bindings use. */
  synced: (isSynced: boolean) => void;
  status: (status: { readonly status: ProviderStatus }) => void;
}

export type ProviderStatus = 'connecting' | 'connected' | 'disconnected';

type Listeners = { readonly [Name in keyof ProviderEvents]: Set<ProviderEvents[Name]> };

export class Events {
  readonly #listeners: Listeners = { sync: new Set(), synced: new Set(), status: new Set() };

  on<Name extends keyof ProviderEvents>(name: Name, listener: ProviderEvents[Name]): void {
    this.#of(name)?.add(listener);
  }

  off<Name extends keyof ProviderEvents>(name: Name, listener: ProviderEvents[Name]): void {
    this.#of(name)?.delete(listener);
  }

  /** Bindings also listen to what only other providers have (`reload`, `update`): that never happens here. */
  #of<Name extends keyof ProviderEvents>(name: Name): Listeners[Name] | undefined {
    return this.#listeners[name];
  }

  sync(isSynced: boolean): void {
    for (const listener of [...this.#listeners.sync, ...this.#listeners.synced]) listener(isSynced);
  }

  status(status: ProviderStatus): void {
    const listeners = [...this.#listeners.status];
    for (const listener of listeners) listener({ status });
  }

  clear(): void {
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
  }
}
