/**
 * A device of the SDK without the SDK's upper floor: identity, queue, one connection to a tail double over
 * a simulated wire, and logs. Its keep outlives it, so a restart is a new device on the same keep.
 */

import { utf8, fromUtf8 } from 'copse/internal/base/bytes.ts';
import type { Fault } from 'copse/internal/base/fault.ts';
import { key, siteId, userId } from 'copse/internal/base/ids.ts';
import { Identity } from 'copse/internal/client/identity.ts';
import { MemoryKeep, type Keep } from 'copse/internal/client/keep.ts';
import type { Outcome } from 'copse/internal/client/log-outcome.ts';
import { OpenLog } from 'copse/internal/client/open-log.ts';
import { Queue, type Waiting } from 'copse/internal/client/queue.ts';
import { newSiteSecrets, SiteKeys } from 'copse/internal/client/site-keys.ts';
import { openTail, type TailSession } from 'copse/internal/client/tail-session.ts';
import { Upkeep } from 'copse/internal/client/upkeep.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { CALM, Wire, type NetworkFaults, type WireEnd } from '../sim/network.ts';
// What the client loads when it needs it is there already: loading takes real time, which worlds have none of.
import '../sim/system/warm.ts';
import { World, type SimEnv } from '../sim/world.ts';
import { TailDouble } from './tail-double.ts';

export const primitives = nativePrimitives();

const NODE = key(await primitives.ed25519PublicKey(new Uint8Array(32).fill(1)));

/** One world with a tail and a site whose members all hold the same keys. */
export class Stage {
  readonly world: World;
  readonly tail: TailDouble;
  readonly site = siteId('51'.repeat(16));
  readonly secrets;
  readonly node = NODE;
  faults: NetworkFaults = CALM;
  permissions = 3;
  /** Says why no log is leased, or null. */
  leaseRefusal: Fault | null = null;
  /** Says why no device may connect, or null. */
  refusal: Fault | null = null;
  readonly wires = new Set<Wire<Uint8Array>>();

  constructor(seed: number) {
    this.world = new World(seed);
    const env = this.world.env('node');
    this.secrets = newSiteSecrets(env);
    this.tail = new TailDouble({
      env,
      primitives,
      node: this.node,
      userOf: (device) => this.refusal ?? userId(device),
      permissionsOf: () => {
        if (this.leaseRefusal !== null) throw this.leaseRefusal;
        return this.permissions;
      },
    });
  }

  /** A new connection to the tail. */
  link(): Link {
    const wire = new Wire<Uint8Array>({
      world: this.world,
      faults: () => this.faults,
      cargo: {
        sizeOf: (message) => message.length,
        copy: (message) => message.slice(),
        mayDouble: () => false,
      },
      onOver: (over) => this.wires.delete(over),
    });
    this.wires.add(wire);
    this.tail.open(linkOf(wire.ends[1]));
    return linkOf(wire.ends[0]);
  }

  /** Runs the world until `scenario` is over; fails when nothing happens any more or it takes too long. */
  run(scenario: () => Promise<void>, limitMs = 600_000): void {
    const state: { end: { readonly thrown: unknown } | 'well' | null } = { end: null };
    scenario().then(
      () => (state.end = 'well'),
      (thrown: unknown) => (state.end = { thrown }),
    );
    this.world.at(0, () => {});
    while (state.end === null && this.world.nowMs < limitMs && this.world.step());
    const { end } = state;
    if (end === null) {
      throw new Error(`not over after ${this.world.nowMs} ms\n${this.world.lastLines(30).join('\n')}`);
    }
    if (end !== 'well') throw end.thrown;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.at(ms, resolve);
    });
  }

  /** Resolves when `condition` holds. */
  async until(condition: () => boolean, what: string, limitMs = 120_000): Promise<void> {
    const endMs = this.world.nowMs + limitMs;
    while (!condition()) {
      if (this.world.nowMs > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
      await this.pause(5);
    }
  }
}

/** A wire's end as a link; what is sent is copied, because its bytes are valid during the call only. */
function linkOf(end: WireEnd<Uint8Array>): Link {
  return {
    send: (message) => end.send(message.slice()),
    listen: (events) => end.listen(events),
    buffered: () => end.buffered(),
    close: (fault) => end.close(fault),
  };
}

export class Device {
  readonly stage: Stage;
  readonly env: SimEnv;
  readonly identity: Identity;
  readonly queue: Queue;
  readonly keys: SiteKeys;
  readonly upkeep: Upkeep<TailSession>;
  readonly #logs = new Map<string, OpenLog>();
  readonly #leftover = new Map<string, readonly Waiting[]>();
  /** Answers when the log asks for a newer site key. */
  renewKeys: (keyEpoch: number) => Promise<void> = () => Promise.reject(new Error('no newer keys'));
  /** Told when a log is served elsewhere. */
  onMoved: () => void = () => {};
  readonly outcomes = new Map<string, Outcome>();
  #appends = 0;

  private constructor(stage: Stage, env: SimEnv, parts: { identity: Identity; queue: Queue }) {
    this.stage = stage;
    this.env = env;
    this.identity = parts.identity;
    this.queue = parts.queue;
    this.keys = new SiteKeys(primitives, env, stage.site, stage.secrets);
    for (const { place, waiting } of parts.queue.leftover()) this.#leftover.set(place.log, waiting);
    this.upkeep = new Upkeep<TailSession>({
      env,
      attempt: () =>
        openTail({
          env,
          primitives,
          device: this.identity.deviceKey,
          node: stage.node,
          token: new Uint8Array(80),
          again: null,
          link: stage.link(),
          onGoAway: (pauseMs) => this.upkeep.comeBackAfter(pauseMs),
        }),
      onUp: (session) => this.#use(session),
      onDown: () => this.#use(null),
      onState: () => {},
    });
  }

  /** `waitingMax`: entries that its queue takes, when that is what is tested. */
  static async open(
    stage: Stage,
    name: string,
    keep: Keep = new MemoryKeep(),
    waitingMax?: number,
  ): Promise<Device> {
    const env = stage.world.env(name);
    const identity = await Identity.open({ primitives, env, keep });
    return new Device(stage, env, { identity, queue: await Queue.load(keep, waitingMax) });
  }

  #use(session: TailSession | null): void {
    for (const log of this.#logs.values()) log.use(session);
  }

  /** The logs that an earlier run left something for are opened with the others. */
  openLeftover(): void {
    for (const id of this.#leftover.keys()) this.#open(id);
  }

  log(name: string): OpenLog {
    return this.#open(this.keys.logId(name));
  }

  #open(id: string): OpenLog {
    const known = this.#logs.get(id);
    if (known !== undefined) return known;
    const log = new OpenLog(
      {
        env: this.env,
        identity: this.identity,
        queue: this.queue,
        renewKeys: (_, keyEpoch) => this.renewKeys(keyEpoch),
        onMoved: () => this.onMoved(),
        onState: () => {},
      },
      { keys: this.keys, permissions: () => this.stage.permissions },
      { id: id as OpenLog['log'], leftover: this.#leftover.get(id) ?? [] },
    );
    log.audience.listeners.add({
      onState: () => {},
      onWaiting: () => {},
      onSettled: (name, outcome) => this.outcomes.set(name, outcome),
      onSaid: () => {},
      onPresent: () => {},
    });
    this.#logs.set(id, log);
    const session = this.upkeep.connected;
    if (session !== null) log.use(session);
    return log;
  }

  /** Appends a text and answers its outcome. */
  append(log: OpenLog, text: string, at: number | null = null): Promise<Outcome> {
    const id = this.newId();
    log.append({ id, value: utf8(text), at, timeMs: this.env.wallMs(), foreign: false });
    return this.outcomeOf(id);
  }

  newId(): string {
    this.#appends++;
    return `${this.identity.epoch.toString(16).padStart(8, '0')}${this.#appends.toString(16).padStart(8, '0')}`;
  }

  async outcomeOf(id: string): Promise<Outcome> {
    await this.stage.until(() => this.outcomes.has(id), `the outcome of ${id}`, 400_000);
    return this.outcomes.get(id)!;
  }

  /** Reads texts from a position on until `isEnough`. */
  async read(log: OpenLog, from: number, isEnough: (texts: readonly string[]) => boolean): Promise<string[]> {
    const reader = log.read(from);
    const texts: string[] = [];
    while (!isEnough(texts)) {
      const taken = await reader.take(1 << 16);
      if (taken === null) break;
      if (taken.kind === 'gap') texts.push(`gap ${taken.gap.from}-${taken.gap.to}`);
      else for (const item of taken.items) texts.push(item.broken ?? fromUtf8(item.value) ?? '?');
    }
    reader.close();
    return texts;
  }

  /** The process is gone at once; the keep is what is left. */
  kill(): void {
    this.env.kill();
    for (const log of this.#logs.values()) log.stop();
    this.upkeep.stop();
  }
}
