/** One connection of the tail double: the contract over what the double keeps. */

import { permission } from 'copse/internal/api/model.ts';
import { tailApi, type Person, type TailApi, type TailEvents } from 'copse/internal/api/tail.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { Fault, FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import { handle as asHandle, key, type DeviceId, type Handle, type UserId } from 'copse/internal/base/ids.ts';
import { connecting, isProven } from 'copse/internal/capability/possession.ts';
import { deviceIdOf } from 'copse/internal/crypto/hash.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { Outbox, WriterPool } from 'copse/internal/link/outbox.ts';
import { Host, implementing, pusher, service } from 'copse/internal/link/serve.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { Kept, TailDouble } from './tail-double.ts';

const SERVICE = service(tailApi);

interface Lease {
  readonly kept: Kept;
  permissions: number;
  isLive: boolean;
  state: Uint8Array;
}

export class Session {
  readonly events: TailEvents;
  readonly #tail: TailDouble;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #nonce: Uint8Array;
  readonly #leaseByHandle = new Map<Handle, Lease>();
  #leases = 0;
  readonly who: number;
  device: DeviceId | null = null;
  user: UserId | null = null;
  #isOver = false;

  constructor(tail: TailDouble, link: Link) {
    const { env, node } = tail.options;
    this.#tail = tail;
    this.#link = link;
    this.who = tail.connections;
    this.#nonce = env.random(32);
    this.#outbox = new Outbox(
      { send: (message) => link.send(message.slice()), schedule: (flush) => queueMicrotask(flush) },
      new WriterPool(),
    );
    this.events = pusher(tailApi, this.#outbox);
    const host = new Host(implementing(tailApi, this.#api()), {
      service: SERVICE,
      outbox: this.#outbox,
      onFault: (fault) => this.end(fault),
      onMistake: (fault, method) => {
        throw new Error(`the double made a mistake in ${method}`, { cause: fault.cause });
      },
    });
    link.listen({
      onMessage: (message) => {
        if (!this.#isOver && !tail.isDeaf) host.receive(message);
      },
      onClose: () => this.#leave(),
    });
    this.events.hello({ version: 1, nonce: this.#nonce, node, shard: 0 });
  }

  /** What both ways to connect do with a device that has proven itself. */
  #enter(token: Uint8Array, device: Uint8Array): Awaited<ReturnType<TailApi['connect']>> {
    const { primitives, env, userOf } = this.#tail.options;
    const id = deviceIdOf(primitives, device);
    const user = userOf(id, token);
    if (user instanceof Fault) throw user;
    this.device = id;
    this.user = user;
    return { who: this.who, user, device: id, serverMs: env.wallMs() };
  }

  #api(): TailApi {
    return {
      // Without the keys of a shard it believes the secret; what that proves is tested at the tail.
      resume: ({ token, device }) => this.#enter(token, device),
      connect: async ({ token, device, proof }) => {
        const { primitives, node } = this.#tail.options;
        const statement = connecting({ nonce: this.#nonce, node, token });
        if (!(await isProven(primitives, key(device), statement, proof))) throw new Fault('badProof');
        return this.#enter(token, device);
      },
      lease: ({ site, log, want }) => {
        if (this.user === null) throw new Fault('unauthorized');
        this.#tail.leases.push(want);
        const permissions = this.#tail.options.permissionsOf(this.user, site);
        const needed = want === 'write' ? permission.read | permission.write : permission.read;
        if ((permissions & needed) !== needed) throw new Fault('forbidden');
        const kept = this.#tail.kept(site, log);
        const known = [...this.#leaseByHandle].find(([, lease]) => lease.kept === kept);
        const handle = known?.[0] ?? asHandle(1000 * this.who + ++this.#leases);
        if (known !== undefined) known[1].permissions = permissions;
        else this.#leaseByHandle.set(handle, { kept, permissions, isLive: false, state: new Uint8Array(0) });
        const writerEpoch = this.device === null ? 0 : kept.state.writers.newest(this.device);
        const { first, durable: tail } = kept.state;
        return {
          kind: 'open',
          handle,
          channel: handle,
          permissions,
          first,
          tail,
          keyEpoch: kept.keyEpoch,
          writerEpoch,
        };
      },
      attest: () => {
        throw new Fault('unknown', 'this tail asks for no proofs');
      },
      attach: ({ handle, from, bytesMax }) => {
        const lease = this.#lease(handle);
        const page = this.#tail.page(lease.kept, from, bytesMax, true);
        const wasLive = lease.isLive;
        lease.isLive = page.kind === 'page' && page.live;
        if (lease.isLive && !wasLive) queueMicrotask(() => this.#joined(lease.kept));
        return page;
      },
      read: ({ handle, from, bytesMax }) => this.#tail.page(this.#lease(handle).kept, from, bytesMax, false),
      detach: ({ handle }) => {
        this.#lease(handle).isLive = false;
        return {};
      },
      release: ({ handle }) => {
        this.#leaseByHandle.delete(handle);
        return {};
      },
      write: ({ handle, at, entries }) => this.#write(handle, at, entries),
      say: ({ handle, payload }) => {
        const { kept } = this.#lease(handle);
        for (const other of this.#tail.presence(kept)) {
          if (other !== this) other.said(kept, this, payload.slice());
        }
      },
      appear: ({ handle, state }) => {
        const lease = this.#lease(handle);
        lease.state = state.slice();
        if (lease.isLive) this.#joined(lease.kept);
      },
    };
  }

  #lease(handle: Handle): Lease {
    const lease = this.#leaseByHandle.get(handle);
    if (lease === undefined) throw new Fault('unknown', 'no such handle');
    return lease;
  }

  #write(handle: Handle, at: number | null, entries: Uint8Array): void {
    const lease = this.#leaseByHandle.get(handle);
    if (lease === undefined || this.device === null) return;
    const { kept } = lease;
    const cursor = new EntryCursor(entries.slice());
    const count = new EntryCursor(entries);
    let n = 0;
    while (count.next()) n++;
    this.#tail.writes.push(n);
    if ((lease.permissions & permission.write) === 0) {
      cursor.next();
      const reason = { kind: 'refused', fault: FAULTS.forbidden.number } as const;
      this.events.nack({ handle, epoch: cursor.epoch, seq: cursor.seq, reason });
      return;
    }
    const verdict = this.#tail.sequencer.offer({
      who: { session: this, handle },
      log: kept.state,
      device: this.device,
      deviceBytes: fromHex(this.device)!,
      at,
      keyEpoch: kept.keyEpoch,
      cursor,
    });
    if (verdict !== null) this.events.nack({ handle, ...verdict });
    this.#tail.commitSoon();
  }

  isAttached(kept: Kept): boolean {
    return [...this.#leaseByHandle.values()].some((lease) => lease.kept === kept && lease.isLive);
  }

  #channelOf(kept: Kept): Handle | undefined {
    return [...this.#leaseByHandle].find(([, lease]) => lease.kept === kept)?.[0];
  }

  publish(kept: Kept, at: number, count: number, entries: Uint8Array): void {
    for (const [handle, lease] of this.#leaseByHandle) {
      if (lease.kept === kept && lease.isLive) this.events.entries({ channel: handle, at, count, entries });
    }
  }

  #person(kept: Kept): Person {
    const lease = [...this.#leaseByHandle.values()].find((each) => each.kept === kept);
    return {
      who: this.who,
      user: this.user!,
      device: this.device!,
      state: lease?.state ?? new Uint8Array(0),
    };
  }

  #joined(kept: Kept): void {
    const present = this.#tail.presence(kept);
    for (const other of present) {
      const joined = other === this ? present.map((each) => each.#person(kept)) : [this.#person(kept)];
      const channel = other.#channelOf(kept);
      if (channel === undefined) continue;
      other.events.present({ channel, reset: other === this, count: present.length, joined, left: [] });
    }
  }

  said(kept: Kept, from: Session, payload: Uint8Array): void {
    const channel = this.#channelOf(kept);
    if (channel !== undefined) this.events.said({ channel, who: from.who, device: from.device!, payload });
  }

  /** Moves the readers of a log from push to pull. */
  lag(kept: Kept): void {
    for (const [handle, lease] of this.#leaseByHandle) {
      if (lease.kept !== kept || !lease.isLive) continue;
      lease.isLive = false;
      this.events.lagging({ channel: handle, at: kept.state.durable });
    }
  }

  revoke(kept: Kept, code: FaultCode): void {
    for (const [handle, lease] of this.#leaseByHandle) {
      if (lease.kept !== kept) continue;
      this.#leaseByHandle.delete(handle);
      this.events.revoke({ handle, fault: FAULTS[code].number });
    }
  }

  flush(): void {
    this.#outbox.flush();
  }

  end(fault: Fault | null): void {
    if (this.#isOver) return;
    this.#leave();
    this.#link.close(fault ?? undefined);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tail.sessions.delete(this);
    for (const { kept, isLive } of this.#leaseByHandle.values()) {
      if (!isLive) continue;
      for (const other of this.#tail.presence(kept)) {
        const channel = other.#channelOf(kept);
        const count = this.#tail.presence(kept).length;
        if (channel !== undefined)
          other.events.present({ channel, reset: false, count, joined: [], left: [this.who] });
      }
    }
  }
}
