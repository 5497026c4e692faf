/**
 * The settings of a node: one table from which flags, environment variables, `copse.toml` and
 * `docs/config.md` are made (SPEC N1). Order of precedence: flag, environment, file, default.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { nearest } from './nearest.ts';

type Kind = 'text' | 'number' | 'boolean' | 'choice';

interface Setting {
  readonly kind: Kind;
  readonly initial: string | number | boolean;
  readonly doc: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
}

/** A key is `data` in the file, `--data` as a flag, `COPSE_DATA` in the environment. */
export const SETTINGS = {
  data: { kind: 'text', initial: './copse-data', doc: 'Directory that holds everything the node keeps.' },
  host: {
    kind: 'text',
    initial: '127.0.0.1',
    doc: 'Address to listen on. Anything but loopback needs `url`.',
  },
  port: { kind: 'number', initial: 7070, min: 0, max: 65_535, doc: 'Port to listen on; 0 takes a free one.' },
  url: {
    kind: 'text',
    initial: '',
    doc: 'Public origin, such as https://copse.example. Empty: http://host:port.',
  },
  signup: {
    kind: 'choice',
    initial: 'open',
    choices: ['open', 'invited'],
    doc: 'Who may make an account: anybody who reaches the node, or only who holds an invitation.',
  },
  connections: { kind: 'number', initial: 50_000, min: 1, max: 50_000, doc: 'Connections at once.' },
  retainDays: {
    kind: 'number',
    initial: 0,
    min: 0,
    max: 36_500,
    doc: 'Entries older than this are dropped; 0 keeps them.',
  },
  retainBytes: {
    kind: 'number',
    initial: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Bytes a log keeps, oldest dropped first; 0 is no bound.',
  },
  retainCount: {
    kind: 'number',
    initial: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Entries a log keeps, oldest dropped first; 0 is no bound.',
  },
  origins: {
    kind: 'text',
    initial: '',
    doc: 'Other origins whose pages may connect, separated by commas; `*` for any. The own origin always may.',
  },
  logLevel: {
    kind: 'choice',
    initial: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    doc: 'Least level that is logged.',
  },
  logFormat: {
    kind: 'choice',
    initial: 'text',
    choices: ['text', 'json'],
    doc: 'Form of log lines on standard error.',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S> = S extends { choices: readonly (infer C)[] }
  ? C
  : S extends { kind: 'number' }
    ? number
    : S extends { kind: 'boolean' }
      ? boolean
      : string;

export type Settings = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };
export type Given = Readonly<Record<string, unknown>>;

const NAMES = Object.keys(SETTINGS) as readonly SettingName[];

export interface Sources {
  readonly flags: Given;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: Given;
}

/** The settings in force; throws `config` naming the key, the value and the nearest known key. */
export function readSettings(sources: Sources): Settings {
  refuseUnknown(Object.keys(sources.flags), NAMES, 'flag');
  refuseUnknown(Object.keys(sources.file), NAMES, 'key in copse.toml');
  const ours = Object.keys(sources.environment).filter((name) => name.startsWith('COPSE_'));
  refuseUnknown(ours, [...NAMES.map(environmentName), ...OTHER_VARIABLES], 'environment variable');
  const entries = NAMES.map((name) => {
    const setting: Setting = SETTINGS[name];
    const given = sources.flags[name] ?? sources.environment[environmentName(name)] ?? sources.file[name];
    return [name, given === undefined ? setting.initial : check(name, setting, given)] as const;
  });
  return Object.fromEntries(entries) as unknown as Settings;
}

/** Variables with our prefix that are not settings of the node. */
const OTHER_VARIABLES = ['COPSE_HOME', 'COPSE_NODE', 'COPSE_PASSPHRASE', 'COPSE_VECTORS', 'COPSE_TRACES'];

function refuseUnknown(given: readonly string[], known: readonly string[], what: string): void {
  for (const name of given) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    throw new Fault(
      'config',
      `Unknown ${what} \`${name}\`.${close === null ? '' : ` Did you mean \`${close}\`?`}`,
    );
  }
}

function check(name: string, setting: Setting, given: unknown): string | number | boolean {
  const refuse = (want: string): never => {
    throw new Fault('config', `\`${name}\` is ${want}, not \`${String(given)}\`.`);
  };
  switch (setting.kind) {
    case 'text':
      return typeof given === 'string' ? given : refuse('a text');
    case 'boolean':
      if (given === true || given === 'true' || given === '1') return true;
      return given === false || given === 'false' || given === '0' ? false : refuse('true or false');
    case 'choice':
      return setting.choices?.includes(String(given)) === true
        ? String(given)
        : refuse(`one of ${setting.choices?.join(', ')}`);
    case 'number': {
      const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = setting;
      if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
        return refuse(`a whole number from ${min} to ${max}`);
      }
      return value;
    }
  }
}

/** `retainDays` is `COPSE_RETAIN_DAYS`. */
export function environmentName(name: string): string {
  return `COPSE_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `retainDays` is `--retain-days`. */
export function flagName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The settings as a page of documentation. */
export function describeSettings(): string {
  const rows = NAMES.map((name) => {
    const setting: Setting = SETTINGS[name];
    const form = setting.choices?.join(' \\| ') ?? setting.kind;
    return `| \`${name}\` | \`${flagName(name)}\` | \`${environmentName(name)}\` | ${form} | \`${String(setting.initial)}\` | ${setting.doc} |`;
  });
  return [
    '# Settings',
    '',
    'Made from `server/src/node/settings.ts`; `copse config doc` prints it. A flag wins over the environment, the environment over `copse.toml` in the data directory, the file over the default.',
    '',
    '| key in `copse.toml` | flag | environment | form | default | |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** The settings as a commented `copse.toml`. */
export function settingsFile(settings: Settings): string {
  const line = (name: SettingName): string => {
    const value = settings[name];
    const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
    return `# ${SETTINGS[name].doc}\n${value === SETTINGS[name].initial ? '# ' : ''}${name} = ${shown}\n`;
  };
  return NAMES.map(line).join('\n');
}
