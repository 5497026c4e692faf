/** A node as a child process that can be killed and comes back on the same port and data. */

import { Fault } from 'copse/internal/base/fault.ts';
import type { Subprocess } from 'bun';
import { selfCommand } from '../self.ts';

const START_MS = 15_000;
const POLL_MS = 10;

export interface NodeProcess {
  readonly port: number;
  readonly pid: number;
  /** `kill -9`, then a start on the same data; resolves when it answers again. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startNode(data: string, extra: readonly string[] = []): Promise<NodeProcess> {
  const port = freePort();
  const spawn = (): Subprocess =>
    Bun.spawn(
      selfCommand('serve', '--data', data, '--port', String(port), '--log-level', 'error', ...extra),
      {
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'inherit',
      },
    );
  let child = spawn();
  await untilHealthy(port, child);
  return {
    port,
    get pid() {
      return child.pid;
    },
    async killAndRestart() {
      child.kill('SIGKILL');
      await child.exited;
      child = spawn();
      await untilHealthy(port, child);
    },
    async stop() {
      child.kill('SIGTERM');
      await child.exited;
    },
  };
}

async function untilHealthy(port: number, child: Subprocess): Promise<void> {
  const endMs = performance.now() + START_MS;
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Fault('internal', `the node ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
    if (answer?.ok === true) return;
    await Bun.sleep(POLL_MS);
  }
  throw new Fault('deadline', 'the node did not start in time');
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
