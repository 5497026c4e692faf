/** Line icons of one weight. They never carry meaning alone: a word stands beside them or labels the button. */

import type { JSX } from 'solid-js';

const PATHS = {
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  down: 'M6 9l6 6 6-6',
  plus: 'M12 5v14M5 12h14',
  send: 'M5 12h13M12 5l7 7-7 7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  clock: 'M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18',
  warn: 'M12 4l9 16H3zM12 10v4M12 17v.1',
  info: 'M12 11v6M12 7.5v.1M12 3a9 9 0 100 18 9 9 0 000-18',
  people:
    'M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7M2.5 20c.5-3.8 3-6 6.5-6s6 2.2 6.5 6M16 4.5a3.5 3.5 0 010 6.5M18 14.5c2 .8 3.2 2.8 3.5 5.5',
  device: 'M4 5h16v11H4zM9 20h6M12 16v4',
  phone: 'M8 3h8v18H8zM11 18h2',
  node: 'M4 5h16v6H4zM4 13h16v6H4zM8 8v.1M8 16v.1',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  print: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v.1M14 20h2M20 18v2',
  link: 'M10 14a4 4 0 005.7 0l3-3A4 4 0 0013 5.3l-1 1M14 10a4 4 0 00-5.7 0l-3 3A4 4 0 0011 18.7l1-1',
  keyboard: 'M3 7h18v11H3zM7 11v.1M11 11v.1M15 11v.1M8 14.5h8',
  key: 'M8.5 15.5a4 4 0 110-.1zM11.5 12.5L20 4M16 8l3 3',
  mail: 'M4 6h16v12H4zM4 7l8 6 8-6',
  log: 'M5 6h14v10H10l-5 4z',
  document: 'M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7',
  home: 'M4 11l8-7 8 7M6 10v10h12V10',
  more: 'M6 12v.1M12 12v.1M18 12v.1',
  out: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  leaf: 'M5 19C4 9 10 4 20 4c0 10-5 16-15 15zM5 19l8-8',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  bell: 'M6 16c1-1.5 1.5-3.5 1.5-6.5a4.5 4.5 0 019 0c0 3 .5 5 1.5 6.5zM10 19a2 2 0 004 0',
  bellOff: 'M6 16c1-1.5 1.5-3.5 1.5-6.5a4.5 4.5 0 019 0c0 3 .5 5 1.5 6.5zM10 19a2 2 0 004 0M4 4l16 16',
  moon: 'M19.5 14.5A8 8 0 119.5 4.5a6.5 6.5 0 0010 10z',
  contrast: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 3v18',
  pencil: 'M4 20l1-4L16.5 4.5l3 3L8 19z',
  shieldAsk:
    'M12 3l7 2.5V11c0 5-3 8-7 10-4-2-7-5-7-10V5.5zM9.8 9.5a2.2 2.2 0 114 1.2c-.8.9-1.8 1-1.8 2.3M12 16v.1',
  shieldCheck: 'M12 3l7 2.5V11c0 5-3 8-7 10-4-2-7-5-7-10V5.5zM8.8 11.8l2.3 2.3L15.3 9.5',
  street: 'M3 20V10l4-3 4 3v10M13 20V8l4-4 4 4v12M2 20h20M7 13v.1M17 11v.1',
  inbox: 'M4 13l2.5-8h11L20 13v6H4zM4 13h4.5a3.5 3.5 0 007 0H20',
  search: 'M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13M15.5 15.5L20 20',
  answer: 'M10 6L4 11.5 10 17v-3.5c5 0 8 1.5 10 5 0-6-3.5-9.5-10-9.5z',
  smile: 'M12 3a9 9 0 100 18 9 9 0 000-18M9 10v.1M15 10v.1M8.5 14c1.8 2.6 5.2 2.6 7 0',
  again: 'M5 9a4 4 0 014-3h10M16 3l3 3-3 3M19 15a4 4 0 01-4 3H5M8 21l-3-3 3-3',
  pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  clip: 'M18 11l-6.5 6.5a4 4 0 01-5.7-5.7L13 4.6a2.7 2.7 0 013.8 3.8L9.6 15.6a1.3 1.3 0 01-1.9-1.9L14 7.5',
  flag: 'M6 21V4M6 5c4-2 7 2 12 0v9c-5 2-8-2-12 0',
  share: 'M12 15V4M8 7.5L12 4l4 3.5M5 12v8h14v-8',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon(props: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width={props.size ?? 20}
      height={props.size ?? 20}
      aria-hidden="true"
    >
      <path d={PATHS[props.name]} />
    </svg>
  );
}
