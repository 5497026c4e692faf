/** Secrets of 32 bytes in files of the data directory: made once, readable by the node's user alone. */

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';

const OWNER_READS = 0o600;
const SECRET_BYTES = 32;

export interface SecretFile {
  readonly name: string;
  /** What happens when it is lost, as the rest of a sentence. */
  readonly loss: string;
}

/** The secret of a file in `directory`, made when there is none. Throws `corrupt` for a file that is none. */
export function secretIn(directory: string, file: SecretFile, make: () => Uint8Array): Uint8Array {
  const path = join(directory, file.name);
  if (!existsSync(path)) return makeSecret(directory, path, make());
  const secret = readSecret(path, file);
  chmodSync(path, OWNER_READS);
  return secret;
}

/** The secret in a file; throws `corrupt` when it is none. */
export function readSecret(path: string, { name, loss }: SecretFile): Uint8Array {
  const secret = fromBase64url(readFileSync(path, 'utf8').trim());
  if (secret !== null && secret.length === SECRET_BYTES) return secret;
  throw new Fault('corrupt', `\`${name}\` is not a key; restore it from a backup: without it ${loss}.`);
}

/** Whole and on the disk before anybody is told of it: others remember what is made of it for good. */
function makeSecret(directory: string, path: string, secret: Uint8Array): Uint8Array {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${base64url(secret)}\n`, { mode: OWNER_READS, flag: 'wx', flush: true });
  renameSync(fresh, path);
  syncDirectory(directory);
  return secret;
}

/** Makes a rename in a directory survive power loss; Windows has no such thing. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
