/** The picture of who let whom in. It is for the eye; the list below it says the same to everybody. */

import { createMemo, createSignal, For, Show, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { Shapes } from '../../kit/picture.tsx';
import {
  accountLine,
  accountName,
  accountTag,
  everyAccount,
  toneOfAccount,
} from '../../logic/account-words.ts';
import { accountsPicture, type AccountNode } from '../../logic/accounts-picture.ts';
import { narrowMetrics, wideMetrics } from '../../logic/grants-picture.ts';
import { plural } from '../../logic/numbers.ts';
import { treeOf } from '../../logic/tree.ts';
import type { AccountTree } from '../../model/sdk-accounts.ts';

interface PictureProps {
  readonly tree: AccountTree;
  /** Somebody was pressed. */
  readonly onChoose: (user: string) => void;
}

const NARROW = '(max-width: 40rem)';

export function AccountsPictureView(props: PictureProps): JSX.Element {
  const [opened, setOpened] = createSignal<ReadonlySet<string>>(new Set());
  const metrics = matchMedia(NARROW).matches ? narrowMetrics : wideMetrics;
  const picture = createMemo(() => accountsPicture(props.tree.branches, { opened: opened(), metrics }));
  const press = ({ id, account }: AccountNode): void => {
    if (account === null) setOpened(new Set([...opened(), id]));
    else props.onChoose(id);
  };
  const total = () => everyAccount(props.tree.branches).length;
  return (
    <div class="grants-picture">
      <div class="grants-frame" tabIndex={0} role="region" aria-label="Picture of who let whom in">
        <svg
          width={picture().width}
          height={picture().height}
          viewBox={`0 0 ${picture().width} ${picture().height}`}
          role="img"
          aria-label={`${plural(total(), 'account')} as a picture. The list says the same.`}
        >
          <For each={picture().lines}>
            {(line) => <path class={`account-line ${line.tone}`} d={line.path} />}
          </For>
          <For each={picture().nodes}>
            {(node) => (
              <Node
                node={node}
                width={metrics.nodeWidth}
                height={metrics.nodeHeight}
                onPress={() => press(node)}
              />
            )}
          </For>
        </svg>
      </div>
      <Show when={picture().omitted > 0}>
        <p class="muted">
          {plural(picture().omitted, 'account is', 'accounts are')} not in the picture. Press a number to see
          who is behind it; the list has them.
        </p>
      </Show>
    </div>
  );
}

interface NodeProps {
  readonly node: AccountNode;
  readonly width: number;
  readonly height: number;
  readonly onPress: () => void;
}

/** Letters that fit beside the picture; SVG does not cut texts by itself. */
const LETTER = 7.4;

function Node(props: NodeProps): JSX.Element {
  const account = () => props.node.account;
  const room = () => Math.floor((props.width - 52) / LETTER);
  const title = () => {
    const row = account();
    return row === null ? `${props.node.folded} more` : accountName(row);
  };
  const what = () => {
    const row = account();
    return row === null ? 'Press to see them' : accountTag(row) || accountLine(row);
  };
  const kind = () => {
    const row = account();
    return row === null ? 'fold' : toneOfAccount(row);
  };
  return (
    <g
      class={`grants-node account-node ${kind()}`}
      transform={`translate(${props.node.x} ${props.node.y})`}
      onClick={() => props.onPress()}
    >
      <title>{`${title()}: ${what()}`}</title>
      <rect width={props.width} height={props.height} rx="12" />
      <Show when={kind() === 'there' || kind() === 'admin'} fallback={<Sign kind={kind()} />}>
        <Face id={props.node.id} />
      </Show>
      <text x="44" y="20" class="grants-name">
        {cut(title(), room())}
      </text>
      <text x="44" y="35" class="grants-what">
        {cut(what(), Math.floor(room() * 1.12))}
      </text>
    </g>
  );
}

function Sign(props: { readonly kind: string }): JSX.Element {
  const icon = () => (props.kind === 'fold' ? 'more' : props.kind === 'link' ? 'link' : 'close');
  return (
    <g transform="translate(11 13)">
      <Icon name={icon()} size={20} />
    </g>
  );
}

function Face(props: { readonly id: string }): JSX.Element {
  const tree = () => treeOf(props.id);
  return (
    <g transform="translate(7 8) scale(0.625)" class="grants-face">
      <circle cx="24" cy="24" r="24" fill={tree().sky} />
      <g clip-path="circle(24px at 24px 24px)">
        <Shapes shapes={tree().scene} />
        <Shapes shapes={tree().tree} />
      </g>
    </g>
  );
}

function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`;
}
