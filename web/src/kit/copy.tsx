/** Copies a text and says so on the button itself. */

import { createSignal, onCleanup, type JSX } from 'solid-js';
import { useApp } from '../model/app.ts';
import { Icon } from './icon.tsx';

interface CopyProps {
  readonly text: string;
  readonly children: JSX.Element;
  readonly class?: string;
}

const DONE_MS = 2_000;

export function Copy(props: CopyProps): JSX.Element {
  const app = useApp();
  const [isDone, setDone] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  const copy = (): void => {
    const copied = (): void => {
      setDone(true);
      clearTimeout(timer);
      timer = setTimeout(() => setDone(false), DONE_MS);
    };
    // Outside https and localhost browsers have no clipboard for pages.
    const refused = (): void =>
      app.tell('This browser does not let pages copy.', 'Select the text and copy it by hand.');
    if (navigator.clipboard === undefined) refused();
    else navigator.clipboard.writeText(props.text).then(copied, refused);
  };
  return (
    <button type="button" class={`button ${props.class ?? ''}`} onClick={copy}>
      <Icon name={isDone() ? 'check' : 'copy'} size={18} />
      <span aria-live="polite">{isDone() ? 'Copied' : props.children}</span>
    </button>
  );
}
