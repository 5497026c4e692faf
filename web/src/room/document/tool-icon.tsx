/** The icons of the toolbar, in the manner of `kit/icon.tsx`; who opens no document does not load them. */

import type { JSX } from 'solid-js';
import type { ActionName } from './actions.ts';

const PATHS: Readonly<Record<ActionName | 'link', string>> = {
  heading: 'M6 5v14M14 5v14M6 12h8M18 10l2-1.5V19',
  subheading: 'M5 5v14M12 5v14M5 12h7M16.2 11a2 2 0 114 .3c0 1.8-4 4.2-4 7.7h4.3',
  bold: 'M7 5h6a3.5 3.5 0 010 7H7zM7 12h7a3.5 3.5 0 010 7H7z',
  italic: 'M10 5h7M7 19h7M14 5l-4 14',
  bullets: 'M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1',
  numbers: 'M10 6h10M10 12h10M10 18h10M4 5l1.5-1v5M3.8 13.6a1.3 1.3 0 112.4.6L3.8 17.5h2.7',
  quote: 'M5 8.5h5v5c0 2-1 3-3 3.5M14 8.5h5v5c0 2-1 3-3 3.5',
  code: 'M8.5 7L4 12l4.5 5M15.5 7L20 12l-4.5 5',
  codeBlock: 'M4 4h16v16H4zM10 9.5L7.5 12l2.5 2.5M14 9.5l2.5 2.5-2.5 2.5',
  link: 'M10 14a4 4 0 005.7 0l3-3A4 4 0 0013 5.3l-1 1M14 10a4 4 0 00-5.7 0l-3 3A4 4 0 0011 18.7l1-1',
  undo: 'M8 5L4 9l4 4M4 9h10a5.5 5.5 0 010 11h-3',
  redo: 'M16 5l4 4-4 4M20 9H10a5.5 5.5 0 000 11h3',
};

export function ToolIcon(props: { readonly name: ActionName | 'link' }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={20} height={20} aria-hidden="true">
      <path d={PATHS[props.name]} />
    </svg>
  );
}
