/** What the entry `copse/neighbourhood` has on every runtime. */

export type { Key } from '../../base/ids.ts';
export type { Attachment } from '../../social/message/terms.ts';
export { KIND } from '../../social/message/kinds.ts';
export { interest, type Neighbourhood } from './neighbourhood.ts';
export type { NeighbourhoodOptions } from './open.ts';
export type { Draft, MessageId, Page, PersonProfile, Post, PostCursor } from './types.ts';
export type { Heard, Watch } from './watch.ts';
