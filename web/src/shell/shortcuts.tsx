/**
 * Keys for those who leave the mouse alone, and the list of them. Single letters can be switched off, because
 * speech input types them by accident (WCAG 2.1.4).
 */

import { createSignal, For, onCleanup, type JSX } from 'solid-js';
import { Dialog } from '../kit/dialog.tsx';
import { hashOf, type Route } from '../logic/route.ts';
import { useApp } from '../model/app.ts';
import type { HouseModel } from './house-model.ts';

interface Shortcut {
  readonly keys: readonly string[];
  readonly what: string;
}

const LIST: readonly Shortcut[] = [
  { keys: ['?'], what: 'Show this list' },
  { keys: ['h'], what: 'Your sites' },
  { keys: ['n'], what: 'Neighbourhood' },
  { keys: ['i'], what: 'What concerns you' },
  { keys: ['d'], what: 'Your devices' },
  { keys: ['s'], what: 'Settings' },
  { keys: ['Alt', '↑'], what: 'Previous log' },
  { keys: ['Alt', '↓'], what: 'Next log' },
  { keys: ['/'], what: 'Write in this log, or a post' },
  { keys: ['Enter'], what: 'Send' },
  { keys: ['Shift', 'Enter'], what: 'A new line' },
  { keys: ['Esc'], what: 'Close a dialog, leave the field' },
];

const ROOMS: Readonly<Record<string, Route>> = {
  h: { room: 'home' },
  n: { room: 'feed' },
  i: { room: 'inbox' },
  d: { room: 'devices' },
  s: { room: 'settings' },
};

export function createShortcuts(house: HouseModel): void {
  const app = useApp();
  const follow = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.altKey) {
      if (event.key === 'ArrowUp') step(-1, event);
      if (event.key === 'ArrowDown') step(1, event);
      return;
    }
    if (event.key === 'Escape') leaveField();
    if (isTyping(event.target) || !app.local.shortcuts() || document.querySelector('dialog[open]') !== null)
      return;
    const room = ROOMS[event.key];
    if (room !== undefined) app.go(room);
    else if (event.key === '?') house.openHelp();
    else if (event.key === '/') focusComposer(event);
  };
  const step = (by: number, event: Event): void => {
    const next = neighbour(app.route(), house, by);
    if (next === null) return;
    event.preventDefault();
    app.go(next);
  };
  addEventListener('keydown', follow);
  onCleanup(() => removeEventListener('keydown', follow));
}

/** The next or previous log over all sites, in the order in which the side shows them. */
function neighbour(route: Route, house: HouseModel, by: number): Route | null {
  const all = house
    .sites()
    .flatMap((site) => [
      ...site.logs().map((log): Route => ({ room: 'log', site: site.id, log })),
      ...site.documents().map((title): Route => ({ room: 'document', site: site.id, document: title })),
    ]);
  const here = hashOf(route);
  const at = all.findIndex((each) => hashOf(each) === here);
  const next = at < 0 ? all[0] : all[(at + by + all.length) % all.length];
  return next ?? null;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

function leaveField(): void {
  if (isTyping(document.activeElement) && document.querySelector('dialog[open]') === null) {
    document.getElementById('room')?.focus();
  }
}

function focusComposer(event: Event): void {
  const composer = document.getElementById('composer');
  if (composer === null) return;
  event.preventDefault();
  composer.focus();
}

export function Shortcuts(props: { readonly isOpen: boolean; readonly onClose: () => void }): JSX.Element {
  const { local } = useApp();
  const [isOn, setOn] = createSignal(local.shortcuts());
  const set = (on: boolean): void => {
    local.setShortcuts(on);
    setOn(on);
  };
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title="Keyboard shortcuts">
      <dl class="keys">
        <For each={LIST}>
          {(shortcut) => (
            <div>
              <dt>
                <For each={shortcut.keys}>{(key) => <kbd>{key}</kbd>}</For>
              </dt>
              <dd>{shortcut.what}</dd>
            </div>
          )}
        </For>
      </dl>
      <label class="check">
        <input type="checkbox" checked={isOn()} onChange={(event) => set(event.currentTarget.checked)} />
        <span>Shortcuts of one letter are on</span>
      </label>
    </Dialog>
  );
}
