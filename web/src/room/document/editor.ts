/** The editor of a document: ProseMirror on its part of the `Y.Doc`, with the cursors of others. */

import { EditorState, Plugin, type Command } from 'prosemirror-state';
import { Decoration, DecorationSet, EditorView } from 'prosemirror-view';
import {
  defaultDeleteFilter,
  defaultProtectedNodes,
  initProseMirrorDoc,
  ySyncPlugin,
  ySyncPluginKey,
  yUndoPlugin,
} from 'y-prosemirror';
import type { Awareness } from 'y-protocols/awareness';
import { UndoManager, XmlElement, type Transaction, type XmlFragment } from 'yjs';
import { ACTIONS, keys, link, shorthands, type ActionName } from './actions.ts';
import { cursors, type Editor } from './cursors.ts';
import { schema } from './schema.ts';
import { takeDrop, takePaste } from './paste.ts';

export interface EditorOptions {
  readonly place: HTMLElement;
  readonly fragment: XmlFragment;
  readonly awareness: Awareness;
  readonly label: string;
  readonly mayWrite: () => boolean;
  readonly editorOf: (client: number) => Editor;
  readonly onState: (state: EditorState) => void;
  readonly onLink: () => void;
}

export function createEditor(options: EditorOptions): EditorView {
  const askForLink: Command = () => {
    options.onLink();
    return true;
  };
  // Made of the document from the start: rendered later, the cursor could stand where no text can.
  const begun = options.fragment.length === 0 ? null : initProseMirrorDoc(options.fragment, schema);
  const state = EditorState.create({
    ...(begun === null ? { schema } : { doc: begun.doc }),
    plugins: [
      ySyncPlugin(options.fragment, begun === null ? {} : { mapping: begun.mapping }),
      ...cursors(options.awareness, options.editorOf),
      yUndoPlugin({ undoManager: undoingOf(options.fragment) }),
      shorthands(),
      ...keys(askForLink),
      emptiness(options.mayWrite),
    ],
  });
  return new EditorView(options.place, {
    state,
    editable: options.mayWrite,
    attributes: () => ({
      class: 'prose',
      role: 'textbox',
      'aria-multiline': 'true',
      'aria-label': options.label,
      'aria-readonly': String(!options.mayWrite()),
      // Who may not write still comes here by the keyboard, to scroll and to copy.
      tabindex: '0',
    }),
    handleDOMEvents: { paste: takePaste, drop: takeDrop },
    // The binding speaks while the view is being made.
    dispatchTransaction(this: EditorView, transaction) {
      this.updateState(this.state.apply(transaction));
      // In a moment: what can be undone and done again is known when the binding is done with it.
      queueMicrotask(() => options.onState(this.state));
    },
  });
}

/**
 * What this person can take back. That the binding puts an empty paragraph into a document which has none is nobody's
 * doing: taken for a change, it would end what can be done again after everything was taken back.
 */
function undoingOf(fragment: XmlFragment): UndoManager {
  const isFilling = ({ deleteSet }: Transaction): boolean => {
    const only = fragment.length === 1 ? fragment.get(0) : null;
    return deleteSet.clients.size === 0 && only instanceof XmlElement && only.length === 0;
  };
  return new UndoManager(fragment, {
    trackedOrigins: new Set([ySyncPluginKey]),
    deleteFilter: (item) => defaultDeleteFilter(item, defaultProtectedNodes),
    captureTransaction: (transaction) =>
      transaction.meta.get('addToHistory') !== false && !isFilling(transaction),
  });
}

/** Words in the place of a document that holds none. */
function emptiness(mayWrite: () => boolean): Plugin {
  return new Plugin({
    props: {
      decorations({ doc }) {
        const { firstChild } = doc;
        if (doc.childCount !== 1 || firstChild?.isTextblock !== true || firstChild.content.size > 0)
          return null;
        const words = mayWrite() ? 'Begin to write …' : 'Nothing is written here yet.';
        return DecorationSet.create(doc, [
          Decoration.node(0, firstChild.nodeSize, { class: 'empty-line', 'data-words': words }),
        ]);
      },
    },
  });
}

export function act(view: EditorView, name: ActionName): void {
  view.focus();
  ACTIONS[name].run(view.state, view.dispatch, view);
}

/** Where the link leads in which the cursor stands, or nothing. */
export function linkAt({ doc, selection, storedMarks }: EditorState): string {
  const marks = storedMarks ?? selection.$from.marks();
  const after = doc.nodeAt(selection.from)?.marks ?? [];
  return String((link.isInSet(marks) ?? link.isInSet(after))?.attrs['href'] ?? '');
}

/** Makes what is selected a link, or no link; where nothing is selected, the address is written. */
export function setLink(view: EditorView, href: string | null): void {
  const { state } = view;
  const { empty, from, to, $from } = state.selection;
  const { tr } = state;
  view.focus();
  if (href === null) {
    const [start, end] = empty ? around($from.start(), $from.parent.content.size, state, from) : [from, to];
    view.dispatch(tr.removeMark(start, end, link));
  } else if (empty && linkAt(state) === '') {
    view.dispatch(tr.insertText(href, from).addMark(from, from + href.length, link.create({ href })));
  } else {
    const [start, end] = empty ? around($from.start(), $from.parent.content.size, state, from) : [from, to];
    view.dispatch(tr.removeMark(start, end, link).addMark(start, end, link.create({ href })));
  }
}

/** The whole of the link around a place. */
function around(
  blockFrom: number,
  size: number,
  { doc }: EditorState,
  at: number,
): readonly [from: number, to: number] {
  let [from, to] = [at, at];
  const isLink = (place: number): boolean => link.isInSet(doc.nodeAt(place)?.marks ?? []) !== undefined;
  while (from > blockFrom && isLink(from - 1)) from--;
  while (to < blockFrom + size && isLink(to)) to++;
  return [from, to];
}
