/**
 * One process of a replay: a writer that appends its turns, or a reader that rebuilds the text from
 * what the log delivers and measures how long each entry took from append to here.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import type { Copse, Log } from 'copse/internal/client/index.ts';
import { fileKeep, openCopse } from 'copse/internal/native/index.ts';
import { isRecord } from '../../node/json.ts';
import { lines, parseTurn, type Job, type Report } from './messages.ts';
import { TextBuffer } from './text-buffer.ts';
import { isPatch, readTrace, type Patch, type Trace } from './trace.ts';

/** What one transaction is in the log: its number, when it was appended, its patches. */
interface Step {
  readonly n: number;
  readonly t: number;
  readonly p: readonly Patch[];
}

const PROGRESS_EVERY = 2000;

/** Milliseconds of a clock that all processes of this machine share. */
function sharedMs(): number {
  return performance.timeOrigin + performance.now();
}

export async function runWorker(job: Job, send: (report: Report) => void): Promise<void> {
  const trace = readTrace(job.trace);
  await using copse = await openCopse(job.url, {
    name: `replay ${job.role}`,
    keep: await fileKeep(job.home),
  });
  const log = (await openSite(copse, job)).log(job.log);
  if (job.role === 'writer') await write(log, trace, send);
  else send(await read(log, trace, job.limit, send));
}

async function openSite(copse: Copse, job: Job): Promise<Awaited<ReturnType<Copse['join']>>> {
  const known = copse.sites.get()[0];
  return known ?? (await copse.join(job.link));
}

async function write(log: Log, trace: Trace, send: (report: Report) => void): Promise<void> {
  send({ kind: 'ready' });
  for await (const line of lines(Bun.stdin.stream())) {
    const turn = parseTurn(line);
    const appends: Promise<unknown>[] = [];
    for (let n = turn.from; n < turn.to; n++) {
      const step: Step = { n, t: sharedMs(), p: trace.transactions[n] ?? [] };
      appends.push(log.append(step));
    }
    await Promise.all(appends);
    send({ kind: 'turned', to: turn.to });
  }
}

async function read(log: Log, trace: Trace, limit: number, send: (report: Report) => void): Promise<Report> {
  const text = new TextBuffer(trace.start);
  const delaysMs: number[] = [];
  let next = 0;
  send({ kind: 'ready' });
  for await (const entry of log.entries()) {
    const step = stepOf(entry.value);
    if (step.n !== next)
      throw new Fault('internal', `expected transaction ${next}, got ${step.n} at ${entry.at}`);
    for (const [at, removed, inserted] of step.p) text.edit(at, removed, inserted);
    delaysMs.push(sharedMs() - step.t);
    next++;
    if (next % PROGRESS_EVERY === 0) send({ kind: 'progress', count: next });
    if (next === limit) break;
  }
  const end = limit === trace.transactions.length ? trace.end : contentAfter(trace, limit);
  const sorted = delaysMs.toSorted((a, b) => a - b);
  const quantile = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  const same = text.toString() === end;
  return { kind: 'read', count: next, same, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
}

function contentAfter(trace: Trace, count: number): string {
  const text = new TextBuffer(trace.start);
  for (const patches of trace.transactions.slice(0, count)) {
    for (const [at, removed, inserted] of patches) text.edit(at, removed, inserted);
  }
  return text.toString();
}

function stepOf(value: unknown): Step {
  if (!isRecord(value)) throw new Fault('malformed', 'an entry that is no transaction');
  const { n, t, p } = value;
  if (typeof n !== 'number' || typeof t !== 'number' || !Array.isArray(p) || !p.every(isPatch)) {
    throw new Fault('malformed', 'an entry that is no transaction');
  }
  return { n, t, p };
}
