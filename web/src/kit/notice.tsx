/** A calm notice in the room: what happened, what to do, and a way to do it. */

import { Show, type JSX } from 'solid-js';
import { faultWords } from '../model/app.ts';
import { Icon, type IconName } from './icon.tsx';

export type NoticeKind = 'info' | 'warn' | 'bad' | 'good';

interface NoticeProps {
  readonly kind: NoticeKind;
  readonly title: string;
  readonly children?: JSX.Element;
  readonly actions?: JSX.Element;
}

const ICONS: Readonly<Record<NoticeKind, IconName>> = {
  info: 'info',
  warn: 'warn',
  bad: 'warn',
  good: 'check',
};

export function Notice(props: NoticeProps): JSX.Element {
  return (
    <div class={`notice ${props.kind}`} role={props.kind === 'bad' ? 'alert' : 'status'}>
      <Icon name={ICONS[props.kind]} />
      <div class="notice-text">
        <p class="notice-title">{props.title}</p>
        <Show when={props.children}>
          <div class="notice-more">{props.children}</div>
        </Show>
      </div>
      <Show when={props.actions}>
        <div class="notice-actions">{props.actions}</div>
      </Show>
    </div>
  );
}

/** What a `Fault` says, in words, with its hint. */
export function FaultNotice(props: { readonly thrown: unknown; readonly retry?: () => void }): JSX.Element {
  const words = () => faultWords(props.thrown);
  return (
    <Notice
      kind="bad"
      title={words().what}
      actions={
        <Show when={props.retry}>
          {(retry) => (
            <button type="button" class="button" onClick={() => retry()()}>
              Try again
            </button>
          )}
        </Show>
      }
    >
      {words().hint} <span class="fault-code">Code: {words().code}</span>
    </Notice>
  );
}
