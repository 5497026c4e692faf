/** The neighbourhood of the SDK, as its rooms know it (`sdk.ts`). */

import type { Key } from 'copse/internal/base/ids.ts';
import type {
  Doorstep as SdkDoorstep,
  Draft as PostDraft,
  Heard,
  Knock,
  KnockOptions,
  Knocked as SdkKnocked,
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
  KnockOptions,
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
  | 'price'
> & {
  knock(to: Key, draft: PostDraft, options?: KnockOptions): Promise<Knocked>;
};

/** What became of a message that was left. */
export interface Knocked {
  readonly kind: SdkKnocked['kind'];
  /** When it waits. */
  readonly untilMs?: number;
  readonly message: Pick<SdkKnocked['message'], 'id'>;
}

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

/** What who has no account needs, to leave a message. */
export type Visit = Pick<Neighbourhood, 'profile' | 'get' | 'userOf'> &
  Disposable & { readonly doorstep: Pick<Doorstep, 'price' | 'knock'> };
