/** The 24 words of the account: shown, taken down, and confirmed by three of them. */

import { createResource, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { postponed } from '../../logic/phrase-flow.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { loadPhrases } from '../../model/phrase.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { Quiz } from './quiz.tsx';
import { WordSheet } from './word-sheet.tsx';

type Step = 'words' | 'quiz' | 'done';

export function PhraseRoom(): JSX.Element {
  const copse = useCopse();
  const [words] = createResource(async () => {
    const [secret, phrases] = await Promise.all([copse.secret(), loadPhrases()]);
    return secret === null ? null : phrases.wordsOf(secret);
  });
  return (
    <Switch fallback={<Loading />}>
      <Match when={words.error !== undefined}>
        <Page title="Your 24 words">
          <FaultNotice thrown={words.error} />
        </Page>
      </Match>
      <Match when={words() === null}>
        <Page title="Your 24 words">
          <Notice kind="info" title="They are not on this device">
            Look on the device where you made the account, or on the paper where you wrote them.
          </Notice>
        </Page>
      </Match>
      <Match when={words()}>{(known) => <Steps words={known()} />}</Match>
    </Switch>
  );
}

function Steps(props: { readonly words: readonly string[] }): JSX.Element {
  const app = useApp();
  const house = useHouse();
  const [step, setStep] = createSignal<Step>('words');
  const isConfirmed = (): boolean => app.local.backup().isConfirmed;
  /** Somebody who just joined a site wants to see it, not a list of one. */
  const leave = (): void => {
    const [only, ...others] = house.sites();
    app.go(only !== undefined && others.length === 0 ? { room: 'site', site: only.id } : { room: 'home' });
  };
  const later = (): void => {
    if (!isConfirmed()) app.local.setBackup(postponed(app.local.backup(), Date.now()));
    leave();
  };
  const confirmed = (): void => {
    app.local.setBackup({ ...app.local.backup(), isConfirmed: true });
    setStep('done');
  };
  return (
    <Switch>
      <Match when={step() === 'words'}>
        <Page title="Your 24 words" class="phrase" lead={LEAD}>
          <WordSheet words={props.words} />
          <div class="row">
            <Show
              when={!isConfirmed()}
              fallback={
                <button type="button" class="button primary large" onClick={leave}>
                  Done
                </button>
              }
            >
              <button type="button" class="button primary large" onClick={() => setStep('quiz')}>
                I have written them down
              </button>
              <button type="button" class="button quiet large" onClick={later}>
                Later
              </button>
            </Show>
          </div>
        </Page>
      </Match>
      <Match when={step() === 'quiz'}>
        <Quiz words={props.words} onBack={() => setStep('words')} onRight={confirmed} />
      </Match>
      <Match when={step() === 'done'}>
        <Done onLeave={leave} />
      </Match>
    </Switch>
  );
}

function Done(props: { readonly onLeave: () => void }): JSX.Element {
  return (
    <Page title="You can always come back" class="phrase">
      <div class="done">
        <span class="done-sign">
          <Icon name="check" size={40} />
        </span>
        <p>Keep the paper where you keep what matters. Whoever reads the words can be you.</p>
        <button type="button" class="button primary large" onClick={() => props.onLeave()}>
          Go on
        </button>
      </div>
    </Page>
  );
}

const LEAD =
  'They are your key in words. Write them down in this order and keep them away from the device: they bring you back when it is lost. Show them to nobody.';
