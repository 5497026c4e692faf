/** The hidden command under `replay`: one writer or reader process. */

import { asFault } from 'copse/internal/base/fault.ts';
import { parseJob, type Report } from '../replay/messages.ts';
import { runWorker } from '../replay/worker.ts';

export async function replayWorker(text: string): Promise<void> {
  const send = (report: Report): void => void process.stdout.write(`${JSON.stringify(report)}\n`);
  try {
    await runWorker(parseJob(text), send);
  } catch (thrown) {
    const fault = asFault(thrown);
    const cause = fault.cause instanceof Error ? (fault.cause.stack ?? fault.cause.message) : '';
    send({ kind: 'failed', message: `${fault.message} ${cause}`.trim() });
    throw thrown;
  }
}
