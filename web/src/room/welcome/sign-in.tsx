/** Signs in with the 24 words: pasted or typed, each word judged as it comes, with help for misspelt ones. */

import { createMemo, createResource, createSignal, For, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { cleanPhrase, typedWords, withWord, type TypedWord } from '../../logic/phrase-flow.ts';
import { useApp } from '../../model/app.ts';
import { loadPhrases, type Phrases } from '../../model/phrase.ts';
import { Loading } from '../../shell/loading.tsx';
import { OtherWay } from './key-words.tsx';

const WORDS = 24;

export function SignIn(): JSX.Element {
  const [phrases] = createResource(loadPhrases);
  return (
    <>
      <Heading>Sign in with your 24 words</Heading>
      <p class="lead">Paste or type them in their order. They stay on this device.</p>
      <Show when={phrases()} fallback={<Loading />}>
        {(loaded) => <PhraseForm phrases={loaded()} />}
      </Show>
      <OtherWay />
    </>
  );
}

function PhraseForm(props: { readonly phrases: Phrases }): JSX.Element {
  const app = useApp();
  const [text, setText] = createSignal('');
  const [thrown, setThrown] = createSignal<unknown>(null);
  const words = createMemo(() => typedWords(text(), props.phrases));
  const secret = createMemo(() =>
    words().length === WORDS ? props.phrases.secretOf(cleanPhrase(text())) : null,
  );
  const { isBusy, act } = createAct(async () => {
    const found = secret();
    if (found === null) return;
    setThrown(null);
    await app.session.signIn(found);
    // Whoever could type the words has them.
    app.local.setBackup({ ...app.local.backup(), isConfirmed: true });
    app.go({ room: app.session.arrival()?.kind === 'join' ? 'join' : 'home' });
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <div class="field">
        <label for="words">Your words</label>
        <textarea
          id="words"
          class="input words-input"
          rows={4}
          value={text()}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-describedby="words-state"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p id="words-state" class="field-more" role="status" classList={{ bad: isWrong(words(), secret()) }}>
          {stateWords(words(), secret())}
        </p>
      </div>
      <Words words={words()} onReplace={(at, word) => setText(withWord(text(), at, word))} />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div>
        <button type="submit" class="button primary large" aria-busy={isBusy()} disabled={secret() === null}>
          <span>Sign in</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

interface WordsProps {
  readonly words: readonly TypedWord[];
  readonly onReplace: (at: number, word: string) => void;
}

function Words(props: WordsProps): JSX.Element {
  const unknown = () => props.words.map((word, at) => ({ ...word, at })).filter(({ known }) => !known);
  return (
    <>
      <ol class="word-chips" aria-label="Words so far">
        <For each={props.words}>{(word) => <li classList={{ bad: !word.known }}>{word.text}</li>}</For>
      </ol>
      <For each={unknown()}>
        {(word) => (
          <p class="word-help">
            Word {word.at + 1}, <b>{word.text}</b>, is not in the list.
            <Show when={word.suggestions.length > 0}>
              {' '}
              Did you mean{' '}
              <For each={word.suggestions}>
                {(suggestion) => (
                  <button
                    type="button"
                    class="button small"
                    onClick={() => props.onReplace(word.at, suggestion)}
                  >
                    {suggestion}
                  </button>
                )}
              </For>
            </Show>
          </p>
        )}
      </For>
    </>
  );
}

function isWrong(words: readonly TypedWord[], secret: Uint8Array | null): boolean {
  return (
    words.some(({ known }) => !known) || words.length > WORDS || (words.length === WORDS && secret === null)
  );
}

function stateWords(words: readonly TypedWord[], secret: Uint8Array | null): string {
  if (words.length < WORDS) return `${words.length} of ${WORDS} words`;
  if (words.length > WORDS) return `These are ${words.length} words; there should be ${WORDS}.`;
  if (words.some(({ known }) => !known)) return 'One or more words are not in the list.';
  if (secret === null)
    return 'All words exist, but not together: one is another one’s, or two changed places.';
  return 'All 24 words fit together.';
}
