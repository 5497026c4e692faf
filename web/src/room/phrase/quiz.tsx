/** Asks for three of the words: whoever has them on paper is through in a moment. */

import { createSignal, Index, Show, type JSX } from 'solid-js';
import { Field } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { checkAnswer, quizOf } from '../../logic/phrase-flow.ts';

interface QuizProps {
  readonly words: readonly string[];
  readonly onBack: () => void;
  readonly onRight: () => void;
}

export function Quiz(props: QuizProps): JSX.Element {
  const asked = quizOf(props.words.length, Math.random);
  const [answers, setAnswers] = createSignal<readonly string[]>(asked.map(() => ''));
  const [isChecked, setChecked] = createSignal(false);
  const results = () => asked.map((at, place) => checkAnswer(props.words, at, answers()[place] ?? ''));
  const isRight = () => results().every((result) => result === 'right');
  const errorOf = (place: number): string | undefined => {
    if (!isChecked()) return undefined;
    const result = results()[place];
    if (result === 'empty') return 'Please fill in this word.';
    return result === 'wrong' ? 'That is another word. Look on your paper.' : undefined;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    setChecked(true);
    if (isRight()) props.onRight();
  };
  const write = (place: number, text: string): void => {
    setChecked(false);
    setAnswers((before) => before.map((old, at) => (at === place ? text : old)));
  };
  return (
    <Page title="Three of your words" class="phrase" lead="To be sure that they are right on your paper.">
      <form class="stack" onSubmit={submit}>
        <div class="quiz">
          <Index each={asked}>
            {(at, place) => (
              <Field
                label={`Word ${at() + 1}`}
                value={answers()[place] ?? ''}
                onInput={(text) => write(place, text)}
                error={errorOf(place)}
                maxLength={16}
                isFocused={place === 0}
              />
            )}
          </Index>
        </div>
        <Show when={isChecked() && !isRight()}>
          <p class="muted" role="status">
            Not yet. You can look at the words again.
          </p>
        </Show>
        <div class="row">
          <button type="submit" class="button primary large">
            Check
          </button>
          <button type="button" class="button quiet large" onClick={() => props.onBack()}>
            Show the words again
          </button>
        </div>
      </form>
    </Page>
  );
}
