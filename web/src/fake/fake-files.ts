/** The files that Ada holds on the fake node: in memory, with uploads that take as long as a test says. */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Files, FileUsage, HeldFile } from '../model/sdk-files.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { FAKE_ELSEWHERE, fakeAddress, fakePicture } from './fake-pictures.ts';

const DAY_MS = 86_400_000;
const ELSEWHERE = hex(FAKE_ELSEWHERE.address);
/** In the addresses of small pictures. */
const SMALL = hex(utf8(' small'));
const ALLOWANCE = 2_147_483_648;
type Info = Awaited<ReturnType<Files['upload']>>;
type UploadOptions = NonNullable<Parameters<Files['upload']>[1]>;

export type Shown = 'here' | 'away' | 'odd' | 'shut';

export class FakeFiles implements Files {
  readonly #net: FakeNet;
  readonly #pictures = new Map<string, string>();
  #held: readonly HeldFile[];
  #count = 0;
  #isHeld = false;
  #how: Shown = 'here';
  readonly #hosted = new Set<string>();

  constructor(net: FakeNet, isFresh: boolean) {
    this.#net = net;
    this.#held = isFresh ? [] : sampleFiles();
  }

  /** Uploads stop in the middle until they are told to go on. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  /** Small pictures load (`here`), do not because the node is `away`, or are such as no browser shows (`odd`). */
  show(how: Shown): void {
    this.#how = how;
  }

  /** The code of files does not come (`shut`). */
  async opened(): Promise<FakeFiles> {
    if (this.#how === 'shut') throw new Fault('closed');
    return this;
  }

  async has(address: string): Promise<boolean> {
    await pause(this.#net.delayMs());
    if (this.#how === 'away') throw new Fault('closed');
    return address !== ELSEWHERE || this.#hosted.has(address);
  }

  url(address: string): string {
    if (this.#how !== 'here' && address.includes(SMALL)) return 'data:image/png,nothing';
    if (address === ELSEWHERE && !this.#hosted.has(address)) return 'data:image/png,nothing';
    return this.#pictures.get(address) ?? fakePicture(address) ?? `${location.origin}/files/${address}`;
  }

  async upload(source: Blob | AsyncIterable<Uint8Array>, options: UploadOptions = {}): Promise<Info> {
    if (!(source instanceof Blob)) throw new Fault('usage');
    const { name = '', type = source.type, signal, onProgress } = options;
    onProgress?.(Math.floor(source.size / 3), source.size);
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
    await this.#goOn(signal);
    if (signal?.aborted === true) throw new Fault('closed', 'the upload was given up');
    const address = hex(fakeAddress(`file ${(this.#count += 1)}`));
    const usedMs = Date.now();
    const row = { address, size: source.size, type, name, kind: 'own', state: 'whole', usedMs } as const;
    this.#held = [{ ...row, pinned: false }, ...this.#held];
    return infoOf(row);
  }

  async uploadThumbnail(picture: Blob): Promise<Info> {
    await pause(this.#net.delayMs());
    const address = hex(fakeAddress(`small ${(this.#count += 1)}`));
    this.#pictures.set(address, URL.createObjectURL(picture));
    return infoOf({ address, size: picture.size, type: picture.type });
  }

  async usage(): Promise<FileUsage> {
    await this.#answer();
    const sum = (files: readonly HeldFile[]): number => files.reduce((bytes, { size }) => bytes + size, 0);
    const caches = this.#held.filter(({ kind, pinned }) => kind === 'cache' && !pinned);
    return {
      bytes: sum(this.#held),
      cacheBytes: sum(caches),
      allowance: ALLOWANCE,
      files: this.#held.length,
      uploads: this.#held.filter(({ state }) => state === 'coming').length,
    };
  }

  async *list(): AsyncGenerator<HeldFile> {
    await this.#answer();
    for (const file of this.#held) yield { ...file };
  }

  pin(address: string): Promise<void> {
    return this.#change(address, true);
  }

  unpin(address: string): Promise<void> {
    return this.#change(address, false);
  }

  async drop(address: string): Promise<void> {
    await this.#answer();
    this.#held = this.#held.filter((file) => file.address !== address);
  }

  async host(address: string): Promise<Info> {
    await this.#answer();
    this.#hosted.add(address);
    return infoOf({ address, size: 1, type: 'image/jpeg' });
  }

  async #goOn(signal: AbortSignal | undefined): Promise<void> {
    while (this.#isHeld) {
      if (signal?.aborted === true) return;
      await pause(20);
    }
  }

  async #change(address: string, pinned: boolean): Promise<void> {
    await this.#answer();
    this.#held = this.#held.map((file) => (file.address === address ? { ...file, pinned } : file));
  }

  async #answer(): Promise<void> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
  }
}

function infoOf({ address, size, type }: Pick<Info, 'address' | 'size' | 'type'>): Info {
  return { address, size, type, root: utf8('root'), sha256: address, picture: null };
}

function sampleFiles(): readonly HeldFile[] {
  const row = (name: string, size: number, part: Partial<HeldFile> = {}): HeldFile => ({
    address: hex(fakeAddress(name)),
    size,
    type: 'image/jpeg',
    name,
    kind: 'own',
    pinned: false,
    state: 'whole',
    usedMs: Date.now() - size / 100,
    ...part,
  });
  const cached = { kind: 'cache', usedMs: Date.now() - 90 * DAY_MS } as const;
  return [
    row('plums.jpg', 3_100_000),
    row('rota-2026.pdf', 240_000, { type: 'application/pdf', pinned: true }),
    row('rehearsal.webm', 412_000_000, { type: 'video/webm' }),
    row('', 46_000, { type: 'image/webp' }),
    row('swarm.mp4', 186_000_000, { ...cached, type: 'video/mp4' }),
    row('old-well.jpg', 5_200_000, { ...cached, usedMs: Date.now() - 200 * DAY_MS }),
    row('archive.zip', 730_000_000, { type: 'application/zip', state: 'coming' }),
  ];
}
