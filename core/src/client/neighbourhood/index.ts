/** What the entry `copse/neighbourhood` has on every runtime. */

export type { Key } from '../../base/ids.ts';
export type { Attachment } from '../../social/message/terms.ts';
export { KIND } from '../../social/message/kinds.ts';
export { noMarks, type Marks, type Reaction } from './marks.ts';
export type { Addresses, PersonIdentity, Said, Vouch } from './identities.ts';
export type { Verdict } from '../../social/exchange/about.ts';
export type { Doorstep, Knock, Knocked, KnockOptions, ReachState, ReportRow } from './doorstep.ts';
export type { OtherNode } from '../../api/peer.ts';
export type { Price, Purpose, Reach } from '../../api/strangers.ts';
export { interest } from './interest.ts';
export type { Neighbourhood } from './neighbourhood.ts';
export type { Moving, Succession } from './moving.ts';
export type { NoticePost } from '../notice-posts.ts';
export type { NeighbourhoodOptions } from './open.ts';
export type { Draft, MessageId, Page, PersonProfile, Post, PostCursor } from './types.ts';
export type { Outgoing, PlaceStorage } from './place-line.ts';
export type { Heard, Watch } from './watch.ts';
export type { WorkProgress } from './work.ts';
