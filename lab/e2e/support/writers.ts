/** Devices that append to one log without pause, remember what they were told, and check it against the log. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { fileKeep, openCopse, type Copse } from '../../../core/src/native/index.ts';

const LOG = 'chat';
/** Appends of one device under way at once. */
const AT_ONCE = 4;
const PACE_MS = 5;
const READ_MS = 30_000;

type Log = ReturnType<Awaited<ReturnType<Copse['found']>>['log']>;

export class Crew implements AsyncDisposable {
  readonly #devices: readonly Copse[];
  readonly #logs: readonly Log[];
  /** Position by text, as it was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** Texts that were handed over, acknowledged or not. */
  readonly #said = new Set<string>();
  /** Told of every acknowledgement. */
  readonly #listeners = new Set<(text: string) => void>();
  #isOver = false;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(devices: readonly Copse[], logs: readonly Log[]) {
    this.#devices = devices;
    this.#logs = logs;
  }

  /** The first one founds a site, to which it invites the others. */
  static async open(folder: string, address: string, count: number): Promise<Crew> {
    const open = async (at: string, n: number): Promise<Copse> => {
      const machineKeyPath = join(folder, 'machine.key');
      const keep = await fileKeep(join(folder, `device-${n}`), { machineKeyPath });
      return openCopse(at, { name: `Writer ${n}`, keep });
    };
    const first = await open(address, 0);
    const devices = [first];
    const sites = [await first.found({ title: 'Garden' })];
    for (let n = 1; n < count; n++) {
      const link = await must(sites[0], 'the first has founded it').invite();
      const copse = await open(link, n);
      devices.push(copse);
      sites.push(await copse.join(link));
    }
    const logs = sites.map((site) => site.log(LOG));
    return new Crew(devices, logs);
  }

  /** Appends until `stop`. */
  begin(): void {
    this.#isOver = false;
    this.#writing = Promise.all(
      this.#logs.flatMap((log, n) =>
        Array.from({ length: AT_ONCE }, (_, lane) => this.#write(log, `${n}.${lane}`)),
      ),
    );
  }

  async #write(log: Log, name: string): Promise<void> {
    while (!this.#isOver) {
      const text = `${name} ${this.#said.size}`;
      this.#said.add(text);
      const { at } = await log.append(text);
      assert.equal(this.acknowledged.get(text), undefined);
      this.acknowledged.set(text, at);
      for (const tell of this.#listeners) tell(text);
      await pause(PACE_MS);
    }
  }

  /** Resolves with the next acknowledgement of something that is said from now on, by anybody or by one device. */
  next(device: number | null = null): Promise<void> {
    const before = new Set(this.#said);
    return new Promise((resolve) => {
      const tell = (text: string): void => {
        const isOther = device !== null && !text.startsWith(`${device}.`);
        if (isOther || before.has(text)) return;
        this.#listeners.delete(tell);
        resolve();
      };
      this.#listeners.add(tell);
    });
  }

  /** The same, of every device. */
  async nextOfEach(): Promise<void> {
    await Promise.all(this.#devices.map((_, n) => this.next(n)));
  }

  /** Everything that was handed over is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#writing;
    assert.equal(this.acknowledged.size, this.#said.size);
  }

  /** Each acknowledged entry stands where it was said to, and nothing stands there twice or besides. */
  async check(): Promise<void> {
    const log = must(this.#logs.at(-1), 'a device');
    const seen = new Map<string, number>();
    let next = 1;
    for await (const { at, value } of log.entries({ from: 1, signal: AbortSignal.timeout(READ_MS) })) {
      assert.equal(at, next++, 'no hole');
      const text = String(value);
      assert.equal(seen.get(text), undefined, `${text} stands twice`);
      seen.set(text, at);
      if (seen.size === this.#said.size) break;
    }
    for (const [text, at] of this.acknowledged) assert.equal(seen.get(text), at, `${text} is at ${at}`);
    assert.equal(seen.size, this.acknowledged.size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const device of this.#devices) await device[Symbol.asyncDispose]();
  }
}
