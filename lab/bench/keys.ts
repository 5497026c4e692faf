/**
 * What the next key of a site costs, on a real node: from the word of the admin's device until it counts, the
 * processor time of that device (its first set of a site, and those after it), and the longest that a member in another process waits for an append
 * meanwhile. Beside it the same number of members in a group of `ts-mls`, one of whom is removed.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';
import { MemoryKeep } from 'copse/internal/client/index.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { startNode } from '../e2e/support/node.ts';
import { median, spread, type Bench, type Figure } from './figure.ts';
import { plantMembers } from './keys-ground.ts';
import { mlsRemovals } from './rivals/mls.ts';

const WRITER = join(import.meta.dirname, 'keys-writer.ts');
const RUNS = 3;
const QUIET_MS = 1_000;

export const keysBench: Bench = {
  name: 'keys',
  async run(options) {
    const figures: Figure[] = [];
    for (const members of options.quick ? [100, 1_000] : [100, 1_000, 20_000]) {
      const { ms } = members > 1_000 ? { ms: [] } : await mlsRemovals(members, RUNS);
      const rivals = ms.length === 0 ? {} : { 'ts-mls, a member removed': median(ms) };
      options.note(`${members} members`);
      figures.push(...(await siteFigures(members, rivals)));
    }
    return figures;
  },
};

async function siteFigures(members: number, rivals: Figure['rivals']): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-bench-'));
  try {
    const data = join(directory, 'data');
    await using node = await startNode(data, ['--log-level', 'warn']);
    await using ada = await openCopse(node.url, { keep: new MemoryKeep(), name: 'Ada' });
    const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
    await node.kill();
    const { sign } = await userKeysOf(nativePrimitives(), await ada.secret());
    const founder = { user: ada.user, sign };
    await plantMembers({ path: join(data, 'auth.sqlite'), site: garden.id, founder, count: members - 2 });
    await node.restart();
    await using writer = await Writer.join(await garden.invite());
    await sleep(QUIET_MS);
    const quiet = await writer.longest();
    await sleep(QUIET_MS);
    const before = await writer.longest();
    const ms: number[] = [];
    const stalls: number[] = [];
    // Its first set of a site costs a device every signature in the roster; later ones cost a hash of each row.
    const coldMs = performance.now();
    const coldCpu = process.cpuUsage();
    await garden.rotate();
    const first = { ms: performance.now() - coldMs, cpu: perMember(coldCpu, members) };
    await writer.longest();
    const cpu = process.cpuUsage();
    for (let run = 0; run < RUNS; run++) {
      const beganMs = performance.now();
      await garden.rotate();
      ms.push(performance.now() - beganMs);
      stalls.push((await writer.longest()).longestMs);
    }
    const cpuPerOp = perMember(cpu, members) / RUNS;
    const name = `next key of a site of ${members.toLocaleString('en')}`;
    const waits = `longest append of another meanwhile (${Math.max(quiet.longestMs, before.longestMs).toFixed(1)} ms before)`;
    const common = { unit: 'ms', rssMb: null };
    const firstName = `first one that a device makes for a site of ${members.toLocaleString('en')}`;
    const once = { value: first.ms, spread: spread([first.ms]), cpuPerOp: first.cpu, rivals: {} };
    return [
      { ...common, name: firstName, ...once },
      { ...common, name, value: median(ms), spread: spread(ms), cpuPerOp, rivals },
      { ...common, name: waits, value: median(stalls), spread: spread(stalls), cpuPerOp: null, rivals: {} },
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Microseconds of the processor for each member. */
function perMember(since: NodeJS.CpuUsage, members: number): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / members;
}

interface Waited {
  readonly longestMs: number;
  readonly count: number;
  readonly failed: number;
}

/** The member in another process. */
class Writer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: must(child.stdout, 'its output is a pipe') });
  }

  static async join(link: string): Promise<Writer> {
    const child = spawn(process.execPath, [WRITER, link], { stdio: ['pipe', 'pipe', 'inherit'] });
    const writer = new Writer(child);
    await once(writer.#lines, 'line');
    return writer;
  }

  /** The longest append since the last question. */
  async longest(): Promise<Waited> {
    const answer = once(this.#lines, 'line');
    must(this.#child.stdin, 'its input is a pipe').write('\n');
    const waited = JSON.parse(String((await answer)[0])) as Waited;
    if (waited.failed > 0) throw new Error(`${waited.failed} appends failed`);
    return waited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lines.close();
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
