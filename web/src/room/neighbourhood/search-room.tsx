/** Finds posts by words and by tags (SPEC U43). */

import { createMemo, createResource, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { useApp } from '../../model/app.ts';
import { createReading } from '../../model/neighbourhood/reading.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { PostList } from './post-list.tsx';
import { StreetPage } from './street-page.tsx';

const WORDS_MAX = 100;

export function SearchRoom(): JSX.Element {
  const { route, go } = useApp();
  const asked = createMemo(() => {
    const now = route();
    return now.room === 'search' ? now.words : '';
  });
  const [words, setWords] = createSignal(asked());
  createResource(asked, (now) => setWords(now));
  const search = async (): Promise<void> => go({ room: 'search', words: words().trim() });
  return (
    <StreetPage title="Search">
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void search();
        }}
      >
        <Field
          label="Words or a #tag"
          value={words()}
          onInput={setWords}
          maxLength={WORDS_MAX}
          isFocused={asked() === ''}
          hint="Posts with all of the words; the end of the last one may be missing."
        />
        <Act class="primary" type="submit" icon="search" run={search} disabled={words().trim() === ''}>
          Search
        </Act>
      </form>
      <Show when={asked() !== '' && asked()} keyed>
        {(now) => <Found words={now} />}
      </Show>
    </StreetPage>
  );
}

function Found(props: { readonly words: string }): JSX.Element {
  const street = useStreet();
  const { words } = props;
  const tag = words.startsWith('#') && !/\s/u.test(words) ? words.slice(1) : null;
  const reading = createReading({
    book: street.posts,
    load: (before) => (tag === null ? street.place.search(words, before) : street.place.tagged(tag, before)),
    isShown: (author) => street.quiet.of(author) !== 'blocked',
    isOwn: () => false,
  });
  void reading.refresh();
  const where = (): string => {
    const storage = street.storage();
    return storage.kind === 'kept' && !storage.isUp ? 'device' : 'node';
  };
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
      <Match when={reading.ids().length === 0}>
        <div class="empty" role="status">
          <h2>Nothing found</h2>
          <p>
            {tag === null
              ? `No post on this ${where()} has all of these words. Try fewer, or the beginning of one.`
              : `No post on this ${where()} has this tag. Look for the word without the #.`}
          </p>
        </div>
      </Match>
      <Match when={true}>
        <PostList reading={reading} label={`Posts with ${words}`} words={tag === null ? words : ''} />
      </Match>
    </Switch>
  );
}
