/**
 * What the app remembers on this device besides the SDK's keys: theme, what was read, whether the phrase was
 * written down. Small texts in `localStorage`; a browser that refuses them gets an app that forgets.
 */

import { noBackup, type Backup } from '../logic/phrase-flow.ts';
import type { KnownNames } from '../logic/trust-words.ts';

export type Theme = 'system' | 'light' | 'dark';

/** The part of `localStorage` that is used. */
export interface TextStore {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export interface SealedGiven {
  /** By which it is taken back. */
  readonly id: string;
  readonly name: string;
  /** What it permits, in words. */
  readonly what: string;
  readonly timeMs: number;
}

export interface Local {
  theme(): Theme;
  setTheme(theme: Theme): void;
  shortcuts(): boolean;
  setShortcuts(on: boolean): void;
  /** Whether this browser had an account when the page was last open. */
  hasAccount(): boolean;
  setAccount(has: boolean): void;
  /** Whether this browser is notified: it is, its person has put it off, or nobody has asked. */
  bell(): '' | 'on' | 'later';
  setBell(bell: '' | 'on' | 'later'): void;
  backup(): Backup;
  setBackup(backup: Backup): void;
  /** The code of the PIN recovery, worth nothing without the PIN; empty when none is known here. */
  recoveryCode(): string;
  setRecoveryCode(code: string): void;
  /** The last position that was read in a log, or null when the log was never opened here. */
  readAt(site: string, log: string): number | null;
  setReadAt(site: string, log: string, at: number): void;
  /** Names of those whose keys were verified in a site, by user. */
  known(site: string): KnownNames;
  setKnown(site: string, known: KnownNames): void;
  /** Sealed rights that were given from here: the node cannot list them. */
  sealed(site: string): readonly SealedGiven[];
  setSealed(site: string, given: readonly SealedGiven[]): void;
  /** Text that was begun and not sent. */
  draft(site: string, log: string): string;
  setDraft(site: string, log: string, text: string): void;
  /** Forgets everything that belongs to the account. The theme stays. */
  forget(): void;
}

const PREFIX = 'copse/';
/** Files of drafts lie apart: texts have no room for them. */
export const draftFiles = 'copse-drafts';
const ACCOUNT = `${PREFIX}my/`;

export function localOver(store: TextStore, keys: () => readonly string[]): Local {
  const get = (name: string): string | null => attempt(() => store.getItem(name)) ?? null;
  const set = (name: string, value: string | null): void => {
    attempt(() => (value === null ? store.removeItem(name) : store.setItem(name, value)));
  };
  const logKey = (what: string, site: string, log: string): string => `${ACCOUNT}${what}/${site}/${log}`;
  return {
    theme: () => themeOf(get(`${PREFIX}theme`)),
    setTheme: (theme) => set(`${PREFIX}theme`, theme === 'system' ? null : theme),
    shortcuts: () => get(`${PREFIX}shortcuts`) !== 'off',
    setShortcuts: (on) => set(`${PREFIX}shortcuts`, on ? null : 'off'),
    hasAccount: () => get(`${ACCOUNT}account`) !== null,
    setAccount: (has) => set(`${ACCOUNT}account`, has ? 'yes' : null),
    bell: () => bellOf(get(`${ACCOUNT}bell`)),
    setBell: (bell) => set(`${ACCOUNT}bell`, bell === '' ? null : bell),
    backup: () => backupOf(get(`${ACCOUNT}backup`)),
    setBackup: (backup) => set(`${ACCOUNT}backup`, JSON.stringify(backup)),
    recoveryCode: () => get(`${ACCOUNT}recovery`) ?? '',
    setRecoveryCode: (code) => set(`${ACCOUNT}recovery`, code === '' ? null : code),
    readAt: (site, log) => countOf(get(logKey('read', site, log))),
    setReadAt: (site, log, at) => set(logKey('read', site, log), String(at)),
    known: (site) => namesIn(get(`${ACCOUNT}known/${site}`)),
    setKnown: (site, known) => set(`${ACCOUNT}known/${site}`, JSON.stringify(known)),
    sealed: (site) => sealedIn(get(`${ACCOUNT}sealed/${site}`)),
    setSealed: (site, given) =>
      set(`${ACCOUNT}sealed/${site}`, given.length === 0 ? null : JSON.stringify(given)),
    draft: (site, log) => get(logKey('draft', site, log)) ?? '',
    setDraft: (site, log, text) => set(logKey('draft', site, log), text === '' ? null : text),
    forget() {
      for (const key of attempt(keys) ?? []) if (key.startsWith(ACCOUNT)) set(key, null);
    },
  };
}

export function browserLocal(): Local {
  const local = localOver(
    {
      getItem: (name) => localStorage.getItem(name),
      setItem: (name, value) => localStorage.setItem(name, value),
      removeItem: (name) => localStorage.removeItem(name),
    },
    () => Object.keys(localStorage),
  );
  return {
    ...local,
    forget() {
      local.forget();
      attempt(() => indexedDB.deleteDatabase(draftFiles));
    },
  };
}

function themeOf(text: string | null): Theme {
  return text === 'light' || text === 'dark' ? text : 'system';
}

function bellOf(text: string | null): '' | 'on' | 'later' {
  return text === 'on' || text === 'later' ? text : '';
}

function countOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/u.test(text) ? Number(text) : null;
}

function namesIn(text: string | null): KnownNames {
  const parsed: unknown = text === null ? null : attempt(() => JSON.parse(text));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return {};
  return Object.fromEntries(
    Object.entries(parsed).flatMap(([user, name]) => (typeof name === 'string' ? [[user, name]] : [])),
  );
}

function sealedIn(text: string | null): readonly SealedGiven[] {
  const parsed: unknown = text === null ? null : attempt(() => JSON.parse(text));
  return Array.isArray(parsed) ? parsed.filter(isSealedGiven) : [];
}

function isSealedGiven(row: unknown): row is SealedGiven {
  if (typeof row !== 'object' || row === null) return false;
  const isText = (name: string): boolean => typeof Reflect.get(row, name) === 'string';
  return isText('id') && isText('name') && isText('what') && typeof Reflect.get(row, 'timeMs') === 'number';
}

function backupOf(text: string | null): Backup {
  const parsed: unknown = text === null ? null : attempt(() => JSON.parse(text));
  if (typeof parsed !== 'object' || parsed === null) return noBackup;
  const { isConfirmed, postponedCount, postponedMs } = { ...noBackup, ...parsed };
  const isWell =
    typeof isConfirmed === 'boolean' && Number.isFinite(postponedCount) && Number.isFinite(postponedMs);
  return isWell ? { isConfirmed, postponedCount, postponedMs } : noBackup;
}

/** Storage may be full, blocked or full of somebody else's text; none of that may stop the app. */
function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}
