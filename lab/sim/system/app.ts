/**
 * An application on the SDK with its device: processes come and go, the storage stays, and what it held when
 * a process ended is owed to the log (SPEC S2).
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import type { Link } from 'copse/internal/link/link.ts';
import type { SimPeers } from '../peers.ts';
import type { World } from '../world.ts';
import { AppProcess, type Pending } from './app-process.ts';
import type { Ciphers } from './ciphers.ts';
import type { SimStorage } from './keep.ts';
import type { Meeting } from './meeting.ts';

export interface AppOptions {
  readonly world: World;
  readonly ciphers: Ciphers;
  readonly name: string;
  readonly storage: SimStorage;
  readonly meeting: Meeting;
  /** Names of those whom this one invites. It founds the site; null when it is a guest. */
  readonly guests: readonly string[] | null;
  /** The application whose user's second device this is. */
  readonly secondOf: App | null;
  readonly dial: (name: string, url: string) => Link;
  /** Its ways to others without the node, or null. */
  readonly peers: SimPeers | null;
  /** Its storage may refuse what it is told to keep. */
  readonly mayForget: boolean;
  /** An append of it was acknowledged. */
  readonly onAcked: () => void;
  /** Whether the node has had the newest key of the site for this user long enough. */
  readonly isOwedKey: (user: UserId | undefined) => boolean;
  /** Bytes after which its folds make snapshots; 0: it folds nothing. */
  readonly worthBytes: number;
  /** Pause of the application between two entries, milliseconds. */
  readonly appMs: number;
}

/** A row of the queue begins with the id of its append. */
const ID_BYTES = 8;

export class App {
  readonly options: AppOptions;
  process: AppProcess | null = null;
  /** Number of the next append. */
  n = 1;
  /** How often its process was killed. */
  crashCount = 0;
  /** Some run of it has come into the site. */
  hasEntered = false;
  /** Its device is being ended, or has been. */
  isEnding = false;
  /** Its device has been ended: what it asks for from now on must not appear. */
  isRevoked = false;
  /** Its application reads without a pause from now on. */
  isHurried = false;
  /** It does not start again before somebody else has done its work. */
  isAway = false;
  /** Logs that it leads whenever it can, in every run of it. */
  readonly leads = new Set<string>();
  readonly #owed: Pending[] = [];
  #user: UserId | undefined;

  constructor(options: AppOptions) {
    this.options = options;
    this.start();
  }

  get name(): string {
    return this.options.name;
  }

  /** Also while it does not run. */
  get user(): UserId | undefined {
    return this.process?.user ?? this.#user;
  }

  start(): void {
    if (this.process !== null || this.isAway) return;
    this.options.world.note(`${this.name} starts`);
    this.process = new AppProcess(this);
  }

  /** The process is gone at once. */
  crash(isPowerLost: boolean): void {
    const { process } = this;
    if (process === null) return;
    this.options.world.note(`${this.name} ${isPowerLost ? 'loses its power' : 'crashes'}`);
    this.#user = this.user;
    this.process = null;
    this.crashCount++;
    process.kill(isPowerLost);
    this.options.storage.crash(isPowerLost);
    this.#owe(process.pending());
  }

  /** What storage holds when a process ends is appended by one that comes later (SPEC S2). */
  #owe(pending: ReadonlyMap<string, Pending>): void {
    for (const [name, row] of this.options.storage.rows()) {
      const owed = name.startsWith('queue/') ? pending.get(hex(row.subarray(0, ID_BYTES))) : undefined;
      if (owed !== undefined) this.#owed.push(owed);
    }
  }

  /** The node was set back: what was owed may have been appended, and be lost with the rest. */
  setBack(): void {
    this.#owed.length = 0;
  }

  conclude(): void {
    if (this.isEnding || this.options.meeting.past.isTorn) return;
    this.process?.conclude();
    this.process?.folding?.conclude();
    for (const { value, history } of this.#owed) {
      const isKnown = history.isPlaced(value) || history.first > 1;
      if (!isKnown) this.options.world.fail('S2', `${this.name}: ${value} was kept and never appended`);
    }
  }

  /** The application closes its device in good order. */
  async close(): Promise<void> {
    const { process } = this;
    if (process === null || process.isOver) return;
    const pending = process.kept();
    await process.close();
    if (this.process !== process) return;
    // An orderly end loses nothing, whatever the storage was doing.
    if (!this.options.mayForget) this.#owed.push(...pending);
    this.options.world.note(`${this.name} is closed`);
    this.crash(false);
  }

  append(options: { readonly count: number; readonly bytes: number; readonly conditional: boolean }): void {
    for (let i = 0; i < options.count; i++) this.process?.append(this.n++, options);
  }

  lead(log: string): void {
    this.leads.add(log);
    void this.process?.leading.lead(log);
  }

  stopLeading(log: string): void {
    if (this.leads.delete(log)) void this.process?.leading.stop(log);
  }

  get isReady(): boolean {
    return this.process?.isReady === true;
  }

  /** Whether nothing waits and its readers are at the end. */
  get isIdle(): boolean {
    return this.isEnding || this.process?.isIdle === true;
  }

  describe(): string {
    return `${this.name}: ${this.process?.describe() ?? 'not running'}`;
  }
}
