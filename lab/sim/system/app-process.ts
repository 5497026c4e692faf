/**
 * One run of an application on the SDK: it signs up, founds a site or joins one, appends to its logs and
 * reads them, and tells the judge what it was told.
 */

import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import type { Log } from 'copse/internal/client/log.ts';
import { openWith, unshared } from 'copse/internal/client/open.ts';
import type { Site } from 'copse/internal/client/site.ts';
import type { LogEntry } from 'copse/internal/client/types.ts';
import type { LogHistory } from '../history.ts';
import { ReaderHistory } from '../reader-history.ts';
import { Violation } from '../violation.ts';
import type { SimEnv, World } from '../world.ts';
import type { App } from './app.ts';
import { Folding } from './folding.ts';
import { Leading, textOf } from './leading.ts';
import { codeOf, NotYet } from './not-yet.ts';
import { linkOf } from './process-link.ts';

/** An append without an outcome. */
export interface Pending {
  readonly value: string;
  readonly history: LogHistory;
}

interface Unsettled {
  readonly history: LogHistory;
  /** The keep remembers it. */
  readonly isKept: boolean;
}

const NODE_URL = 'http://node.example';
/** Pause before something that the node did not do is tried again. */
const AGAIN_MS = 500;

interface OpenedLog {
  readonly log: Log;
  readonly history: LogHistory;
  readonly readers: ReaderHistory[];
}

export class AppProcess {
  readonly env: SimEnv;
  readonly #app: App;
  readonly #logs: OpenedLog[] = [];
  readonly #unsettled = new Map<string, Unsettled>();
  readonly leading: Leading;
  /** In the runs in which applications fold their logs. */
  readonly folding: Folding | null;
  #copse: Copse | null = null;
  #site: Site | null = null;
  #isClosed = false;
  isReady = false;

  constructor(app: App) {
    const { world, name } = app.options;
    this.#app = app;
    this.env = world.env(name);
    this.leading = new Leading({
      logOf: (log) => (this.isOver ? undefined : this.#logs.find((each) => each.log.name === log)?.log),
      isWanted: (log) => app.leads.has(log),
      note: (text) => this.#note(text),
    });
    const { worthBytes } = app.options;
    this.folding =
      worthBytes === 0
        ? null
        : new Folding({
            worthBytes,
            who: name,
            note: (text) => this.#note(text),
          });
    void this.#run();
  }

  async #run(): Promise<void> {
    this.#copse = await this.#untilDone('open', () => this.#open());
    this.#watch(this.#copse);
    const site = await this.#untilDone('enter', () => this.#enter(must(this.#copse, 'it was just opened')));
    this.#site = site;
    const { meeting } = this.#app.options;
    for (const [name, history] of meeting.histories) {
      const opened = { log: site.log(name), history, readers: [] };
      this.#logs.push(opened);
      this.#readAll(opened);
      void this.folding?.begin(opened.log, history);
    }
    this.isReady = true;
    this.#app.hasEntered = true;
    if (meeting.past.isPlanned) await this.#untilDone('places', () => this.#tellPlaces(site));
    for (const name of this.#app.leads) void this.leading.lead(name);
    await this.#invite(site);
  }

  /** Where nothing is lost, whatever looks like it is a false alarm (SPEC K8, M9). */
  #watch({ alarm }: Copse): void {
    const { world, name, meeting } = this.#app.options;
    alarm.subscribe(() => {
      const fault = alarm.get();
      if (fault === null || this.isOver) return;
      if (!meeting.past.isLossy) world.fail('K8', `${name} raises an alarm: ${fault.detail}`);
      this.#note(`raises an alarm: ${fault.detail}`);
    });
  }

  /** Only members know which log is which; the judge of a node that is set back has to. */
  async #tellPlaces(site: Site): Promise<void> {
    const { histories, past } = this.#app.options.meeting;
    const rights = await must(this.#copse, 'it is open').rights;
    for (const name of histories.keys()) past.logs.set(await rights.resourceOf(site.id, name), name);
  }

  get isAlarmed(): boolean {
    return this.#copse?.alarm.get() !== null;
  }

  /** Whether it has shown its application what is lost. */
  get knowsLoss(): boolean {
    return this.#logs.some(({ readers }) => readers.some(({ isSetBack }) => isSetBack));
  }

  /** Somebody claims a name, which the log of the node then states. */
  async claim(name: string): Promise<void> {
    try {
      const names = await must(this.#copse, 'it is open').names();
      this.#note(`claims ${name}: ${(await names.claim('people', name)).kind}`);
    } catch (thrown) {
      this.#note(`does not claim ${name}: ${codeOf(thrown)}`);
    }
  }

  get isOver(): boolean {
    return this.#isClosed || this.env.dead;
  }

  async #untilDone<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (thrown) {
        this.#note(`${what}: ${codeOf(thrown)}`);
        const { world }: { readonly world: World } = this.#app.options;
        const isExpected = thrown instanceof Fault || thrown instanceof NotYet;
        if (!isExpected) world.fail('exception', `${what}: ${thrown instanceof Error ? thrown.stack : ''}`);
        // Whoever is dead waits here for ever and is forgotten.
        await this.#pause(AGAIN_MS);
      }
    }
  }

  #note(text: string): void {
    if (!this.isOver) this.#app.options.world.note(`${this.#app.name} ${text}`);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.env.after(ms, resolve);
    });
  }

  async #open(): Promise<Copse> {
    const { storage, name, dial, peers, secondOf, ciphers } = this.#app.options;
    const secret = secondOf === null ? undefined : await secondOf.process?.secret();
    if (secondOf !== null && secret === undefined) throw new NotYet('the first device is not there');
    const runtime = {
      env: this.env,
      primitives: ciphers.primitives,
      connectivity: null,
      sharing: unshared,
      deviceName: name,
      peers: async () => peers?.of(this.env) ?? null,
      dial: (url: string) => linkOf(this.env, dial(name, url)),
      openKeep: async () => storage.open(this.env),
      askKey: async () => key(ciphers.node.publicKey),
    };
    return openWith(runtime, NODE_URL, { name, ...(secret === undefined ? {} : { secret }) });
  }

  async secret(): Promise<Uint8Array | undefined> {
    return this.#copse?.secret();
  }

  /** The site in which everybody meets. */
  async #enter(copse: Copse): Promise<Site> {
    const { meeting, guests, name } = this.#app.options;
    const known = meeting.site === null ? undefined : copse.site(meeting.site);
    if (known !== undefined) return known;
    if (guests !== null && meeting.site === null) {
      const site = await copse.found({ title: 'Garden', logs: meeting.logNames });
      // The answer to an earlier attempt may have been lost; the first one that is known counts.
      meeting.site ??= site.id;
      return must(copse.site(meeting.site), 'the site was just founded');
    }
    const link = meeting.links.get(name);
    if (link === undefined) throw new NotYet('there is no invitation yet');
    return copse.join(link);
  }

  async #invite(site: Site): Promise<void> {
    const { guests, meeting } = this.#app.options;
    const permissions = meeting.guestPermissions;
    for (const guest of guests ?? []) {
      if (meeting.links.has(guest)) continue;
      const link = await this.#untilDone('invite', () => site.invite({ permissions }));
      meeting.links.set(guest, link);
    }
  }

  /** Another reader of every log, which has seen everything in the end. `isSure`: the device knows whether what it has
   * of a log is true, unless nobody reads it any more. */
  audit(isSure = false): void {
    for (const opened of this.#logs) this.#readAll(opened, isSure && opened.log.status.get() === 'live');
  }

  #readAll({ log, history, readers }: OpenedLog, isSure = false): void {
    const name = `${this.#app.name}, reader ${readers.length + 1},`;
    const reader = new ReaderHistory(history, name, { from: 1, isSure });
    readers.push(reader);
    void this.#read(log, reader);
  }

  /** One reader from its beginning on; again where a key was not there that nobody has handed to her yet. */
  async #read(log: Log, reader: ReaderHistory): Promise<void> {
    while ((await this.#readOn(log, reader)) === 'noKey') await this.#pause(AGAIN_MS);
  }

  async #readOn(log: Log, reader: ReaderHistory): Promise<'noKey' | 'over'> {
    const { appMs, isOwedKey, meeting } = this.#app.options;
    try {
      let gapFrom: number | null = null;
      for await (const entry of log.entries({ from: reader.next })) {
        if (this.isOver) return 'over';
        if (entry.broken === 'trimmed') {
          gapFrom = Math.min(gapFrom ?? entry.at, entry.at);
          continue;
        }
        // Who is out opens nothing that is sealed for the others; what she is sent still, she cannot read.
        if (entry.broken === 'noKey' && this.#app.isEnding) return 'over';
        if (entry.broken === 'noKey' && !isOwedKey(this.user)) return 'noKey';
        // Under a key that the node has lost, or one that came in its place; or a leader could not open it.
        if (meeting.past.isTorn && (entry.broken !== null || entry.ruling === 'refused')) return 'over';
        if (gapFrom !== null) reader.skipped(entry.at, gapFrom);
        gapFrom = null;
        if (entry.isPart) reader.passed(entry.at);
        else reader.got({ at: entry.at, value: this.#valueOf(entry), stamp: '' });
        if (appMs > 0 && !this.#app.isHurried) await this.#pause(appMs);
      }
      return 'over';
    } catch (thrown) {
      if (this.isOver || this.#app.isEnding || thrown instanceof Violation || meeting.past.isTorn)
        return 'over';
      this.#app.options.world.fail('L8', `a reader of ${this.#app.name} ends: ${codeOf(thrown)}`);
    }
  }

  #valueOf({ at, value, broken, ruling, reason }: LogEntry): string {
    const { world, name } = this.#app.options;
    if (broken === null && ruling === 'refused') return reason ?? '';
    if (broken !== null) world.fail('S6', `${name}: the entry at ${at} is broken: ${broken}`);
    return textOf(value);
  }

  append(n: number, options: { readonly bytes: number; readonly conditional: boolean }): void {
    const { world } = this.#app.options;
    const opened = this.#logs.length === 0 ? undefined : world.chance.pick(this.#logs);
    if (opened === undefined || this.isOver) return;
    const { log, history } = opened;
    const requiredAt = options.conditional ? log.bounds.get().tail : null;
    const { name, isRevoked: forbidden } = this.#app;
    const value = history.asked({ writer: name, n, requiredAt, forbidden });
    // Entries behind one that the storage refused, and a crash in between: the order is not promised then.
    if (this.#app.options.mayForget) history.reordered(value);
    void this.#settle(opened, value, { requiredAt, pad: 'x'.repeat(world.chance.between(0, options.bytes)) });
  }

  async #settle(
    { log, history }: OpenedLog,
    value: string,
    options: { readonly requiredAt: number | null; readonly pad: string },
  ): Promise<void> {
    const { name } = this.#app;
    const { requiredAt, pad } = options;
    // Appends behind a conditional one wait for it in memory.
    const isHeld = [...this.#unsettled.values()].some((other) => other.history === history && !other.isKept);
    this.#unsettled.set(value, { history, isKept: requiredAt === null && !isHeld });
    const content = { v: value, pad };
    try {
      const outcome = await (requiredAt === null
        ? log.append(content)
        : log.append(content, { at: requiredAt }));
      this.#unsettled.delete(value);
      if (outcome.kind === 'ok') {
        history.acked({ at: outcome.at, value, stamp: '' }, name);
        this.#app.options.onAcked();
      } else history.absent(value, name);
    } catch (thrown) {
      if (thrown instanceof Violation || this.isOver) return;
      this.#note(`append ${value}: ${codeOf(thrown)}`);
      this.#unsettled.delete(value);
      history.unknown(value, name);
    }
  }

  /** Appends that have no outcome, by their ids. */
  pending(): ReadonlyMap<string, Pending> {
    const pending = new Map<string, Pending>();
    for (const { log, history } of this.#logs) {
      for (const { id, value } of log.pending.get()) pending.set(id, { value: textOf(value), history });
    }
    return pending;
  }

  /** Appends without an outcome that are for the keep to remember. */
  kept(): readonly Pending[] {
    return [...this.#unsettled]
      .filter(([, { isKept }]) => isKept)
      .map(([value, { history }]) => ({ value, history }));
  }

  kill(isPowerLost: boolean): void {
    this.env.kill();
    for (const [value, { history }] of this.#unsettled) {
      // Whether the keep has them is not known to anybody but the keep.
      history.forgotten(value);
      // What was sent and is not kept any more may arrive after what the next run sends.
      if (isPowerLost) history.reordered(value);
    }
  }

  async close(): Promise<void> {
    const copse = this.#copse;
    if (copse === null || this.#isClosed) return;
    this.#isClosed = true;
    await copse.close();
  }

  async revoke(other: App): Promise<void> {
    const device = must(other.process?.deviceId, 'the other one is open');
    await must(this.#copse, 'this one is open').revokeDevice(device);
  }

  /** Makes the next key of the site; it may be that it cannot now. */
  async rotate(): Promise<void> {
    try {
      const epoch = await must(this.#site, 'it has entered').rotate();
      this.#note(`has made key ${epoch}`);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#note(`makes no key: ${thrown.code} ${thrown.detail}`);
    }
  }

  /** Takes back every grant by which somebody is a member; throws while it cannot be done. */
  async remove(other: App): Promise<void> {
    const user = must(other.process?.user, 'the other one is open');
    const site = must(this.#site, 'it has entered');
    const held = (await site.whoHolds()).filter((right) => right.user === user);
    if (held.length === 0) throw new NotYet('she is no member yet');
    for (const { via } of held) await site.revoke(via);
  }

  get user(): Copse['user'] | undefined {
    return this.#copse?.user;
  }

  get deviceId(): Copse['device'] | undefined {
    return this.#copse?.device;
  }

  get isIdle(): boolean {
    return (
      this.isReady &&
      this.#unsettled.size === 0 &&
      this.folding?.isIdle(this.isAlarmed) !== false &&
      this.#logs.every(
        ({ log, readers }) =>
          log.waiting.get() === 0 && readers.every((reader) => reader.isAtEnd(this.isAlarmed)),
      )
    );
  }

  conclude(): void {
    for (const { readers } of this.#logs) for (const reader of readers) reader.conclude(this.isAlarmed);
  }

  describe(): string {
    if (!this.isReady) return 'not ready';
    const logs = this.#logs.map(
      ({ log, readers, history }) =>
        `${log.name}: ${log.waiting.get()} waiting, reads ${readers.map(({ next }) => next).join(' and ')} ` +
        `of ${history.tail}, ${log.status.get()}${this.leading.describe(log.name)}`,
    );
    return `${this.#unsettled.size} unsettled; ${logs.join('; ')}${this.folding?.describe() ?? ''}`;
  }
}
