/** One row of a conversation. */

import { For, Match, Show, Switch, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { TrustSign } from '../../kit/trust.tsx';
import { messageOf } from '../../logic/message.ts';
import type { MessageRow, Row } from '../../logic/rows.ts';
import type { Named } from '../../logic/mentions.ts';
import { textParts, type TextPart } from '../../logic/text-parts.ts';
import type { Mark } from '../../logic/trust-words.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { FailedEntry } from '../../logic/rows.ts';

export interface RowContext {
  readonly nameOf: (user: string | null) => string;
  readonly markOf: (user: string | null) => Mark | null;
  /** Whose names are marked where they are mentioned. */
  readonly members: () => readonly Named[];
  readonly failed: (id: string) => FailedEntry | undefined;
  readonly retry: (id: string) => void;
  readonly discard: (id: string) => void;
}

export function RowView(props: { readonly row: Row; readonly context: RowContext }): JSX.Element {
  const { words, nowMs } = useApp();
  const is = <K extends Row['kind']>(kind: K) => {
    const { row } = props;
    return isRow(row, kind) ? row : undefined;
  };
  return (
    <Switch>
      <Match when={is('day')}>
        {(row) => (
          <li class="day" data-key={row().key}>
            <span>{words.day(row().timeMs, nowMs())}</span>
          </li>
        )}
      </Match>
      <Match when={is('new')}>
        <li class="new-mark" data-key="new">
          <span>New</span>
        </li>
      </Match>
      <Match when={is('message')}>{(row) => <MessageView row={row()} context={props.context} />}</Match>
    </Switch>
  );
}

function isRow<K extends Row['kind']>(row: Row, kind: K): row is Extract<Row, { kind: K }> {
  return row.kind === kind;
}

function MessageView(props: { readonly row: MessageRow; readonly context: RowContext }): JSX.Element {
  const name = () => props.row.name || props.context.nameOf(props.row.user);
  return (
    <li
      class={`message ${props.row.state}`}
      classList={{ own: props.row.own, head: props.row.head }}
      data-key={props.row.key}
    >
      <Show when={props.row.head}>
        <Show when={!props.row.own}>
          <Avatar id={props.row.user ?? 'unknown'} size={36} />
        </Show>
        <p class="who">
          <b>{props.row.own ? 'You' : name()}</b>{' '}
          <TrustSign mark={props.row.own ? null : props.context.markOf(props.row.user)} />{' '}
          <Time ms={props.row.timeMs} as="recent" />
        </p>
      </Show>
      <div class="bubble">
        <Body row={props.row} members={props.context.members()} />
        <State row={props.row} />
      </div>
      <Show when={props.row.state === 'failed'}>
        <Failed id={props.row.key.replace('failed ', '')} context={props.context} />
      </Show>
    </li>
  );
}

const BROKEN = {
  noKey: 'Sealed under a key that you do not have.',
  altered: 'It was altered on its way and does not open.',
  value: 'It opens, but nobody here understands it.',
  trimmed: 'Older entries are no longer kept by the node.',
  chain: 'It stands for other entries than those that you have read.',
} as const;

function Body(props: { readonly row: MessageRow; readonly members: readonly Named[] }): JSX.Element {
  const me = useCopse().user;
  const message = () => messageOf(props.row.value);
  const refusal = () => {
    const { ruling } = props.row;
    if (ruling?.kind !== 'refused') return undefined;
    return ruling.reason === '' ? 'Not accepted.' : `Not accepted: ${ruling.reason}`;
  };
  const text = () => {
    const now = message();
    return now.kind === 'text' ? now.text : undefined;
  };
  const json = () => {
    const now = message();
    return now.kind === 'other' ? now.json : undefined;
  };
  return (
    <Switch>
      <Match when={props.row.broken}>{(why) => <p class="broken">{BROKEN[why()]}</p>}</Match>
      <Match when={refusal() !== undefined}>
        <p class="broken">{refusal()}</p>
      </Match>
      <Match when={json()}>{(shown) => <pre class="other">{shown()}</pre>}</Match>
      <Match when={text() !== undefined}>
        <p class="text">
          <For each={textParts(text() ?? '', props.members)}>{(part) => <Part part={part} me={me} />}</For>
          <Show when={props.row.ruling?.kind === 'changed'}>
            {' '}
            <small class="muted">(changed by whoever leads this log)</small>
          </Show>
        </p>
      </Match>
    </Switch>
  );
}

function Part(props: { readonly part: TextPart; readonly me: string }): JSX.Element {
  const { part } = props;
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'mention':
      return (
        <b class="mention" classList={{ mine: part.users === null || part.users.includes(props.me) }}>
          {part.text}
        </b>
      );
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer">
          {part.text}
        </a>
      );
  }
}

/** Its place is kept in every state, so that an acknowledgement moves nothing. */
function State(props: { readonly row: MessageRow }): JSX.Element {
  const { words } = useApp();
  return (
    <span class="state" title={words.full(props.row.timeMs)}>
      <Show when={props.row.own}>
        <Icon
          name={props.row.state === 'kept' ? 'check' : props.row.state === 'waiting' ? 'clock' : 'warn'}
          size={14}
        />
        <span class="hidden">
          {props.row.state === 'kept'
            ? 'Kept'
            : props.row.state === 'waiting'
              ? 'Waiting to be sent'
              : 'Not sent'}
        </span>
      </Show>
    </span>
  );
}

function Failed(props: { readonly id: string; readonly context: RowContext }): JSX.Element {
  return (
    <p class="failed-words" role="alert">
      Not sent. {props.context.failed(props.id)?.why}{' '}
      <button type="button" class="button small" onClick={() => props.context.retry(props.id)}>
        Try again
      </button>{' '}
      <button type="button" class="button small quiet" onClick={() => props.context.discard(props.id)}>
        Discard
      </button>
    </p>
  );
}
