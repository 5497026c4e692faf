/** The neighbourhood of the SDK, as its rooms know it (`sdk.ts`). */

import type {
  Draft as PostDraft,
  Heard,
  Marks,
  Neighbourhood as SdkNeighbourhood,
  Outgoing,
  Page as PostPage,
  PersonProfile,
  PlaceStorage,
  Post,
  PostCursor,
  Watch,
} from 'copse/neighbourhood';

export type {
  Heard,
  Marks,
  Outgoing,
  PersonProfile,
  PlaceStorage,
  Post,
  PostCursor,
  PostDraft,
  PostPage,
  Watch,
};

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
> &
  Disposable;
