/**
 * People who write, look, read and go, and their devices, which a push service reaches more or less: whatever dies or
 * is lost on the way, who is away hears of what she has not read (SPEC I2 to I5, I7, I9 to I12, I17 to I19).
 */

import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { Post, PostAnswer, PostRequest } from '../../../server/src/notify/push/post.ts';
import { Here } from '../../../server/src/tail/here.ts';
import { Chaos } from '../chaos.ts';
import type { Scenario } from '../run.ts';
import { World } from '../world.ts';
import { Auth, LEVELS } from './auth.ts';
import { lineTo, type Frame } from './line.ts';
import { NotifyProcess } from './notify-process.ts';
import { CALM, drawNews, isCalm, type NewsPlan } from './plan.ts';
import { drawPlaces, type Places, type SimDevice, type SimUser } from './places.ts';
import { TailProcess, type DurableNews, type Mark } from './tail-process.ts';
import { opened, Trays } from './trays.ts';

const HOUR_MS = 3_600_000;
/** What is settled is looked at now and then only. */
const LOOK_MS = 2_000;
/** How long everything may take at least: a pause, a grace, a sweep. */
const SETTLE_MS = 30_000;
/** Who has been here for so long is known to be. */
const KNOWN_HERE_MS = 5_000;
/** How often something is written soon after something else, and read before somebody goes. */
const ANSWERED = 0.4;
const ANSWER_MS = 200;
const LAST_LOOK = 0.4;
const ELSEWHERE_MS = 10_000;
/** Until then auth has told notify who listens, and nothing goes wrong. */
const BEGIN_MS = 2_000;

/** What a user has not read of a site. */
interface Unread {
  readonly news: readonly Mark[];
  readonly mentions: readonly Mark[];
}

export class NewsScenario implements Scenario {
  readonly world: World;
  /** A push service that rests, windows, and an hour of pause after a message that died. */
  readonly calmMs = 6 * HOUR_MS;
  #plan: NewsPlan;
  readonly #places: Places;
  readonly #chaos: Chaos;
  readonly #trays: Trays;
  readonly #notify: NotifyProcess;
  readonly #tail: TailProcess;
  readonly #auth: Auth;
  readonly #line: ReturnType<typeof lineTo>;
  /** By user and log, behind what she has read. */
  readonly #reads = new Map<string, { user: SimUser; site: SiteId; log: LogId; at: number }>();
  /** How many there were beside that of the tail, which is 0. */
  #shards = 0;
  /** Numbers of frames that have reached notify. */
  readonly #frames = new Set<string>();
  readonly #hereSince = new Map<SimUser, number>();
  /** By device, when the last message gets there: they arrive in the order in which they were sent. */
  readonly #arrivesMs = new Map<SimDevice, number>();
  readonly #hasFaults: boolean;
  #healedMs = Infinity;
  #lookedMs = 0;
  #mistakes: readonly string[] = ['nobody has looked'];

  constructor(seed: number, onNote: ((line: string) => void) | null = null) {
    const world = new World(seed, onNote);
    this.world = world;
    const plan = drawNews(world.stream('plan'));
    this.#hasFaults = !isCalm(plan);
    world.note(JSON.stringify(plan));
    this.#plan = { ...plan, ...CALM };
    this.#places = drawPlaces(world);
    this.#chaos = new Chaos(world);
    this.#trays = new Trays(world, this.#places.devices);
    const post: Post = (request, signal) => this.#post(request, signal);
    this.#notify = new NotifyProcess({
      world,
      post,
      disk: () => this.#plan,
      onWriting: () => this.#dieWriting(),
    });
    this.#line = lineTo({
      world,
      notify: this.#notify,
      state: () => this.#plan,
      onTelling: () => this.#dieTelling(),
      onFrame: (frame) => this.#onFrame(frame),
    });
    this.#tail = new TailProcess({
      world,
      notify: this.#line,
      places: this.#places,
      syncMs: plan.commitMs,
    });
    void this.#notify.start();
    void this.#tail.start();
    this.#auth = new Auth({ world, places: this.#places, update: (message) => this.#line.update(message) });
    // A device hears of what is news after notify has been told of it.
    world.at(BEGIN_MS, () => {
      this.#plan = plan;
      this.#befall();
    });
  }

  get isWorking(): boolean {
    return this.world.nowMs < BEGIN_MS + this.#plan.workMs;
  }

  heal(): void {
    this.#dieLast();
    this.#chaos.heal();
    this.#plan = { ...this.#plan, ...CALM };
    this.#healedMs = this.world.nowMs;
    void this.#notify.start();
    void this.#tail.start();
    for (const user of this.#places.users) this.#leave(user);
    // A read is said once; what a crash took of it a device says when it reads on.
    this.world.at(1_000, () => this.#readAgain());
  }

  /** The last fault is a death in some runs: what it takes, nothing that comes later says. */
  #dieLast(): void {
    const { chance } = this.world;
    const { killNotifyMs, killTailMs, killWriting, killTelling } = this.#plan;
    if (killNotifyMs + killWriting > 0 && chance.often(0.5)) this.#killNotify();
    if (killTailMs + killTelling > 0 && chance.often(0.5)) this.#killTail();
  }

  #readAgain(): void {
    for (const { user, site, log, at } of this.#reads.values())
      this.#tail.readTo(user.user, { site, log, at });
  }

  isDone(): boolean {
    const { nowMs } = this.world;
    if (nowMs < this.#healedMs + SETTLE_MS || nowMs < this.#lookedMs + LOOK_MS) return false;
    this.#lookedMs = nowMs;
    this.#mistakes = this.#look();
    return this.#mistakes.length === 0;
  }

  describe(): string {
    return this.#mistakes.join('; ');
  }

  check(): void {}

  conclude(): void {
    this.world.note(`${this.#places.devices.length} devices, ${this.#notify.kills} kills`);
  }

  /** What is not as it ought to be in the end. */
  #look(): readonly string[] {
    if (!this.#tail.isUp) return ['the tail is not up'];
    if (!this.#notify.isUp) return ['notify is not up'];
    if (!this.#tail.isSettled) return ['the tail has not told everything'];
    if (this.#notify.figure('notifyUnderWay') !== '0') return ['something is under way'];
    if (!this.#auth.isSettled) return ['notify does not hold what auth does'];
    const news = this.#tail.durableNews();
    return this.#places.devices.flatMap((device) =>
      this.#places.sites.flatMap(({ site, logs }) => {
        const tag = hex(device.user.tag);
        const unread = (of: (log: DurableNews) => Mark | undefined): readonly Mark[] =>
          logs.flatMap((log) => {
            const mark = of(must(news.get(log), 'a log'));
            return mark !== undefined && mark.at > this.#readAt(device.user, log) ? [mark] : [];
          });
        const found = { news: unread((log) => log.news), mentions: unread((log) => log.mentions.get(tag)) };
        return this.#judge(device, site, found);
      }),
    );
  }

  /** Who reads anything of a site has answered what she was told of it (SPEC I3). */
  #judge(device: SimDevice, site: SiteId, unread: Unread): readonly string[] {
    const level = this.#auth.levelOf(device, site);
    const isShown = this.#trays.isShown(device, site);
    const who = `${device.device.slice(-2)} in ${site.slice(-2)} (${level})`;
    const told = (isMeant: boolean, marks: readonly Mark[]): boolean =>
      isShown || marks.every(({ sinceMs }) => this.#trays.wasTold(device, site, { sinceMs, isMeant }));
    if (level === 'all' && !told(false, unread.news)) return [`${who} was not told of news (I12)`];
    if (level !== 'none' && !told(true, unread.mentions)) return [`${who} was not told of a mention (I12)`];
    // What a crash took of what was told cannot be taken back.
    const isLeft = isShown && unread.news.length === 0 && !this.#hasFaults;
    return isLeft ? [`${who} still shows what was read (I10)`] : [];
  }

  #readAt(user: SimUser, log: LogId): number {
    return this.#reads.get(`${user.user} ${log}`)?.at ?? 0;
  }

  #befall(): void {
    const chaos = this.#chaos;
    const { chance } = this.world;
    const places = this.#places;
    const plan = this.#plan;
    chaos.every(plan.writeMs, () => this.#write());
    chaos.every(plan.lookMs, () => {
      const user = chance.pick(places.users);
      if (!this.#tail.isHere(user.user)) return this.#come(user);
      if (chance.often(LAST_LOOK)) this.#read(user);
      this.#leave(user);
    });
    chaos.every(plan.readMs, () => this.#read(chance.pick(places.users)));
    chaos.every(plan.levelMs, () => {
      const device = chance.pick(places.devices);
      const { site } = chance.pick(places.sites);
      this.#auth.setLevel(device, site, chance.pick(LEVELS));
    });
    chaos.every(plan.writeMs * 20, () => this.#tail.compact());
    chaos.every(plan.killNotifyMs, () => this.#killNotify());
    chaos.every(plan.killTailMs, () => this.#killTail());
    chaos.every(plan.killTailMs, () => this.#lookElsewhere());
  }

  #write(): void {
    const { chance } = this.world;
    const { site, logs } = chance.pick(this.#places.sites);
    const isNews = chance.often(this.#plan.newsShare);
    const isMention = isNews && chance.often(this.#plan.mentionShare);
    const tags = isMention ? [chance.pick(this.#places.users).tag] : [];
    const log = chance.pick(logs);
    this.world.note(`write ${site.slice(-2)} ${log.slice(-2)} ${isNews ? `news ${tags.length}` : ''}`);
    this.#tail.write(site, log, isNews ? tags : null);
    // One word gives the other.
    if (chance.often(ANSWERED))
      this.world.at(chance.unit() * ANSWER_MS, () => {
        if (!this.#chaos.healed) this.#write();
      });
  }

  #come(user: SimUser): void {
    this.world.note(`${user.user.slice(-2)} comes`);
    this.#hereSince.set(user, this.world.nowMs);
    this.#tail.came(user.user);
  }

  /** On another tail of the node, which dies, and nobody takes its shard. */
  #lookElsewhere(): void {
    const { chance } = this.world;
    const user = chance.pick(this.#places.users);
    const env = this.world.env('elsewhere');
    const here = new Here({ env, notify: this.#line, shard: ++this.#shards });
    this.world.note(`${user.user.slice(-2)} looks by shard ${this.#shards}`);
    here.came(user.user);
    this.world.at(chance.unit() * ELSEWHERE_MS, () => env.kill());
  }

  #leave(user: SimUser): void {
    this.#hereSince.delete(user);
    this.#tail.went(user.user);
  }

  #read(user: SimUser): void {
    const { chance } = this.world;
    const { site, logs } = chance.pick(this.#places.sites);
    const log = chance.pick(logs);
    if (!this.#tail.isHere(user.user)) return;
    const at = this.#tail.read(user.user, site, log);
    if (at === null) return;
    this.world.note(`${user.user.slice(-2)} reads ${log.slice(-2)} to ${at}`);
    this.#trays.read(user.user, site);
    this.#reads.set(`${user.user} ${log}`, { user, site, log, at });
  }

  /**
   * Who has read may hear again of what comes next; a frame that is said again is no other reading (SPEC I3), but to a
   * notify that does not know what the one before it has heard.
   */
  #onFrame({ shard, epoch, seq, reads }: Frame): void {
    const number = `${this.#notify.kills} ${shard} ${epoch} ${seq}`;
    if (this.#frames.has(number)) return;
    this.#frames.add(number);
    for (const { user, site } of reads) this.#trays.read(user, site);
  }

  /** Or shortly after it has written. */
  #dieWriting(): void {
    const { chance } = this.world;
    const { killWriting, commitMs } = this.#plan;
    if (chance.often(killWriting)) this.world.at(2 * chance.unit() * commitMs, () => this.#killNotify());
  }

  /** Or shortly after it was answered. */
  #dieTelling(): void {
    const { chance } = this.world;
    const { killTelling, delayMs, commitMs } = this.#plan;
    const waitMs = 2 * (delayMs + commitMs);
    if (chance.often(killTelling)) this.world.at(chance.unit() * waitMs, () => this.#killTail());
  }

  #killNotify(): void {
    if (!this.#notify.isUp) return;
    this.world.note('notify dies');
    this.#notify.kill();
    this.#trays.excuseAll();
    this.world.at(this.world.chance.unit() * this.#plan.downMs, () => {
      void this.#notify.start();
    });
  }

  #killTail(): void {
    if (!this.#tail.isUp) return;
    this.world.note('the tail dies');
    this.#tail.kill();
    this.world.at(this.world.chance.unit() * this.#plan.downMs, () => {
      void this.#tail.start();
    });
  }

  #post({ endpoint, body }: PostRequest, signal: AbortSignal): Promise<PostAnswer> {
    const { world } = this;
    const { chance } = world;
    const device = must(
      this.#places.devices.find(({ url }) => url.endsWith(endpoint.path)),
      'a device of this world',
    );
    const notice = opened(device, body);
    if (notice.kind === 'news') this.#mayRing(device);
    const { pushFailures, pushMs } = this.#plan;
    // What tells of several places is sent again without them: then nobody knows of which it told.
    const isShort = notice.places.length < 2;
    const failure = chance.pick(['500', '429', '403', isShort ? '413' : '403', 'reset', 'lost'] as const);
    const fate = chance.often(pushFailures) ? failure : 'taken';
    const atMs = Math.max(world.nowMs + chance.unit() * pushMs, this.#arrivesMs.get(device) ?? 0);
    this.#arrivesMs.set(device, atMs);
    this.#trays.flies(device, 1);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Fault('deadline')));
      world.at(atMs - world.nowMs, () => {
        this.#trays.flies(device, -1);
        if (fate === 'lost') this.#trays.excuse(device);
        if (fate === 'taken' || fate === 'lost') this.#trays.take(device, notice);
        if (fate === 'reset') reject(new Fault('closed'));
        else if (fate !== 'lost')
          resolve({ status: fate === 'taken' ? 201 : Number(fate), retryAfter: null, reason: '' });
      });
    });
  }

  /** Where nothing goes wrong, who is here hears nothing (SPEC I4). */
  #mayRing({ user, device }: SimDevice): void {
    const sinceMs = this.#hereSince.get(user);
    const isHere = sinceMs !== undefined && this.world.nowMs > sinceMs + KNOWN_HERE_MS;
    const isRight = this.#hasFaults || !isHere;
    this.world.check(isRight, 'I4', () => `${device} is told something while its user is here`);
  }
}
