/** The cursors of others: a line in the colour of the person's tree, with her name. */

import { yCursorPlugin } from 'y-prosemirror';
import type { Awareness } from 'y-protocols/awareness';
import { Plugin } from 'prosemirror-state';
import type { DecorationAttrs, EditorView } from 'prosemirror-view';

export interface Editor {
  readonly name: string;
  /** Of her picture. */
  readonly leaf: string;
}

/** `editorOf` says whose cursor it is as the node does: what an editor claims to be called is not shown. */
export function cursors(
  awareness: Awareness,
  editorOf: (client: number) => Editor,
): readonly [Plugin, Plugin] {
  const lines: Plugin = yCursorPlugin(awareness, {
    cursorBuilder: (_claimed: unknown, client: number) => lineOf(editorOf(client)),
    selectionBuilder: (_claimed: unknown, client: number): DecorationAttrs => ({
      class: 'cursor-range',
      style: `--leaf: ${editorOf(client).leaf}`,
    }),
  });
  const names = new Plugin({ view: () => ({ update: turnNames }) });
  return [lines, names];
}

/** A name that would stand beyond the edge stands on the other side of its line. */
function turnNames({ dom }: EditorView): void {
  const edge = dom.getBoundingClientRect().right;
  for (const name of dom.querySelectorAll('.cursor-name')) {
    name.classList.remove('turned');
    name.classList.toggle('turned', name.getBoundingClientRect().right > edge);
  }
}

function lineOf({ leaf, name }: Editor): HTMLElement {
  const line = document.createElement('span');
  line.className = 'cursor-line';
  line.style.setProperty('--leaf', leaf);
  // Where somebody else writes is not part of what is written.
  line.setAttribute('aria-hidden', 'true');
  const label = document.createElement('span');
  label.className = 'cursor-name';
  label.textContent = name;
  line.append('\u2060', label, '\u2060');
  return line;
}
