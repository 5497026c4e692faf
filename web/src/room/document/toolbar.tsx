/** Buttons for what can be done with the text: one stop of the keyboard, inside which the arrows move. */

import { createSignal, For, type Accessor, type JSX } from 'solid-js';
import type { EditorState } from 'prosemirror-state';
import { ACTIONS, isMarked, link, type ActionName } from './actions.ts';
import { ToolIcon } from './tool-icon.tsx';

type Tool = ActionName | 'link';

const GROUPS: readonly (readonly Tool[])[] = [
  ['undo', 'redo'],
  ['heading', 'subheading'],
  ['bold', 'italic', 'code', 'link'],
  ['bullets', 'numbers', 'quote', 'codeBlock'],
];
const ORDER = GROUPS.flat();

interface ToolbarProps {
  readonly state: Accessor<EditorState>;
  readonly act: (name: ActionName) => void;
  readonly onLink: () => void;
}

export function Toolbar(props: ToolbarProps): JSX.Element {
  const [current, setCurrent] = createSignal<Tool>('heading');
  let place: HTMLDivElement | undefined;
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = ORDER[(ORDER.indexOf(current()) + step + ORDER.length) % ORDER.length];
    if (next === undefined) return;
    setCurrent(next);
    place?.querySelector<HTMLElement>(`[data-tool="${next}"]`)?.focus();
  };
  return (
    <div
      ref={(made) => (place = made)}
      class="tools"
      role="toolbar"
      aria-label="Form of the text"
      onKeyDown={move}
    >
      <For each={GROUPS}>
        {(tools) => (
          <div class="tool-group">
            <For each={tools}>
              {(tool) => (
                <Button
                  tool={tool}
                  state={props.state}
                  isStop={current() === tool}
                  onFocus={() => setCurrent(tool)}
                  onPress={() => (tool === 'link' ? props.onLink() : props.act(tool))}
                />
              )}
            </For>
          </div>
        )}
      </For>
    </div>
  );
}

interface ButtonProps {
  readonly tool: Tool;
  readonly state: Accessor<EditorState>;
  readonly isStop: boolean;
  readonly onFocus: () => void;
  readonly onPress: () => void;
}

function Button(props: ButtonProps): JSX.Element {
  const label = () => (props.tool === 'link' ? 'Link' : ACTIONS[props.tool].label);
  const keys = () => (props.tool === 'link' ? 'Mod-k' : ACTIONS[props.tool].keys);
  const isOn = () => {
    if (props.tool === 'link') return isMarked(props.state(), link);
    return ACTIONS[props.tool].isOn?.(props.state());
  };
  const isPossible = () => props.tool === 'link' || ACTIONS[props.tool].isPossible(props.state());
  return (
    <button
      type="button"
      class="tool"
      data-tool={props.tool}
      aria-label={label()}
      aria-pressed={isOn()}
      // It stays a stop of the keyboard: what is possible changes with every letter.
      aria-disabled={!isPossible()}
      title={`${label()} (${shown(keys())})`}
      tabIndex={props.isStop ? 0 : -1}
      onFocus={() => props.onFocus()}
      // The cursor stays where it is in the text.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => props.onPress()}
    >
      <ToolIcon name={props.tool} />
    </button>
  );
}

const IS_APPLE = /Mac|iPhone|iPad/u.test(navigator.platform);

function shown(keys: string): string {
  const names: Readonly<Record<string, string>> = IS_APPLE
    ? { Mod: '⌘', Alt: '⌥', Shift: '⇧' }
    : { Mod: 'Ctrl', Alt: 'Alt', Shift: 'Shift' };
  return keys
    .split('-')
    .map((key) => names[key] ?? key.toUpperCase())
    .join(IS_APPLE ? '' : '+');
}
