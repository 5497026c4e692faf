/** One person: what she says of herself, her posts, and whether one hears her (SPEC U42). */

import { lazy, Match, onCleanup, onMount, Show, Suspense, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Copy } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { TrustTag } from '../../kit/trust.tsx';
import type { Quiet } from 'copse/internal/client/neighbourhood/quiet-list.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { keyOf, leads, type PersonKey } from '../../model/neighbourhood/keys.ts';
import { createReading } from '../../model/neighbourhood/reading.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { News } from './feed-room.tsx';
import { OwnProfile } from './own-profile.tsx';
import { MovedNotice } from './moved-notice.tsx';
import { FollowButton } from './person-row.tsx';
import { PostList } from './post-list.tsx';
import { ReportButton } from './report-dialog.tsx';
import { StreetPage } from './street-page.tsx';

const IdentityPanel = lazy(async () => ({ default: (await import('./identity-panel.tsx')).IdentityPanel }));

interface PersonProps {
  readonly person: PersonKey;
}

export function PersonRoom(props: PersonProps): JSX.Element {
  const street = useStreet();
  const person = () => street.people.of(props.person);
  onMount(() => street.people.look(props.person));
  return (
    <StreetPage title={person().isMe ? 'Your page' : person().called}>
      <div class="person-head">
        <Avatar id={person().user} size={72} />
        <div class="person-words">
          <p class="list-title">
            <span class="wrap">{person().called}</span>
            <TrustTag mark={person().mark} />
          </p>
          <Show when={person().about !== ''}>
            <p class="text" dir="auto">
              {person().about}
            </p>
          </Show>
          <Links person={props.person} />
        </div>
        <FollowButton person={props.person} />
      </div>
      <MovedNotice person={props.person} />
      <Show
        when={person().isMe}
        fallback={
          <>
            <Hearing person={props.person} />
            {/* Its place is there before what it says. */}
            <div class="identity">
              <Suspense fallback={<Loading />}>
                <IdentityPanel person={props.person} />
              </Suspense>
            </div>
          </>
        }
      >
        <OwnProfile />
      </Show>
      <Show
        when={street.quiet.of(props.person) !== 'blocked'}
        fallback={<p class="muted">You have blocked {person().called}: nothing of theirs is shown.</p>}
      >
        <Posts person={props.person} />
      </Show>
    </StreetPage>
  );
}

function Links(props: PersonProps): JSX.Element {
  const { node } = useCopse();
  return (
    <p class="row">
      <Copy text={`${node.url}/u/${props.person}`} class="small">
        Copy the page’s address
      </Copy>
      <Copy text={props.person} class="small quiet">
        Copy the key
      </Copy>
    </p>
  );
}

/** Whether one hears somebody: on her page, so that nobody is silenced by a slip. */
function Hearing(props: PersonProps): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const quiet = () => street.quiet.of(props.person);
  const name = () => street.people.of(props.person).called;
  const set = (next: Quiet | null) => async (): Promise<void> => {
    await street.quiet.set(props.person, next);
    if (next === 'blocked' && street.follows()?.includes(props.person) === true)
      await street.setFollow(props.person, false);
    if (next === null) app.tell(`You hear ${name()} again.`);
    else app.tell(`${name()} is ${next}.`, 'Nobody is told.');
  };
  return (
    <Switch>
      <Match when={quiet() === null}>
        <p class="row hearing">
          <Act class="quiet small" icon="bellOff" run={set('muted')}>
            Mute
          </Act>
          <Act class="quiet small" icon="close" run={set('blocked')}>
            Block
          </Act>
          <Show
            when={!street.isStranger()}
            fallback={
              <a class="button quiet small" href={hashOf({ room: 'knock', person: props.person })}>
                <Icon name="mail" size={18} />
                Write to {name()}
              </a>
            }
          >
            <ReportButton about={props.person} post={null} />
          </Show>
        </p>
      </Match>
      <Match when={quiet() === 'muted'}>
        <Notice kind="info" title={`${name()} is muted`} actions={<Act run={set(null)}>Hear them again</Act>}>
          Their posts come neither into your feed nor to what concerns you. Here and in threads you see them.
        </Notice>
      </Match>
      <Match when={quiet() === 'blocked'}>
        <Notice kind="warn" title={`${name()} is blocked`} actions={<Act run={set(null)}>Unblock</Act>}>
          Their posts are shown to you nowhere. They are not told, and what you post they may still read, as
          everybody may.
        </Notice>
      </Match>
    </Switch>
  );
}

function Posts(props: PersonProps): JSX.Element {
  const street = useStreet();
  const { person } = props;
  const reading = createReading({
    book: street.posts,
    load: (before) => street.place.moving.postsOf(keyOf(person), before),
    isShown: () => true,
    isOwn: () => person === street.me,
  });
  const watch = street.place.watch([leads('posts', person), leads('other', person)], (heard) => {
    street.posts.hear(heard);
    if (heard.kind === 'post') reading.arrive(heard.post);
    else if (heard.kind === 'gap') void reading.refresh();
  });
  onCleanup(() => watch[Symbol.dispose]());
  void reading.refresh();
  const failed = () => {
    const state = reading.state();
    return state.kind === 'failed' ? state : undefined;
  };
  return (
    <Switch>
      <Match when={failed()}>
        {(state) => <FaultNotice thrown={state().thrown} retry={() => void reading.refresh()} />}
      </Match>
      <Match when={reading.state().kind === 'loading'}>
        <Loading />
      </Match>
      <Match when={reading.ids().length === 0 && reading.newsCount() === 0}>
        <div class="empty">
          <h2>No posts on this node</h2>
          <p>
            {person === street.me
              ? 'What you post stands here, for everybody to read.'
              : 'They have posted nothing here, or nobody has brought it to this node yet.'}
          </p>
        </div>
      </Match>
      <Match when={true}>
        <News reading={reading} />
        <PostList reading={reading} label="Posts" />
      </Match>
    </Switch>
  );
}
