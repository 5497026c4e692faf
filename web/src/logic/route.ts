/**
 * Rooms and their addresses. A room stands behind `#/…`: what follows `#` never leaves the browser, so the
 * node's access log does not learn who looks at which site. The same place carries secrets of join and
 * setup links; `arrivalOf` reads those and the caller takes them out of the address at once.
 */

import { fromBase64url } from 'copse/internal/base/bytes.ts';

export type Route =
  | { readonly room: 'home' }
  | { readonly room: 'signup' }
  | { readonly room: 'signin' }
  | { readonly room: 'join' }
  | { readonly room: 'pair' }
  | { readonly room: 'phrase' }
  | { readonly room: 'site'; readonly site: string }
  | { readonly room: 'log'; readonly site: string; readonly log: string }
  | { readonly room: 'document'; readonly site: string; readonly document: string }
  | { readonly room: 'people'; readonly site: string }
  | { readonly room: 'rights'; readonly site: string }
  | { readonly room: 'devices' }
  | { readonly room: 'node' }
  | { readonly room: 'email' }
  | { readonly room: 'audit' }
  | { readonly room: 'recovery' }
  | { readonly room: 'recover' }
  | { readonly room: 'reset' }
  | { readonly room: 'settings' }
  | { readonly room: 'notifications' }
  | { readonly room: 'feed' }
  | { readonly room: 'inbox' }
  | { readonly room: 'neighbours' }
  | { readonly room: 'search'; readonly words: string }
  | { readonly room: 'post'; readonly post: string }
  | { readonly room: 'person'; readonly person: string }
  | { readonly room: 'knock'; readonly person: string }
  | { readonly room: 'accounts' }
  | { readonly room: 'storage' }
  | { readonly room: 'requests' }
  | { readonly room: 'reports' }
  | { readonly room: 'unknown' };

export type RoomName = Route['room'];

/** Rooms of the neighbourhood. */
export const STREET: readonly RoomName[] = [
  'feed',
  'inbox',
  'neighbours',
  'search',
  'post',
  'person',
  'knock',
  'storage',
  'requests',
  'reports',
];

/** Rooms whose address is their name alone. */
const PLAIN = [
  'signup',
  'signin',
  'join',
  'pair',
  'phrase',
  'devices',
  'node',
  'email',
  'audit',
  'recovery',
  'recover',
  'reset',
  'settings',
  'notifications',
  'feed',
  'inbox',
  'neighbours',
  'accounts',
  'storage',
  'requests',
  'reports',
] as const;

/** Ids of posts and keys of people. */
const HEX_64 = /^[0-9a-f]{64}$/u;

/** What a link brought along. */
export type Arrival =
  | { readonly kind: 'join'; readonly link: string; readonly nodeKey: Uint8Array; readonly seed: Uint8Array }
  /** To an account of this node. */
  | { readonly kind: 'account'; readonly link: string }
  | { readonly kind: 'setup'; readonly nodeKey: Uint8Array; readonly secret: Uint8Array }
  /** The picture of a new device, opened by the camera of this one. */
  | { readonly kind: 'pair'; readonly link: string }
  /** A link that was cut or mistyped. */
  | { readonly kind: 'broken'; readonly what: 'join' | 'setup' | 'pair' | 'account' };

const KEY_BYTES = 32;
/** Of the picture of a new device (`client/pair-link.ts`). */
const PAIR_BYTES = 96;

export function routeOf(hash: string): Route {
  const [room = '', first, kind, last] = hash
    .replace(/^#?\/?/u, '')
    .split('/')
    .map(decode);
  if (room === '') return { room: 'home' };
  const plain = PLAIN.find((name) => name === room);
  if (plain !== undefined) return first === undefined ? { room: plain } : { room: 'unknown' };
  if (room === 'search' && kind === undefined) return { room, words: first ?? '' };
  if ((room === 'post' || room === 'person' || room === 'knock') && kind === undefined)
    return namedRoom(room, first ?? '');
  if (room !== 'site' || first === undefined || first === '') return { room: 'unknown' };
  if (kind === undefined) return { room: 'site', site: first };
  if ((kind === 'people' || kind === 'rights') && last === undefined) return { room: kind, site: first };
  if (kind === 'log' && last !== undefined && last !== '') return { room: 'log', site: first, log: last };
  if (kind === 'document' && last !== undefined && last !== '') {
    return { room: 'document', site: first, document: last };
  }
  return { room: 'unknown' };
}

function namedRoom(room: 'post' | 'person' | 'knock', id: string): Route {
  if (!HEX_64.test(id)) return { room: 'unknown' };
  return room === 'post' ? { room, post: id } : { room, person: id };
}

export function hashOf(route: Route): string {
  switch (route.room) {
    case 'search':
      return route.words === '' ? '#/search' : `#/search/${encodeURIComponent(route.words)}`;
    case 'post':
      return `#/post/${route.post}`;
    case 'person':
    case 'knock':
      return `#/${route.room}/${route.person}`;
    case 'home':
    case 'unknown':
      return '#/';
    case 'site':
      return `#/site/${encodeURIComponent(route.site)}`;
    case 'people':
    case 'rights':
      return `#/site/${encodeURIComponent(route.site)}/${route.room}`;
    case 'log':
      return `#/site/${encodeURIComponent(route.site)}/log/${encodeURIComponent(route.log)}`;
    case 'document':
      return `#/site/${encodeURIComponent(route.site)}/document/${encodeURIComponent(route.document)}`;
    default:
      return `#/${route.room}`;
  }
}

const LINKS = ['join', 'setup', 'pair', 'account'] as const;

/** The secret in an address, or null when there is none. Takes a whole link or the address of the page. */
export function arrivalOf(link: string): Arrival | null {
  const match = /#(join|setup|pair|account)=([^&\s]*)/u.exec(link.trim());
  if (match === null) return null;
  const what = LINKS.find((name) => name === match[1]) ?? 'setup';
  const bytes = fromBase64url(match[2] ?? '');
  if (what === 'pair') {
    const isWhole = bytes !== null && bytes.length === PAIR_BYTES;
    return isWhole ? { kind: 'pair', link: link.trim() } : { kind: 'broken', what };
  }
  if (bytes === null || bytes.length !== 2 * KEY_BYTES) return { kind: 'broken', what };
  if (what === 'account') return { kind: 'account', link: link.trim() };
  const nodeKey = bytes.slice(0, KEY_BYTES);
  const rest = bytes.slice(KEY_BYTES);
  return what === 'join'
    ? { kind: 'join', link: link.trim(), nodeKey, seed: rest }
    : { kind: 'setup', nodeKey, secret: rest };
}

/** A part of an address that is not well-formed stands for itself. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
