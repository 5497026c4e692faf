/**
 * A NATS server that can sync before it acknowledges (2.10 or newer). Debian stable's cannot, so the one
 * of Debian testing is unpacked into a cache beside the system's packages, which stay as they are.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'bun';

const SOURCES = '/etc/apt/sources.list.d/debian.sources';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Path of the server's executable; throws a sentence that says what is missing. */
export async function natsServer(): Promise<string> {
  const cache = join(homedir(), '.cache', 'copse-bench');
  const binary = join(cache, 'nats', 'usr', 'sbin', 'nats-server');
  if (existsSync(binary)) return binary;
  if (!existsSync(SOURCES))
    throw new Error('NATS needs a Debian system (package nats-server of Debian testing)');
  const uri = readFileSync(SOURCES, 'utf8').match(/^URIs:\s*(\S+)/m)?.[1];
  if (uri === undefined) throw new Error('no Debian mirror is configured');
  mkdirSync(join(cache, 'lists', 'partial'), { recursive: true });
  writeFileSync(join(cache, 'sources.list'), `deb [signed-by=${KEYRING}] ${uri} forky main\n`);
  const apt = [
    '-o',
    `Dir::Etc::sourcelist=${cache}/sources.list`,
    '-o',
    'Dir::Etc::sourceparts=/dev/null',
    '-o',
    `Dir::State::lists=${cache}/lists`,
  ];
  await $`apt-get ${apt} update`.quiet();
  await $`apt-get ${apt} download nats-server`.cwd(cache).quiet();
  await $`dpkg -x ${[...new Bun.Glob('nats-server_*.deb').scanSync(cache)][0]} nats`.cwd(cache).quiet();
  if (!existsSync(binary)) throw new Error('the package nats-server holds no server');
  return binary;
}
