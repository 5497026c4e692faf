/** Reads the settings from the three places they may stand in; the file is `copse.toml` in the data directory. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from 'copse/internal/base/fault.ts';
import { parse } from 'smol-toml';
import { isLoopback } from './loopback.ts';
import { readSettings, type Given, type Settings } from './settings.ts';

const SETTINGS_FILE = 'copse.toml';

export function loadSettings(
  flags: Given,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  // Flags and environment first: they say where the file is.
  const { data } = readSettings({ flags, environment, file: {} });
  const settings = readSettings({ flags, environment, file: readFile(join(data, SETTINGS_FILE)) });
  if (!isLoopback(settings.host) && settings.url === '') {
    throw new Fault(
      'config',
      `\`host\` is ${settings.host}, which others can reach: set \`url\` to the public https:// address.`,
    );
  }
  return settings;
}

function readFile(path: string): Given {
  if (!existsSync(path)) return {};
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new Fault('config', `${path} cannot be read as TOML: ${why}.`, { cause });
  }
}
