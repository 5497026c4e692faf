/**
 * The settings of a node: one table from which flags, environment variables, `copse.toml` and
 * `docs/config.md` are made (SPEC N1). Order of precedence: flag, environment, file, default.
 */

import { assert } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { iceServersMax } from 'copse/internal/base/limits-direct.ts';
import { accountQuotaMax } from 'copse/internal/base/limits-accounts.ts';
import { cosignersMax } from 'copse/internal/base/limits.ts';
import { coldForm } from './cold-place.ts';
import { peersOf } from './cosign/peers.ts';
import { NEIGHBOURHOOD_SETTINGS } from './files/settings.ts';
import { iceServerUrls } from './ice.ts';
import { contactForm, mailForm, mailFromForm } from './mail-address.ts';
import { nearest } from './nearest.ts';
import { EXCHANGE_SETTINGS } from './settings-exchange.ts';
import { isHostPattern } from '../notify/push/endpoint.ts';
import { journalForm } from './shards/journal-address.ts';

type Kind = 'text' | 'number' | 'boolean' | 'choice';

export interface Setting {
  readonly kind: Kind;
  readonly initial: string | number | boolean;
  readonly doc: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Null when a text has the right form, else what form that is. */
  readonly form?: (text: string) => string | null;
  /** What is wrong may hold a secret, and is not repeated. */
  readonly isPrivate?: true;
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
    form: (text) => (text === '' || isOrigin(text) ? null : 'an origin such as https://copse.example'),
    doc: 'Public origin, such as https://copse.example. Empty: http://host:port.',
  },
  role: {
    kind: 'choice',
    initial: 'all',
    choices: ['all', 'auth', 'tail'],
    doc: 'What this process runs: everything, auth with the app, or a tail that shares `journal` with others.',
  },
  journal: {
    kind: 'text',
    initial: '',
    form: journalForm,
    isPrivate: true,
    doc: 'Where a process with `role = "tail"` keeps its journal: a PostgreSQL database, as postgres://copse@db.example:5432/copse; a password stands in the file `journal.key` of the data directory.',
  },
  auth: {
    kind: 'text',
    initial: '',
    form: (text) => (text === '' || isOrigin(text) ? null : 'an origin such as https://copse.example'),
    doc: 'Where a process with `role = "tail"` finds auth, whose file `tail.key` it needs in its data directory.',
  },
  proxied: {
    kind: 'boolean',
    initial: false,
    doc: 'A reverse proxy stands before the node: the address of a caller is the last one in `X-Forwarded-For`.',
  },
  signup: {
    kind: 'choice',
    initial: 'open',
    choices: ['open', 'invited'],
    doc: 'Who may make an account: anybody who reaches the node, or only who holds an invitation.',
  },
  accounts: {
    kind: 'number',
    initial: 1000,
    min: 0,
    max: accountQuotaMax,
    doc: 'How many accounts the first admin may make, and hand on to be made. Raising it gives her the difference; lowering it takes nothing back.',
  },
  connections: { kind: 'number', initial: 50_000, min: 1, max: 50_000, doc: 'Connections at once.' },
  connectionsPerAddress: {
    kind: 'number',
    initial: 10_000,
    min: 1,
    max: 50_000,
    doc: 'Connections of one address at once. Behind a proxy set `proxied`, or all callers are one address.',
  },
  retainDays: {
    kind: 'number',
    initial: 0,
    min: 0,
    max: 36_500,
    doc: 'Entries of a log older than this are dropped, in whole chunks; 0 keeps them.',
  },
  retainBytes: {
    kind: 'number',
    initial: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Bytes that each log keeps at least; whole chunks beyond them are dropped, oldest first; 0 is no bound.',
  },
  retainCount: {
    kind: 'number',
    initial: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Entries that each log keeps at least; whole chunks beyond them are dropped, oldest first; 0 is no bound.',
  },
  retainReplacedDays: {
    kind: 'number',
    initial: 0,
    min: 0,
    max: 36_500,
    doc: 'Entries older than this are dropped, in whole chunks, when a snapshot stands for them whose maker may lead the log; 0 keeps them.',
  },
  cold: {
    kind: 'text',
    initial: '',
    form: coldForm,
    doc: 'Where old entries move: a directory, in the data directory unless it is an absolute path, or a bucket that speaks S3, as https://s3.example/bucket/prefix, whose access key and secret are in the file `cold.key` of the data directory, a line each; empty: they stay. Readers fetch them from there by addresses that hold for a while.',
  },
  coldRegion: {
    kind: 'text',
    initial: 'us-east-1',
    doc: 'Region of the bucket; those that have none take any.',
  },
  coldDays: {
    kind: 'number',
    initial: 30,
    min: 0,
    max: 36_500,
    doc: 'How old the newest entry of a chunk is when it moves to `cold`.',
  },
  ...NEIGHBOURHOOD_SETTINGS,
  ...EXCHANGE_SETTINGS,
  origins: {
    kind: 'text',
    initial: '',
    form: (text) =>
      originList(text).every((origin) => origin === '*' || isOrigin(origin))
        ? null
        : 'a list of origins, such as https://a.example,https://b.example',
    doc: 'Other origins whose pages may connect, separated by commas; `*` for any. The own origin always may.',
  },
  cosign: {
    kind: 'text',
    initial: '',
    form: (text) =>
      peersOf(text) === null
        ? `a list of up to ${cosignersMax} nodes, such as https://a.example,https://b.example#KEY`
        : null,
    doc: 'Nodes of friends whose logs this node watches and cosigns, separated by commas, each with its key behind `#` or the one that is found first.',
  },
  cosignSeconds: {
    kind: 'number',
    initial: 600,
    min: 1,
    max: 604_800,
    doc: 'How often it looks at each of them.',
  },
  streams: {
    kind: 'choice',
    initial: 'off',
    choices: ['off', 'token', 'open'],
    doc: 'Who may make, write, read and delete streams that belong to no site, at `/v1/stream/`: nobody, whoever shows the token in the file `stream-token` of the data directory, or anybody who reaches the node.',
  },
  streamRate: {
    kind: 'number',
    initial: 1000,
    max: 1_000_000,
    doc: 'Requests to streams a second of one address, on average; 0 is no bound.',
  },
  streamPollSeconds: {
    kind: 'number',
    initial: 20,
    min: 1,
    max: 120,
    doc: 'How long a reader of a stream who waits for more is kept waiting before the answer that there is none.',
  },
  direct: {
    kind: 'choice',
    initial: 'all',
    choices: ['all', 'masked', 'relay', 'off'],
    doc: 'How a device that leads a log and those that hand in to it may reach each other without the node: by all their addresses; by none of their own network unless under a name (multicast DNS); by a TURN server alone, so that nobody learns where another one is; not at all.',
  },
  iceServers: {
    kind: 'text',
    initial: '',
    form: (text) =>
      iceServerUrls(text) === null
        ? `a list of up to ${iceServersMax} servers, such as stun:stun.example:3478,turn:turn.example:3478`
        : null,
    doc: 'STUN and TURN servers that help them to, separated by commas.',
  },
  turnSecret: {
    kind: 'text',
    initial: '',
    doc: 'File with the secret that the TURN servers share with the node (`static-auth-secret` of coturn), in the data directory unless it is an absolute path; each device gets a name and a password of its own that hold for a day. Empty: none.',
  },
  oidc: {
    kind: 'text',
    initial: '',
    doc: 'TOML file that names the e-mail providers of the node, in the data directory unless it is an absolute path; empty: none.',
  },
  notify: {
    kind: 'boolean',
    initial: true,
    doc: 'Whether devices that ask for it are notified, by the push services of their browsers, of what is new while their users are away.',
  },
  pushContact: {
    kind: 'text',
    initial: '',
    form: contactForm,
    doc: 'Where push services reach whoever runs the node: a mailto: or https: address. Empty: `url`.',
  },
  pushHosts: {
    kind: 'text',
    initial: '',
    form: (text) =>
      originList(text).every(isHostPattern) ? null : 'a list of hosts, such as push.example,*.push.example',
    doc: 'Push services beside those of the known browsers, separated by commas: hosts, or `*.` and a host for all below it. They are https and public.',
  },
  pushTrusted: {
    kind: 'text',
    initial: '',
    form: (text) =>
      originList(text).every(isOrigin) ? null : 'a list of origins, such as https://push.example:8443',
    doc: 'Origins of push services that may be anything, also inside your network: what any user names there is called. For a push service of your own.',
  },
  mail: {
    kind: 'text',
    initial: '',
    form: mailForm,
    doc: 'Mail server that takes the digests of users who wish one, as smtps://copse@mail.example:465 or smtp://copse@mail.example:587, whose password is in the file `mail.key` of the data directory; beyond this machine the line is always encrypted. Empty: no e-mail is sent.',
  },
  mailFrom: {
    kind: 'text',
    initial: '',
    form: mailFromForm,
    doc: 'From whom digests are. Needed with `mail`.',
  },
  metrics: {
    kind: 'choice',
    initial: 'local',
    choices: ['local', 'all', 'off'],
    doc: 'Who is answered at `/metrics`: callers of a node that only this machine reaches, everybody, nobody.',
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

const isSettingName = (name: string): name is SettingName => name in SETTINGS;
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS).filter(isSettingName);
/** The data directory holds the file, so the file cannot say where it is. */
export const FILE_NAMES: readonly SettingName[] = SETTING_NAMES.filter((name) => name !== 'data');

export interface Sources {
  readonly flags: Given;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: Given;
}

/** The settings in force; throws `config` naming the key, the value and the nearest known key. */
export function readSettings(sources: Sources): Settings {
  refuseUnknown(Object.keys(sources.flags), SETTING_NAMES, 'flag');
  refuseUnknown(Object.keys(sources.file), FILE_NAMES, 'key in copse.toml');
  const ours = Object.keys(sources.environment).filter((name) => name.startsWith('COPSE_'));
  refuseUnknown(ours, [...SETTING_NAMES.map(environmentName), ...OTHER_VARIABLES], 'environment variable');
  const entries = SETTING_NAMES.map((name) => {
    const setting: Setting = SETTINGS[name];
    const given = sources.flags[name] ?? sources.environment[environmentName(name)] ?? sources.file[name];
    return [name, given === undefined ? setting.initial : check(name, setting, given)] as const;
  });
  const settings: Readonly<Record<string, unknown>> = Object.fromEntries(entries);
  assert(isSettings(settings), 'every setting has a value of its kind');
  return settings;
}

const TYPE_OF = { text: 'string', choice: 'string', number: 'number', boolean: 'boolean' } as const;

function isSettings(values: Readonly<Record<string, unknown>>): values is Settings {
  return SETTING_NAMES.every((name) => typeof values[name] === TYPE_OF[SETTINGS[name].kind]);
}

/** Variables with our prefix that are not settings of the node. */
const OTHER_VARIABLES = [
  'COPSE_HOME',
  'COPSE_NODE',
  'COPSE_PASSPHRASE',
  'COPSE_VECTORS',
  'COPSE_TRACES',
  'COPSE_IRC',
];

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
    const shown = typeof given === 'string' ? given : JSON.stringify(given);
    const instead = setting.isPrivate === true ? '' : `, not \`${shown}\``;
    throw new Fault('config', `\`${name}\` is ${want}${instead}.`);
  };
  switch (setting.kind) {
    case 'text': {
      if (typeof given !== 'string') return refuse('a text');
      const form = setting.form?.(given) ?? null;
      return form === null ? given : refuse(form);
    }
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

/** The origins of the setting `origins`. */
export function originList(text: string): readonly string[] {
  return text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
