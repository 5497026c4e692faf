/** The neighbourhood of the SDK, as its rooms know it (`sdk.ts`). */

import type {
  Doorstep as SdkDoorstep,
  Draft as PostDraft,
  Heard,
  Knock,
  Marks,
  Moving,
  Neighbourhood as SdkNeighbourhood,
  Outgoing,
  Page as PostPage,
  PersonIdentity,
  PersonProfile,
  PlaceStorage,
  Post,
  PostCursor,
  Reach,
  ReachState,
  ReportRow,
  Said,
  Verdict,
  Vouch,
  Watch,
} from 'copse/neighbourhood';

export type {
  Heard,
  Knock,
  Marks,
  Outgoing,
  PersonIdentity,
  PersonProfile,
  PlaceStorage,
  Post,
  PostCursor,
  PostDraft,
  PostPage,
  Reach,
  ReachState,
  ReportRow,
  Said,
  Verdict,
  Vouch,
  Watch,
};

/** How strangers reach people here, and what people do about it. */
export type Doorstep = Pick<
  SdkDoorstep,
  | 'terms'
  | 'requests'
  | 'accept'
  | 'decline'
  | 'reach'
  | 'setReach'
  | 'keepAway'
  | 'letNear'
  | 'report'
  | 'reports'
  | 'reported'
  | 'takeAway'
  | 'settle'
>;

/** The posts of this node and of those whom its people follow. */
export type Neighbourhood = Pick<
  SdkNeighbourhood,
  | 'me'
  | 'hello'
  | 'post'
  | 'reply'
  | 'edit'
  | 'takeBack'
  | 'share'
  | 'react'
  | 'get'
  | 'getAll'
  | 'marks'
  | 'posts'
  | 'thread'
  | 'tagged'
  | 'page'
  | 'search'
  | 'follows'
  | 'follow'
  | 'unfollow'
  | 'profile'
  | 'setProfile'
  | 'shared'
  | 'setShared'
  | 'userOf'
  | 'pin'
  | 'storage'
  | 'outgoing'
  | 'again'
  | 'drop'
  | 'arrived'
  | 'watch'
  | 'identity'
  | 'vouch'
  | 'digits'
  | 'addressesOf'
> &
  Disposable & {
    readonly doorstep: Doorstep;
    readonly moving: Pick<Moving, 'successor' | 'postsOf'>;
  };
