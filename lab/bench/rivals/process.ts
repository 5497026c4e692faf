/** Rival servers as child processes: started on loopback in a scratch folder, measured, ended by pid. */

import { spawn, type Subprocess } from 'bun';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';

const TICKS_PER_SECOND = 100;
const START_MS = 15_000;

export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly directory: string;
  /** CPU seconds used so far, user and system. */
  cpuSeconds(): number;
  rssMb(): number;
}

/** CPU seconds of a process and its threads (proc(5), fields 14 and 15). */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function rssMbOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/);
  return line === null ? 0 : Number(line[1]) / 1024;
}

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'copse-rival-'));
}

/** A port nobody listens on now. */
export function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

export async function start(command: readonly string[], port: number, directory: string): Promise<Running> {
  const child: Subprocess = spawn([...command], { cwd: directory, stdout: 'ignore', stderr: 'ignore' });
  const { pid } = child;
  await untilListening(port, child);
  return {
    pid,
    port,
    directory,
    cpuSeconds: () => cpuSecondsOf(pid),
    rssMb: () => rssMbOf(pid),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: Subprocess): Promise<void> {
  const endMs = performance.now() + START_MS;
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`the rival ended with ${child.exitCode}`);
    if (await answers(port)) return;
    await Bun.sleep(50);
  }
  throw new Error('the rival did not listen in time');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
