/** What concerns oneself: mentions, answers, and who shares what one has posted (SPEC U41). */

import { createEffect, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { plural } from '../../logic/numbers.ts';
import { personOf } from '../../model/neighbourhood/keys.ts';
import type { Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { PostList } from './post-list.tsx';
import { StreetPage } from './street-page.tsx';

export function InboxRoom(): JSX.Element {
  const { inbox } = useStreet();
  const { reading } = inbox;
  const failed = () => {
    const state = reading.state();
    return state.kind === 'failed' ? state : undefined;
  };
  createEffect(() => {
    if (reading.newsCount() > 0) reading.showNews();
  });
  return (
    <StreetPage
      title="What concerns you"
      lead="Who mentions you, answers you, or shares what you have posted. What you have read here is read on your other devices too. The node does not learn of it, unless one of them is notified."
      actions={
        <Show when={inbox.unreadCount() > 0}>
          <Act icon="check" run={inbox.readAll}>
            Mark all as read
          </Act>
        </Show>
      }
    >
      <Switch>
        <Match when={failed()}>
          {(state) => <FaultNotice thrown={state().thrown} retry={() => void reading.refresh()} />}
        </Match>
        <Match when={reading.state().kind === 'loading'}>
          <Loading />
        </Match>
        <Match when={reading.ids().length === 0}>
          <div class="empty">
            <h2>Nobody has called yet</h2>
            <p>When somebody writes your name behind an @, or answers a post of yours, it stands here.</p>
            <a class="button primary" href="#/feed">
              To the feed
            </a>
          </div>
        </Match>
        <Match when={true}>
          <p class="hidden" role="status">
            {plural(inbox.unreadCount(), 'unread entry', 'unread entries')}
          </p>
          <PostList reading={reading} label="What concerns you" sign={(id) => <Why id={id} />} />
        </Match>
      </Switch>
    </StreetPage>
  );
}

/** Why it stands here, and whether it was read. */
function Why(props: { readonly id: string }): JSX.Element {
  const { inbox, posts, me } = useStreet();
  const post = () => posts.of(props.id)() ?? undefined;
  const isMine = (id: string | null): boolean => {
    const found = id === null ? null : posts.of(id)();
    return found !== null && found !== undefined && personOf(found.from) === me;
  };
  const why = ({ shares, mentions, answers }: Post): string => {
    if (shares !== null) return 'shared your post';
    if (isMine(answers)) return 'answered you';
    return mentions.some((each) => personOf(each) === me) ? 'mentioned you' : 'wrote in your thread';
  };
  return (
    <Show when={post()}>
      {(found) => (
        <>
          <span class="tag">{why(found())}</span>
          <Show when={inbox.isUnread(found())}>
            {' '}
            <span class="tag state-open">new</span>{' '}
            <button
              type="button"
              class="button quiet small"
              aria-label={`Mark as read: ${why(found())}`}
              onClick={() => inbox.read(props.id)}
            >
              Mark as read
            </button>
          </Show>
        </>
      )}
    </Show>
  );
}
