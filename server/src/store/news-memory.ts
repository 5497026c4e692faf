/** What notify keeps, in memory (interface and promises: `news.ts`, but nothing survives the process). */

import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { deadLettersMax, newsPageRows, toldPerUserMax } from 'copse/internal/base/limits-notify.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import { MemoryHeld } from 'copse/internal/social/subscriptions/held.ts';
import {
  NEWS_EPOCH_BYTES,
  type DeliveryRecord,
  type EndpointRecord,
  type FollowedRecord,
  type KeptLetter,
  type LogRecord,
  type MarkRecord,
  type NewsBatch,
  type NewsPage,
  type NewsStore,
  type ReadingRecord,
  type StoredUser,
  type SubscriptionRecord,
  type ToldRecord,
  type WindowRecord,
} from './news.ts';

type Delivery = Omit<DeliveryRecord, 'user' | 'device'>;
type Reading = Omit<ReadingRecord, 'user' | 'device' | 'site'>;

interface Person {
  version: number;
  hash: Uint8Array;
  digest: Uint8Array;
  readonly held: MemoryHeld;
  readonly readings: Map<string, Reading>;
  readonly deliveries: Map<DeviceId, Delivery>;
  readonly windows: Map<DeviceId, WindowRecord>;
  readonly marks: Map<string, MarkRecord>;
  told: ToldRecord[];
}

const UNREAD: Reading = { readAll: 0, told: 0, isOutstanding: false, isShown: false, mentions: [] };

export class MemoryNews implements NewsStore {
  readonly epoch: Uint8Array;
  readonly #people = new Map<UserId, Person>();
  readonly #ordinals = new Map<SiteId, number>();
  readonly #logs = new Map<SiteId, Map<LogId, LogRecord>>();
  #letters: KeptLetter[] = [];
  #letterId = 0;
  #followed: FollowedRecord | null = null;

  constructor(env: Pick<Env, 'random'> = realEnv()) {
    this.epoch = env.random(NEWS_EPOCH_BYTES);
  }

  note(batch: NewsBatch): Promise<void> {
    return this.commit(batch);
  }

  async commit(batch: NewsBatch): Promise<void> {
    for (const each of batch.subscriptions ?? []) this.#subscribe(each);
    for (const { site, ordinal } of batch.sites ?? [])
      this.#ordinals.set(site, Math.max(this.#ordinals.get(site) ?? 0, ordinal));
    for (const site of batch.logsGone ?? []) this.#logs.delete(site);
    for (const each of batch.logs ?? []) this.#grow(each);
    for (const { user, device, site, ...reading } of batch.readings ?? []) {
      const person = this.#person(user);
      if (person.held.listener(device, site) !== null) person.readings.set(`${device} ${site}`, reading);
    }
    for (const { user, site, log } of batch.marksGone ?? [])
      this.#person(user).marks.delete(`${site} ${log}`);
    for (const each of batch.marks ?? []) this.#person(each.user).marks.set(`${each.site} ${each.log}`, each);
    for (const each of batch.windows ?? []) this.#window(each);
    for (const { user, device, ...delivery } of batch.deliveries ?? []) {
      const person = this.#person(user);
      if (person.held.endpoint(device)?.url === delivery.url) person.deliveries.set(device, delivery);
    }
    for (const each of batch.told ?? []) {
      const person = this.#person(each.user);
      person.told = [...person.told, each].slice(-toldPerUserMax);
    }
    for (const each of batch.letters ?? []) this.#letters.push({ id: ++this.#letterId, ...each });
    const gone = new Set(batch.lettersGone);
    this.#letters = this.#letters.filter(({ id }) => !gone.has(id) && id > this.#letterId - deadLettersMax);
    for (const site of batch.sitesGone ?? []) this.#forget(site);
    this.#followed = batch.followed ?? this.#followed;
  }

  #subscribe({ user, version, hash, digest, difference }: SubscriptionRecord): void {
    const person = this.#person(user);
    Object.assign(person, { version, hash: hash.slice(), digest: digest.slice() });
    for (const [device, endpoint] of difference.endpoints)
      if (endpoint === null || person.held.endpoint(device)?.url !== endpoint.url)
        person.deliveries.delete(device);
    person.held.take(difference);
    for (const { device, site, listener } of difference.listeners)
      if (listener === null) person.readings.delete(`${device} ${site}`);
  }

  #grow(record: LogRecord): void {
    const logs = this.#logs.get(record.site) ?? new Map<LogId, LogRecord>();
    this.#logs.set(record.site, logs);
    const known = logs.get(record.log);
    const length = Math.max(known?.length ?? 0, record.length);
    const ordinal = Math.max(known?.ordinal ?? 0, record.ordinal);
    const order = Math.max(known?.order ?? 0, record.order);
    logs.set(record.log, { ...record, length, ordinal, order });
  }

  #window(record: WindowRecord): void {
    const { windows } = this.#person(record.user);
    if (record.step === 0) windows.delete(record.device);
    else windows.set(record.device, record);
  }

  #forget(site: SiteId): void {
    this.#ordinals.delete(site);
    this.#logs.delete(site);
    for (const { marks } of this.#people.values())
      for (const [name, mark] of marks) if (mark.site === site) marks.delete(name);
  }

  #person(user: UserId): Person {
    const known = this.#people.get(user);
    if (known !== undefined) return known;
    const person: Person = {
      version: 0,
      hash: NO_BYTES,
      digest: NO_DIGEST,
      held: new MemoryHeld(),
      readings: new Map(),
      deliveries: new Map(),
      windows: new Map(),
      marks: new Map(),
      told: [],
    };
    this.#people.set(user, person);
    return person;
  }

  async *load(): AsyncGenerator<NewsPage> {
    const people = [...this.#people];
    const each = <R>(rowsOf: (user: UserId, person: Person) => Iterable<R>): readonly R[] =>
      people.flatMap(([user, person]) => [...rowsOf(user, person)]);
    const sites = [...this.#ordinals].map(([site, ordinal]) => ({ site, ordinal }));
    for (const rows of pagesOf(sites)) yield { kind: 'sites', rows };
    const logs = [...this.#logs.values()].flatMap((each) => [...each.values()]);
    for (const rows of pagesOf(logs)) yield { kind: 'logs', rows };
    const users = people
      .filter(([, { version }]) => version > 0)
      .map(([user, { version, hash, digest, held }]) => ({
        user,
        version,
        hash,
        digest,
        quiet: held.quiet,
      }));
    for (const rows of pagesOf(users)) yield { kind: 'users', rows };
    const endpoints = each((user, person) =>
      [...person.held.endpoints()].map(([device]) => endpointOf(user, device, person)),
    );
    for (const rows of pagesOf(endpoints.flatMap((row) => row ?? []))) yield { kind: 'endpoints', rows };
    for (const rows of pagesOf(each((_, { windows }) => windows.values()))) yield { kind: 'windows', rows };
    const listeners = each((user, { held, readings }) =>
      [...held.listeners()].map(({ device, site, listener }) => ({
        user,
        device,
        site,
        listener,
        ...(readings.get(`${device} ${site}`) ?? UNREAD),
      })),
    );
    for (const rows of pagesOf(listeners)) yield { kind: 'listeners', rows };
    for (const rows of pagesOf(each((_, { marks }) => marks.values()))) yield { kind: 'marks', rows };
  }

  async stored(user: UserId): Promise<StoredUser> {
    const { version = 0, hash = NO_BYTES, digest = NO_DIGEST, held } = this.#people.get(user) ?? {};
    return { version, hash, digest, state: held ?? new MemoryHeld() };
  }

  async endpoint(user: UserId, device: DeviceId): Promise<EndpointRecord | null> {
    const person = this.#people.get(user);
    return person === undefined ? null : endpointOf(user, device, person);
  }

  async told(user: UserId, countMax: number): Promise<readonly ToldRecord[]> {
    return (this.#people.get(user)?.told ?? []).toReversed().slice(0, countMax);
  }

  async followed(): Promise<FollowedRecord | null> {
    return this.#followed;
  }

  async letters(after: number, countMax: number): Promise<readonly KeptLetter[]> {
    return this.#letters.filter(({ id }) => id > after).slice(0, countMax);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function endpointOf(user: UserId, device: DeviceId, { held, deliveries }: Person): EndpointRecord | null {
  const endpoint = held.endpoint(device);
  if (endpoint === null) return null;
  const { failures = 0, sinceMs = 0, goneMs = 0 } = deliveries.get(device) ?? {};
  return { user, device, endpoint, failures, sinceMs, goneMs };
}

function* pagesOf<R>(rows: readonly R[]): Generator<readonly R[]> {
  for (let at = 0; at < rows.length; at += newsPageRows) yield rows.slice(at, at + newsPageRows);
}
