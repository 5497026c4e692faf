/** The notification service beside a store of messages, with people who write and who listen, for tests. */

import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import { neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { Following } from '../../server/src/notify/neighbourhood/following.ts';
import { openPeerStores } from '../../server/src/store/peer.ts';
import { deviceAt, NotifyStage, type NotifyStageOptions } from './notify-stage.ts';
import { castOf } from './peer-play.ts';

const primitives = nativePrimitives();
const ROOM = 1 << 24;

export type Said = Partial<MessageTerms>;

export class NeighbourhoodStage implements AsyncDisposable {
  readonly stage: NotifyStage;
  readonly users: readonly UserId[];
  readonly keys: Awaited<ReturnType<typeof castOf>>['keys'];
  readonly #seeds: readonly Uint8Array[];
  readonly #stores: ReturnType<typeof openPeerStores>;
  readonly following: Following;
  /** Keys in hex of whom nothing is shown. */
  readonly hidden = new Set<string>();
  #tick = 0;

  private constructor(
    stage: NotifyStage,
    stores: ReturnType<typeof openPeerStores>,
    cast: Awaited<ReturnType<typeof castOf>>,
  ) {
    this.stage = stage;
    this.#stores = stores;
    this.keys = cast.keys;
    this.#seeds = cast.seeds;
    this.users = cast.keys.map((each) => userIdOf(primitives, each));
    const { env } = stage;
    this.following = stage.notify.follow({
      ...stores,
      isHidden: (author) => this.hidden.has(hex(author)),
      primitives,
      env,
      soon: (task) => void setImmediate(task),
      answering: async (to) => [userIdOf(primitives, to)],
    });
  }

  /** `messages` is a file, where the service is to be opened again. */
  static async open(
    messages = ':memory:',
    options: NotifyStageOptions = {},
    before?: NotifyStage,
  ): Promise<NeighbourhoodStage> {
    const stage = await (before === undefined ? NotifyStage.open(options) : before.restarted(options));
    const stores = openPeerStores({ path: messages, primitives, env: stage.env });
    const made = new NeighbourhoodStage(stage, stores, await castOf(primitives));
    await made.following.begun;
    return made;
  }

  get store() {
    return this.#stores.store;
  }

  get strangers() {
    return this.#stores.strangers;
  }

  user(n: number): UserId {
    return must(this.users[n], 'one of the cast');
  }

  /** A device of somebody that hears of her neighbourhood. */
  async listen(n: number, device: DeviceId = deviceAt(n)) {
    const user = this.user(n);
    const subscription = await this.stage.device(user, device, []);
    const at = { device, site: neighbourhoodOf(user) };
    await this.stage.tell(user, { kind: 'join', ...at, audience: ['*'] });
    return subscription;
  }

  sign(n: number, said: Said): Promise<Message> {
    const timeMs = this.stage.env.wallMs() - 60_000 + ++this.#tick;
    return signMessage(primitives, must(this.#seeds[n], 'a seed'), {
      kind: KIND.post,
      text: 'words',
      timeMs,
      ...said,
    });
  }

  /** Somebody says something; `isLost`: the node ends before it has told notify. */
  async say(n: number, said: Said, isLost = false): Promise<Message> {
    const message = await this.sign(n, said);
    const payer = must(this.keys[n], 'a key');
    const [put] = this.store.put([{ message, payer, bytesMax: ROOM, atMs: this.stage.env.wallMs() }]);
    if (put?.kind !== 'stored') throw new Error(`it is not stored: ${put?.kind}`);
    if (!isLost) this.following.stored([{ seq: put.seq, message }]);
    return message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.following[Symbol.dispose]();
    await this.stage[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}
