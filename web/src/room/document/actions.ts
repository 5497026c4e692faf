/** What can be done with the text, for keys, buttons and what is typed at the beginning of a line. */

import {
  baseKeymap,
  chainCommands,
  exitCode,
  setBlockType,
  toggleMark,
  wrapIn,
  lift,
} from 'prosemirror-commands';
import { inputRules, textblockTypeInputRule, wrappingInputRule } from 'prosemirror-inputrules';
import { keymap } from 'prosemirror-keymap';
import type { MarkType, NodeType } from 'prosemirror-model';
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list';
import type { Command, EditorState, Plugin } from 'prosemirror-state';
import { redo, undo, yUndoPluginKey } from 'y-prosemirror';
import { schema } from './schema.ts';

export type ActionName =
  | 'heading'
  | 'subheading'
  | 'bold'
  | 'italic'
  | 'bullets'
  | 'numbers'
  | 'quote'
  | 'code'
  | 'codeBlock'
  | 'undo'
  | 'redo';

export interface Action {
  readonly label: string;
  /** As it is shown beside the label. */
  readonly keys: string;
  readonly run: Command;
  /** Of something that is on or off where the cursor stands. */
  readonly isOn: ((state: EditorState) => boolean) | null;
  readonly isPossible: (state: EditorState) => boolean;
}

function nodeOf(name: string): NodeType {
  const type = schema.nodes[name];
  if (type === undefined) throw new RangeError(`no node ${name}`);
  return type;
}

function markOf(name: string): MarkType {
  const type = schema.marks[name];
  if (type === undefined) throw new RangeError(`no mark ${name}`);
  return type;
}

const paragraph = nodeOf('paragraph');
const heading = nodeOf('heading');
const codeBlock = nodeOf('code_block');
const blockquote = nodeOf('blockquote');
const bullets = nodeOf('bullet_list');
const numbers = nodeOf('ordered_list');
const item = nodeOf('list_item');
export const link = markOf('link');

function isInside(state: EditorState, type: NodeType): boolean {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type === type) return true;
  return false;
}

export function isMarked(state: EditorState, type: MarkType): boolean {
  const { $from, empty, from, to } = state.selection;
  if (empty) return type.isInSet(state.storedMarks ?? $from.marks()) !== undefined;
  return state.doc.rangeHasMark(from, to, type);
}

function mark(label: string, keys: string, type: MarkType): Action {
  const run = toggleMark(type);
  return { label, keys, run, isOn: (state) => isMarked(state, type), isPossible: (state) => run(state) };
}

/** Turns the block into that kind, or back into a paragraph. */
function block(
  label: string,
  keys: string,
  type: NodeType,
  attrs: { readonly level: number } | null,
): Action {
  const isOn = ({ selection }: EditorState): boolean =>
    selection.$from.parent.type === type &&
    (attrs === null || selection.$from.parent.attrs['level'] === attrs.level);
  const run: Command = (state, dispatch) =>
    setBlockType(isOn(state) ? paragraph : type, isOn(state) ? null : attrs)(state, dispatch);
  return { label, keys, run, isOn, isPossible: (state) => run(state) };
}

function wrap(label: string, keys: string, type: NodeType): Action {
  const isOn = (state: EditorState): boolean => isInside(state, type);
  const isList = type !== blockquote;
  const out = isList ? liftListItem(item) : lift;
  const into = isList ? wrapInList(type) : wrapIn(type);
  const run: Command = (state, dispatch) => (isOn(state) ? out : into)(state, dispatch);
  return { label, keys, run, isOn, isPossible: (state) => run(state) };
}

function history(label: string, keys: string, run: Command, stack: 'undoStack' | 'redoStack'): Action {
  const isPossible = (state: EditorState): boolean => {
    const undoing: { readonly undoManager: Record<typeof stack, readonly unknown[]> } | undefined =
      yUndoPluginKey.getState(state);
    return (undoing?.undoManager[stack].length ?? 0) > 0;
  };
  return { label, keys, run, isOn: null, isPossible };
}

export const ACTIONS: Readonly<Record<ActionName, Action>> = {
  heading: block('Heading', 'Mod-Alt-2', heading, { level: 2 }),
  subheading: block('Subheading', 'Mod-Alt-3', heading, { level: 3 }),
  bold: mark('Bold', 'Mod-b', markOf('strong')),
  italic: mark('Italic', 'Mod-i', markOf('em')),
  bullets: wrap('List', 'Mod-Shift-8', bullets),
  numbers: wrap('Numbered list', 'Mod-Shift-7', numbers),
  quote: wrap('Quote', 'Mod-Shift-b', blockquote),
  code: mark('Code', 'Mod-e', markOf('code')),
  codeBlock: block('Lines of code', 'Mod-Alt-c', codeBlock, null),
  undo: history('Undo', 'Mod-z', undo, 'undoStack'),
  redo: history('Redo', 'Mod-y', redo, 'redoStack'),
};

/** A line without a paragraph of its own. */
const lineBreak: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodeOf('hard_break').create()).scrollIntoView());
  return true;
};

export function keys(onLink: Command): readonly Plugin[] {
  const own = Object.values(ACTIONS).map(({ keys: combination, run }) => [combination, run] as const);
  return [
    keymap({
      ...Object.fromEntries(own),
      'Mod-Shift-z': ACTIONS.redo.run,
      'Mod-k': onLink,
      Enter: splitListItem(item),
      'Shift-Enter': chainCommands(exitCode, lineBreak),
      // Only in a list: elsewhere Tab leaves the editor, as it leaves every field.
      Tab: sinkListItem(item),
      'Shift-Tab': liftListItem(item),
    }),
    keymap(baseKeymap),
  ];
}

/** `# ` and the like at the beginning of a line. */
export function shorthands(): Plugin {
  return inputRules({
    rules: [
      textblockTypeInputRule(/^#\s$/u, heading, { level: 2 }),
      textblockTypeInputRule(/^##\s$/u, heading, { level: 3 }),
      textblockTypeInputRule(/^```$/u, codeBlock),
      wrappingInputRule(/^\s*[-*]\s$/u, bullets),
      wrappingInputRule(/^1[.)]\s$/u, numbers),
      wrappingInputRule(/^>\s$/u, blockquote),
    ],
  });
}
