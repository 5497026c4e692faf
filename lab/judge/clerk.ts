/**
 * The clerk of a judge (SPEC G9): starts it as a process of its own, passes on what it says, and reads its last
 * line. A judge that ends without its count, or with another exit code than the count means, has not judged;
 * that is one failure, and the clerk says why.
 */

import { spawn } from 'node:child_process';

export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** Why there is no judgement, or null. */
  readonly why: string | null;
}

const COUNT = /^(\d+) passed, (\d+) failed$/;
/** The dearest judge takes a tenth of it. */
const JUDGE_MS_MAX = 10 * 60_000;

/** `command` is the program and its arguments; `say` gets every line of the judge but its count. */
export async function judgement(
  [program = '', ...args]: readonly string[],
  say: (line: string) => void,
): Promise<Verdict> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), JUDGE_MS_MAX);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it did not start: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === null ? `it was ended by ${signal}` : `exit ${code}`),
    );
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const end = await ended;
  clearTimeout(timer);
  const lines = text.trimEnd().split('\n');
  const count = COUNT.exec(lines.at(-1) ?? '');
  for (const line of count === null ? lines : lines.slice(0, -1)) if (line !== '') say(line);
  if (count === null) return missing(`it ended without its count (${end})`);
  const [passed, failed] = [Number(count[1]), Number(count[2])];
  if (failed === 0 && passed === 0) return missing('it compared nothing');
  if (failed === 0 && end !== 'exit 0') return missing(`it counts no failure, but: ${end}`);
  return { passed, failed, why: null };
}

function missing(why: string): Verdict {
  return { passed: 0, failed: 1, why };
}
