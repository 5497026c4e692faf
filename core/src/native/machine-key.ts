/**
 * Where the wrapping key of a keep comes from (SPEC S10).
 *
 * By default it is the machine's key, 32 random bytes in the user's home with mode 0600: whoever copies,
 * commits or backs up a keep's directory alone has nothing; whoever reads the user's home has everything.
 * With a passphrase (scrypt, RFC 7914, 128 MB) also the latter has nothing until the passphrase is guessed.
 */

import { randomBytes, scrypt } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { Fault } from '../base/fault.ts';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** OWASP's first choice for scrypt: N = 2^17, r = 8, p = 1. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 2 ** 20 } as const;

export function machineKeyPath(): string {
  return join(homedir(), '.copse', 'machine.key');
}

/** The machine's key, made when there is none. */
export function machineKey(path: string = machineKeyPath()): Promise<Uint8Array> {
  return readOrMake(path, KEY_BYTES);
}

/** The key of a passphrase; its salt lies beside the keep. */
export async function passphraseKey(directory: string, passphrase: string): Promise<Uint8Array> {
  const salt = await readOrMake(join(directory, 'salt'), SALT_BYTES);
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES, COST, (error, key) => {
      // Bun calls back with undefined where Node has null.
      if (error instanceof Error) reject(new Fault('internal', '', { cause: error }));
      else resolve(new Uint8Array(key));
    });
  });
}

async function readOrMake(path: string, size: number): Promise<Uint8Array> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two processes that start at once, one makes the file and the other reads it.
    const file = await open(path, 'wx', 0o600);
    const bytes = new Uint8Array(randomBytes(size));
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    return bytes;
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
  }
  const bytes = new Uint8Array(await readFile(path));
  if (bytes.length !== size)
    throw new Fault('corrupt', `${path} has ${bytes.length} bytes instead of ${size}`);
  return bytes;
}
