/** A file in a folder of its own, for stores that are opened again. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder is there until the task has ended. */
export async function withFile(name: string, task: (path: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-file-'));
  try {
    await task(join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
