/** Pasting and dropping without markup made of text: HTML goes through the list of `logic/paste-html.ts`. */

import { DOMParser, type Slice } from 'prosemirror-model';
import type { EditorView } from 'prosemirror-view';
import { pastedOf, type Pasted } from '../../logic/paste-html.ts';
import { schema } from './schema.ts';

export function takePaste(view: EditorView, event: ClipboardEvent): boolean {
  const html = event.clipboardData?.getData('text/html') ?? '';
  // Plain text is the editor's own.
  if (html === '' || !view.editable) return false;
  event.preventDefault();
  const isCode = view.state.selection.$from.parent.type.spec.code === true;
  const slice = isCode ? null : sliceOf(html);
  if (slice === null) view.pasteText(event.clipboardData?.getData('text/plain') ?? '');
  else view.dispatch(view.state.tr.replaceSelection(slice).scrollIntoView().setMeta('paste', true));
  return true;
}

export function takeDrop(view: EditorView, event: DragEvent): boolean {
  const html = event.dataTransfer?.getData('text/html') ?? '';
  // What was dragged inside the editor is its own.
  if (html === '' || !view.editable || view.dragging !== null) return false;
  event.preventDefault();
  const place = view.posAtCoords({ left: event.clientX, top: event.clientY });
  const slice = sliceOf(html);
  if (place !== null && slice !== null)
    view.dispatch(view.state.tr.replaceRange(place.pos, place.pos, slice));
  return true;
}

function sliceOf(html: string): Slice | null {
  const pasted = pastedOf(html);
  if (pasted === null) return null;
  const place = document.createElement('div');
  place.append(...pasted.map(elementOf));
  return DOMParser.fromSchema(schema).parseSlice(place);
}

function elementOf(pasted: Pasted): Node {
  if (pasted.kind === 'text') return document.createTextNode(pasted.text);
  const element = document.createElement(pasted.tag);
  if (pasted.href !== null) element.setAttribute('href', pasted.href);
  element.append(...pasted.children.map(elementOf));
  return element;
}
