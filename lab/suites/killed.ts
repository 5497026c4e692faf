/** A child that tells what it has done, line by line, and is killed in the middle of it. */

import { spawn } from 'node:child_process';

/** Its whole lines up to `kill -9`, which comes when `isEnough` of what it has told. Rejects when it ends by itself. */
export function killedWriter(
  args: readonly string[],
  isEnough: (told: string) => boolean,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      told += text;
      if (isEnough(told)) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(told.slice(0, told.lastIndexOf('\n')).split('\n'));
      else reject(new Error(`the writer ended by itself: ${code} ${signal}`));
    });
  });
}
