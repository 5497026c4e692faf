/**
 * Where the wrapping key of a keep comes from (SPEC S10).
 *
 * By default it is the machine's key, 32 random bytes in the user's home with mode 0600: whoever copies,
 * commits or backs up a keep's directory alone has nothing; whoever reads the user's home has everything.
 * With a passphrase (scrypt, RFC 7914, 128 MB) also the latter has nothing until the passphrase is guessed.
 */

import { randomBytes, scrypt } from 'node:crypto';
import { constants, copyFile, link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { must } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** OWASP's first choice for scrypt: N = 2^17, r = 8, p = 1. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 2 ** 20 } as const;

/** A file that is still too short is looked at again this often: copying 32 bytes takes far less. */
const WHOLE_TRIES = 20;
const WHOLE_PAUSE_MS = 25;

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

/**
 * The bytes at `path`, made when there are none. The file gets its name when its bytes are on the disk: of
 * processes that start at once one names its file first, and the others read that one.
 */
async function readOrMake(path: string, size: number): Promise<Uint8Array> {
  const known = await readWhole(path, size);
  if (known !== null) return known;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  await writeDraft(draft, new Uint8Array(randomBytes(size)));
  try {
    await name(draft, path);
  } finally {
    await unlink(draft);
  }
  return must(await readWhole(path, size), 'the file has its name');
}

async function writeDraft(draft: string, bytes: Uint8Array): Promise<void> {
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives the draft its name unless another one has it. */
async function name(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return;
    // Some file systems have no links (exFAT, Android); there, readers wait for the rest of the copy.
    await copyFile(draft, path, constants.COPYFILE_EXCL).catch(unlessThere);
  }
  await syncDirectory(dirname(path));
}

/** Without this a power loss may take the name, and with it the key of everything that was sealed since. */
async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open directories, and needs not.
  const handle = await open(directory, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Null when there is no such file. */
async function readWhole(path: string, size: number): Promise<Uint8Array | null> {
  for (let tries = 1; ; tries++) {
    const bytes = await readFile(path).catch((thrown: unknown) => {
      if (hasCode(thrown, 'ENOENT')) return null;
      throw thrown;
    });
    if (bytes === null) return null;
    if (bytes.length === size) return new Uint8Array(bytes);
    if (bytes.length > size || tries === WHOLE_TRIES) {
      throw new Fault('corrupt', `${path} has ${bytes.length} bytes instead of ${size}`);
    }
    await setTimeout(WHOLE_PAUSE_MS);
  }
}

function unlessThere(thrown: unknown): void {
  if (!hasCode(thrown, 'EEXIST')) throw thrown;
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
