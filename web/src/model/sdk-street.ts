/** The neighbourhood of the SDK, as its rooms know it (`sdk.ts`). */

import type {
  Draft as PostDraft,
  Heard,
  Marks,
  Neighbourhood as SdkNeighbourhood,
  Page as PostPage,
  PersonProfile,
  Post,
  PostCursor,
  Watch,
} from 'copse/neighbourhood';

export type { Heard, Marks, PersonProfile, Post, PostCursor, PostDraft, PostPage, Watch };

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
  | 'watch'
> &
  Disposable;
