/** The mark of copse: three trees on one ground. */

import type { JSX } from 'solid-js';

export function Mark(props: { readonly size?: number }): JSX.Element {
  return (
    <svg
      class="mark"
      viewBox="0 0 32 32"
      width={props.size ?? 32}
      height={props.size ?? 32}
      aria-hidden="true"
    >
      <path class="mark-back" d="M8.5 13C11.6 16.2 13 18.5 13 21a4.5 4.5 0 01-9 0c0-2.5 1.4-4.8 4.5-8z" />
      <path class="mark-back" d="M23.5 11c3.3 3.4 5 6.2 5 9.2a5 5 0 01-10 0c0-3 1.7-5.8 5-9.2z" />
      <path class="mark-front" d="M16 3c4.5 4.7 7 8.8 7 13a7 7 0 01-14 0c0-4.2 2.5-8.3 7-13z" />
      <path class="mark-stem" d="M16 13v15M8.5 20v8M23.5 19v9" />
      <path class="mark-ground" d="M3 28h26" />
    </svg>
  );
}
