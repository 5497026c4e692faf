/** Python with the packages of Debian that the second implementation stands on, and how it is run. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PACKAGES = ['python3-cryptography', 'python3-nacl', 'python3-cbor2', 'python3-mnemonic'];
const IMPORTS = 'import cryptography, nacl.signing, cbor2, mnemonic';
/** The system's own first: others rarely have the packages. */
const PYTHONS = ['/usr/bin/python3', 'python3'];
const SCRIPT = join(import.meta.dirname, 'protocol.py');
const OUTPUT_BYTES_MAX = 64 << 20;

/** What to say when there is none. */
export const PYTHON_HINT = `This judge needs Python: apt-get install ${PACKAGES.join(' ')}`;

/** The Python that has them, installed when we are root on Debian; null when there is none. */
export function findPython(): string | null {
  return probe() ?? (install() ? probe() : null);
}

function probe(): string | null {
  const works = (python: string): boolean =>
    spawnSync(python, ['-c', IMPORTS], { stdio: 'ignore' }).status === 0;
  return PYTHONS.find(works) ?? null;
}

function install(): boolean {
  if (process.getuid?.() !== 0) return false;
  const steps = [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return steps.every(
    (args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0,
  );
}

/** The JSON that a command of `protocol.py` prints. */
export function ask(python: string, args: readonly string[], input: unknown): unknown {
  const run = spawnSync(python, [SCRIPT, ...args], {
    input: JSON.stringify(input),
    maxBuffer: OUTPUT_BYTES_MAX,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`protocol.py ${args.join(' ')}: ${run.stderr}`);
  const answer: unknown = JSON.parse(run.stdout);
  return answer;
}
