/** Reads the settings from the three places they may stand in; the file is `copse.toml` in the data directory. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from 'copse/internal/base/fault.ts';
import { parse } from 'smol-toml';
import { readSettings, SETTINGS, type Given, type Settings } from './settings.ts';

export function loadSettings(
  flags: Given,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const directory = String(flags['data'] ?? environment['COPSE_DATA'] ?? SETTINGS.data.initial);
  const settings = readSettings({ flags, environment, file: readFile(join(directory, 'copse.toml')) });
  if (!isLoopback(settings.host) && settings.url === '') {
    throw new Fault(
      'config',
      `\`host\` is ${settings.host}, which others can reach: set \`url\` to the public https:// address.`,
    );
  }
  return settings;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function readFile(path: string): Given {
  if (!existsSync(path)) return {};
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Fault(
      'config',
      `${path} is not TOML: ${cause instanceof Error ? cause.message.split('\n')[0] : ''}`,
      { cause },
    );
  }
}
