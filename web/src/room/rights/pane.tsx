/** A page inside a dialog, with the way back to the one before. */

import { onMount, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';

interface PaneProps {
  readonly title: string;
  readonly back: string;
  readonly onBack: () => void;
  readonly children: JSX.Element;
}

/** Its heading takes the focus: what had it is not there any more. */
export function Pane(props: PaneProps): JSX.Element {
  let heading: HTMLHeadingElement | undefined;
  onMount(() => heading?.focus());
  return (
    <div class="stack pane">
      <div class="pane-head">
        <button type="button" class="button small quiet" onClick={() => props.onBack()}>
          <Icon name="back" size={16} /> {props.back}
        </button>
        <h3 ref={(element) => (heading = element)} tabIndex={-1}>
          {props.title}
        </h3>
      </div>
      {props.children}
    </div>
  );
}
