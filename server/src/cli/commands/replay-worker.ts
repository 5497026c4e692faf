/** The hidden command under `replay`: one writer or reader process. */

import { asFault } from 'copse/internal/base/fault.ts';
import type { Job } from '../replay/messages.ts';
import { runWorker } from '../replay/worker.ts';

export async function replayWorker(text: string): Promise<void> {
  const send = (report: object): void => void process.stdout.write(`${JSON.stringify(report)}\n`);
  try {
    await runWorker(JSON.parse(text) as Job, send);
  } catch (thrown) {
    const fault = asFault(thrown);
    send({ kind: 'failed', message: `${fault.message} ${String(fault.cause ?? '')}` });
    throw thrown;
  }
}
