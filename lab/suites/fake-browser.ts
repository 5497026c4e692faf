/**
 * The part of a browser that tabs agree through: locks and broadcast channels, in simulated time. A tab
 * can be closed politely or be gone at once, as when it crashes or the machine reclaims it.
 */

// Loaded later by a tab; simulated time does not wait for a disk (`sim/system/warm.ts`).
import 'copse/internal/browser/tab-line.ts';
import type { TabChannel, TabsAmbience } from 'copse/internal/browser/tabs.ts';
import { tabs } from 'copse/internal/browser/tabs.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { MemoryKeep } from 'copse/internal/client/keep.ts';
import { openWith, type Runtime } from 'copse/internal/client/open.ts';
import type { OpenOptions } from 'copse/internal/client/types.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { SimEnv, World } from '../sim/world.ts';
import { lasting } from './sim-machine.ts';
import { NODE_URL, type SimNode } from './sim-node.ts';

const primitives = nativePrimitives();

interface Request {
  readonly tab: FakeTab;
  readonly grant: () => void;
}

interface Listener {
  readonly tab: FakeTab;
  readonly onMessage: (message: unknown) => void;
}

export class FakeBrowser {
  readonly world: World;
  readonly node: SimNode;
  readonly keep = new MemoryKeep();
  readonly #holderByLock = new Map<string, FakeTab>();
  readonly #requestsByLock = new Map<string, Request[]>();
  readonly #listenersByChannel = new Map<string, Set<Listener>>();
  #count = 0;

  constructor(world: World, node: SimNode) {
    this.world = world;
    this.node = node;
  }

  tab(): FakeTab {
    return new FakeTab(this, `tab ${++this.#count}`);
  }

  lock(tab: FakeTab, name: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const request: Request = {
        tab,
        grant: () => {
          this.#holderByLock.set(name, tab);
          resolve(() => this.#release(name, tab));
        },
      };
      const requests = this.#requestsByLock.get(name) ?? [];
      this.#requestsByLock.set(name, requests);
      requests.push(request);
      signal.addEventListener('abort', () => {
        const place = requests.indexOf(request);
        if (place < 0) return;
        requests.splice(place, 1);
        reject(new Error('aborted'));
      });
      this.#grantNext(name);
    });
  }

  lockIfFree(tab: FakeTab, name: string): Promise<(() => void) | null> {
    return new Promise((resolve) => {
      this.world.at(this.world.chance.unit(), () => {
        if (tab.isGone || this.#holderByLock.has(name)) return resolve(null);
        this.#holderByLock.set(name, tab);
        return resolve(() => this.#release(name, tab));
      });
    });
  }

  #grantNext(name: string): void {
    this.world.at(this.world.chance.unit(), () => {
      if (this.#holderByLock.has(name)) return;
      this.#requestsByLock.get(name)?.shift()?.grant();
    });
  }

  #release(name: string, tab: FakeTab): void {
    if (this.#holderByLock.get(name) !== tab) return;
    this.#holderByLock.delete(name);
    this.#grantNext(name);
  }

  channel(tab: FakeTab, name: string, onMessage: (message: unknown) => void): TabChannel {
    const own: Listener = { tab, onMessage };
    const listeners = this.#listenersByChannel.get(name) ?? new Set();
    this.#listenersByChannel.set(name, listeners.add(own));
    return {
      post: (message) => {
        if (tab.isGone || !listeners.has(own)) return;
        const copy = typeof message === 'string' ? message : message.slice();
        const others = [...listeners].filter((each) => each !== own);
        for (const other of others) {
          tab.inOrder(name, () => {
            if (listeners.has(other)) other.onMessage(copy);
          });
        }
      },
      close: () => listeners.delete(own),
    };
  }

  /** Everything that the tab held is free. */
  forget(tab: FakeTab): void {
    for (const listeners of this.#listenersByChannel.values()) {
      for (const each of listeners) if (each.tab === tab) listeners.delete(each);
    }
    for (const requests of this.#requestsByLock.values()) {
      const others = requests.filter((request) => request.tab !== tab);
      requests.splice(0, requests.length, ...others);
    }
    const held = [...this.#holderByLock].filter(([, holder]) => holder === tab);
    for (const [name] of held) this.#release(name, tab);
  }

  /** The tab that has the home, by the lock that says so. */
  leader(): FakeTab | undefined {
    return [...this.#holderByLock].find(([name]) => name.endsWith('/home'))?.[1];
  }
}

export class FakeTab {
  readonly name: string;
  readonly env: SimEnv;
  readonly #browser: FakeBrowser;
  readonly #links = new Set<Link>();
  readonly #readyAtMs = new Map<string, number>();
  isGone = false;
  copse: Copse | null = null;

  constructor(browser: FakeBrowser, name: string) {
    this.#browser = browser;
    this.name = name;
    this.env = browser.world.env(name);
  }

  /** Messages of one channel arrive in the order in which they were posted. */
  inOrder(channel: string, deliver: () => void): void {
    const { world } = this.#browser;
    const atMs = Math.max(this.#readyAtMs.get(channel) ?? 0, world.nowMs + world.chance.unit());
    this.#readyAtMs.set(channel, atMs);
    world.at(atMs - world.nowMs, deliver);
  }

  async open(options: OpenOptions = {}): Promise<Copse> {
    const { node, keep } = this.#browser;
    const ambience: TabsAmbience = {
      env: this.env,
      tab: this.name.replace(' ', '-'),
      lock: (name, signal) => this.#browser.lock(this, name, signal),
      lockIfFree: (name) => this.#browser.lockIfFree(this, name),
      channel: (name, onMessage) => this.#browser.channel(this, name, onMessage),
    };
    const runtime: Runtime = {
      env: this.env,
      primitives,
      connectivity: null,
      sharing: tabs(ambience, 'test'),
      deviceName: 'browser',
      dial: (url) => {
        const link = node.dial(url);
        this.#links.add(link);
        return link;
      },
      openKeep: async () => lasting(keep),
      askKey: async () => node.key,
    };
    this.copse = await openWith(runtime, NODE_URL, options);
    return this.copse;
  }

  /** Gone at once: nothing it had left to say is said. */
  kill(): void {
    this.isGone = true;
    this.env.kill();
    for (const link of this.#links) link.close();
    this.#browser.forget(this);
  }
}
