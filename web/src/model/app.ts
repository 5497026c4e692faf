/** What every room shares: where we are, who we are, the present moment, and how to tell people something. */

import { must } from 'copse/internal/base/assert.ts';
import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { asFault, FAULTS } from 'copse/internal/base/fault.ts';
import { createContext, createSignal, onCleanup, useContext, type Accessor } from 'solid-js';
import { hashOf, routeOf, type Route } from '../logic/route.ts';
import { timeWords, type TimeWords } from '../logic/time-words.ts';
import type { Local, Theme } from './local.ts';
import type { Copse, Gate } from './sdk.ts';
import type { Session } from './session.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly hint: string;
  readonly kind: 'good' | 'bad';
}

export interface App {
  readonly gate: Gate;
  readonly local: Local;
  readonly session: Session;
  readonly route: Accessor<Route>;
  readonly go: (route: Route) => void;
  /** Goes there without a step in the history. */
  readonly replace: (route: Route) => void;
  /** Whether somebody has moved since the page was loaded. */
  readonly hasMoved: () => boolean;
  readonly words: TimeWords;
  /** The wall clock, refreshed every half minute: what "5 min ago" is counted from. */
  readonly nowMs: Accessor<number>;
  readonly toasts: Accessor<readonly Toast[]>;
  readonly tell: (text: string, hint?: string) => void;
  /** Tells what was not done, and what to do. */
  readonly warn: (text: string, hint: string) => void;
  /** Tells calmly what went wrong and what to do. */
  readonly tellFault: (thrown: unknown) => void;
  readonly dismiss: (id: number) => void;
  readonly theme: Accessor<Theme>;
  readonly setTheme: (theme: Theme) => void;
}

const TOAST_MS = 6_000;
/** Bad news stays until it has been read by a slow reader, too. */
const BAD_TOAST_MS = 15_000;
const TOASTS_MAX = 3;
const CLOCK_MS = 30_000;

export function createApp(gate: Gate, local: Local, session: Session): App {
  const [route, setRoute] = createSignal<Route>(routeOf(location.hash));
  let hasMoved = false;
  const follow = (): void => {
    hasMoved = true;
    // A link pasted into the address bar of the open app is an arrival like any other.
    if (session.arrive(location.href) !== null) history.replaceState(null, '', hashOf({ room: 'join' }));
    setRoute(routeOf(location.hash));
  };
  addEventListener('hashchange', follow);
  const [nowMs, setNowMs] = createSignal(Date.now());
  const clock = setInterval(() => setNowMs(Date.now()), CLOCK_MS);
  const [theme, setTheme] = createSignal(local.theme());
  onCleanup(() => {
    removeEventListener('hashchange', follow);
    clearInterval(clock);
  });
  return {
    gate,
    local,
    session,
    route,
    nowMs,
    theme,
    hasMoved: () => hasMoved,
    words: timeWords(),
    ...createToasts(),
    go(next) {
      location.hash = hashOf(next);
    },
    replace(next) {
      history.replaceState(null, '', hashOf(next));
      setRoute(next);
    },
    setTheme(next) {
      local.setTheme(next);
      setTheme(next);
      if (next === 'system') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = next;
    },
  };
}

function createToasts(): Pick<App, 'toasts' | 'tell' | 'warn' | 'tellFault' | 'dismiss'> {
  const [toasts, setToasts] = createSignal<readonly Toast[]>([]);
  let count = 0;
  const dismiss = (id: number): void => {
    setToasts((shown) => shown.filter((toast) => toast.id !== id));
  };
  const show = (text: string, hint: string, kind: Toast['kind']): void => {
    const id = ++count;
    setToasts((shown) => [...shown, { id, text, hint, kind }].slice(-TOASTS_MAX));
    setTimeout(() => dismiss(id), kind === 'bad' ? BAD_TOAST_MS : TOAST_MS);
  };
  return {
    toasts,
    dismiss,
    tell: (text, hint = '') => show(text, hint, 'good'),
    warn: (text, hint) => show(text, hint, 'bad'),
    tellFault(thrown) {
      const { what, hint } = faultWords(thrown);
      show(what, hint, 'bad');
    },
  };
}

export interface FaultWords {
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

/** What a fault says to a person; the code is for whoever helps her. */
export function faultWords(thrown: unknown): FaultWords {
  const { code } = asFault(thrown);
  return { code, what: FAULTS[code].what, hint: FAULT_HELP[code].hint };
}

export const AppContext = createContext<App>();
export const CopseContext = createContext<Copse>();

export function useApp(): App {
  return must(useContext(AppContext), 'a component stands inside the app');
}

/** The open connection: only for rooms of members. */
export function useCopse(): Copse {
  return must(useContext(CopseContext), 'a room of members stands inside an open session');
}
