/** What those one follows have posted, and oneself (SPEC U38). */

import { Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Grove } from '../../kit/picture.tsx';
import { plural } from '../../logic/numbers.ts';
import type { Reading } from '../../model/neighbourhood/reading.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { PostComposer } from './post-composer.tsx';
import { PostList } from './post-list.tsx';
import { StreetPage } from './street-page.tsx';

export function FeedRoom(): JSX.Element {
  const street = useStreet();
  const { feed } = street;
  const failed = () => {
    const state = feed.state();
    return state.kind === 'failed' ? state : undefined;
  };
  return (
    <StreetPage title="Neighbourhood">
      <Show when={!street.isStranger()}>
        <PostComposer
          draft="new"
          label="What is new?"
          action="Post"
          hasFiles
          send={(draft) => street.say(draft, null)}
        />
        <Appear />
      </Show>
      <Switch>
        <Match when={failed()}>
          {(state) => <FaultNotice thrown={state().thrown} retry={() => void feed.refresh()} />}
        </Match>
        <Match when={feed.state().kind === 'loading'}>
          <Loading />
        </Match>
        <Match when={feed.ids().length === 0 && feed.newsCount() === 0}>
          <Empty />
        </Match>
        <Match when={true}>
          <News reading={feed} />
          <PostList reading={feed} label="Posts of those whom you follow" />
        </Match>
      </Switch>
    </StreetPage>
  );
}

/** What has arrived waits here: nothing moves while one reads. */
export function News(props: {
  readonly reading: Pick<Reading, 'newsCount' | 'hasMoreNews' | 'showNews'>;
}): JSX.Element {
  const show = (event: Event): void => {
    // The bar is gone as soon as there is nothing behind it.
    const room = event.currentTarget instanceof Element ? event.currentTarget.closest('.room') : null;
    props.reading.showNews();
    room?.scrollTo({ top: 0 });
  };
  // Somebody may be followed now whose posts lie further down than was read.
  const isOffered = () => props.reading.newsCount() > 0 || props.reading.hasMoreNews();
  const words = (): string => {
    const count = props.reading.newsCount();
    if (count === 0) return 'Read on from the newest';
    return `${props.reading.hasMoreNews() ? 'At least ' : ''}${plural(count, 'new post')}`;
  };
  return (
    <div class="news" role="status">
      <Show when={isOffered()}>
        <button type="button" class="button" onClick={show}>
          <Icon name="forward" size={16} /> {words()}
        </button>
      </Show>
    </div>
  );
}

/** Who has not said how she is called is a row of digits to others. */
function Appear(): JSX.Element {
  const street = useStreet();
  const { profile } = useHouse();
  const isNameless = () =>
    street.hello() !== null && street.people.of(street.me).isNamed === false && profile().name !== '';
  const appear = async (): Promise<void> => {
    await street.place.setProfile({ name: profile().name, about: profile().about });
    street.people.look(street.me);
  };
  return (
    <Show when={isNameless()}>
      <Notice
        kind="info"
        title="Here you are the digits of your key"
        actions={<Act run={appear}>Appear as {profile().name}</Act>}
      >
        Others see no name beside what you post before you say one. You may say another one on your page.
      </Notice>
    </Show>
  );
}

function Empty(): JSX.Element {
  const street = useStreet();
  return (
    <div class="empty">
      <div class="empty-picture">
        <Grove ids={[street.people.of(street.me).user]} seed={street.me} />
      </div>
      <h2>Nothing here yet</h2>
      <p>
        You see here what those post whom you follow, and what you post yourself. Write the first words above,
        or look who is here.
      </p>
      <a class="button primary" href="#/neighbours">
        <Icon name="people" size={18} /> Find people
      </a>
    </div>
  );
}
