/**
 * The picture of who gave what to whom. It is for the eye; the list beside it says the same to everybody, so
 * that what is pressed here can be reached there with the keyboard.
 */

import { createMemo, createSignal, For, onCleanup, Show, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import { treeOf } from '../../logic/tree.ts';
import { holderWords, placeLabel, type Tone } from '../../logic/grant-words.ts';
import { everyTwig } from '../../logic/grants.ts';
import {
  narrowMetrics,
  pictureOf,
  stateOf,
  wideMetrics,
  type GrantState,
  type Metrics,
  type PictureArrow,
  type PictureNode,
} from '../../logic/grants-picture.ts';
import { plural } from '../../logic/numbers.ts';
import { roleWord } from '../../logic/rights.ts';
import { isVerified, markWords, type Mark } from '../../logic/trust-words.ts';
import { useApp } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import { Shapes } from '../../kit/picture.tsx';

interface PictureProps {
  readonly grants: GrantsModel;
  /** Somebody was pressed. */
  readonly onChoose: (holder: string) => void;
  readonly onList: () => void;
}

const TONES: readonly { readonly tone: Tone; readonly word: string }[] = [
  { tone: 'admin', word: 'manages' },
  { tone: 'host', word: 'invites' },
  { tone: 'writer', word: 'writes' },
  { tone: 'reader', word: 'reads' },
];

export function GrantsPictureView(props: PictureProps): JSX.Element {
  const { nowMs } = useApp();
  const [opened, setOpened] = createSignal<ReadonlySet<string>>(new Set());
  const metrics = createMetrics();
  const picture = createMemo(() =>
    pictureOf(props.grants.twigs(), { nowMs: nowMs(), opened: opened(), metrics: metrics() }),
  );
  const total = () => everyTwig(props.grants.twigs()).length;
  const press = (node: PictureNode): void => {
    if (node.kind === 'fold') setOpened(new Set([...opened(), node.id]));
    else if (node.twigs.length > 0) props.onChoose(node.id);
  };
  return (
    <div class="grants-picture">
      <div
        ref={(frame) => queueMicrotask(() => showFirst(frame, picture().nodes))}
        class="grants-frame"
        tabIndex={0}
        role="region"
        aria-label="Picture of the rights"
      >
        <svg
          width={picture().width}
          height={picture().height}
          viewBox={`0 0 ${picture().width} ${picture().height}`}
          role="img"
          aria-label={`${plural(total(), 'right')} as a picture. The list says the same.`}
        >
          <Heads />
          <Arrows arrows={picture().arrows} />
          <For each={picture().nodes}>
            {(node) => (
              <Node node={node} grants={props.grants} metrics={metrics()} onPress={() => press(node)} />
            )}
          </For>
        </svg>
      </div>
      <Legend />
      <Show when={picture().omitted > 0}>
        <Notice
          kind="info"
          title={`${plural(picture().omitted, 'right is', 'rights are')} not in the picture`}
          actions={
            <button type="button" class="button small" onClick={() => props.onList()}>
              Show the list
            </button>
          }
        >
          {plural(total(), 'right')} stand in this site. Press a number to see who is behind it; the list has
          everybody.
        </Notice>
      </Show>
    </div>
  );
}

function Arrows(props: { readonly arrows: readonly PictureArrow[] }): JSX.Element {
  return (
    <>
      <For each={props.arrows}>
        {(arrow) => (
          <path
            class={`arrow ${arrow.tone} ${arrow.state}`}
            d={arrow.path}
            marker-end={`url(#head-${arrow.state === 'ended' ? 'ended' : arrow.tone})`}
            data-grant={arrow.id}
          />
        )}
      </For>
      <For each={props.arrows.filter(({ state }) => state !== 'open')}>
        {(arrow) => <Sign x={arrow.markX} y={arrow.markY} state={arrow.state} />}
      </For>
    </>
  );
}

/** A large picture begins at the founder, who stands in the middle of it. */
function showFirst(frame: HTMLElement, nodes: readonly PictureNode[]): void {
  const [first] = nodes;
  if (first !== undefined) frame.scrollTop = first.y - frame.clientHeight / 2;
}

const NARROW = '(max-width: 40rem)';

function createMetrics(): () => Metrics {
  const query = matchMedia(NARROW);
  const [isNarrow, setNarrow] = createSignal(query.matches);
  const follow = (): void => {
    setNarrow(query.matches);
  };
  query.addEventListener('change', follow);
  onCleanup(() => query.removeEventListener('change', follow));
  return () => (isNarrow() ? narrowMetrics : wideMetrics);
}

/** Tips of arrows, one per colour. */
function Heads(): JSX.Element {
  return (
    <defs>
      <For each={[...TONES.map(({ tone }) => tone), 'ended', 'fold']}>
        {(tone) => (
          <marker
            id={`head-${tone}`}
            class={`head ${tone}`}
            viewBox="0 0 10 10"
            refX="8"
            refY="5"
            markerWidth="9"
            markerHeight="9"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.5L9 5L0 9.5Z" />
          </marker>
        )}
      </For>
    </defs>
  );
}

/** A clock on what ends soon, a cross on what has ended. */
function Sign(props: { readonly x: number; readonly y: number; readonly state: GrantState }): JSX.Element {
  return (
    <g class={`sign ${props.state}`} transform={`translate(${props.x} ${props.y})`}>
      <circle r="8" />
      <path d={props.state === 'due' ? 'M0 -4V0L3 2' : 'M-3 -3L3 3M3 -3L-3 3'} />
    </g>
  );
}

interface NodeProps {
  readonly node: PictureNode;
  readonly grants: GrantsModel;
  readonly metrics: Metrics;
  readonly onPress: () => void;
}

/** Letters that fit beside the picture; SVG does not cut texts by itself. */
const LETTER = 7.4;

function Node(props: NodeProps): JSX.Element {
  const { nowMs } = useApp();
  const room = () => Math.floor((props.metrics.nodeWidth - 52) / LETTER);
  const title = () => {
    const [twig] = props.node.twigs;
    if (twig === undefined) return props.node.kind === 'fold' ? `${props.node.folded} more` : props.node.name;
    if (props.node.kind === 'link') return 'An open link';
    return props.node.kind === 'group' ? twig.grant.subjectName : holderWords(twig.grant);
  };
  const what = () => {
    const { twigs, kind } = props.node;
    if (kind === 'fold') return 'Press to see them';
    if (twigs.length === 0) return 'gave it on';
    const words = twigs.map(({ grant }) => {
      const place = props.grants.placeOf(grant.rights.resource);
      const ended = stateOf(grant, nowMs()) === 'ended' ? ' (ended)' : '';
      return `${roleWord(grant.rights.permissions)}${place === '*' ? '' : `: ${placeLabel(place)}`}${ended}`;
    });
    return [...new Set(words)].join(' · ');
  };
  const mark = () => (props.node.kind === 'person' ? props.grants.site.trusts.of(props.node.id) : null);
  return (
    <g
      class={`grants-node ${props.node.kind}`}
      transform={`translate(${props.node.x} ${props.node.y})`}
      onClick={() => props.onPress()}
    >
      <title>{`${title()}${mark() === null ? '' : `, ${markWords(mark() ?? 'unverified').word}`}: ${what()}`}</title>
      <rect width={props.metrics.nodeWidth} height={props.metrics.nodeHeight} rx="12" />
      <Face node={props.node} />
      <Show when={mark()}>{(known) => <TrustBadge mark={known()} x={37} y={37} />}</Show>
      <text x="44" y="20" class="grants-name">
        {cut(title(), room())}
      </text>
      <text x="44" y="35" class="grants-what">
        {cut(what(), Math.floor(room() * 1.12))}
      </text>
    </g>
  );
}

/** A check on whom this device has verified, a question on others, an exclamation on a changed key. */
function TrustBadge(props: { readonly mark: Mark; readonly x: number; readonly y: number }): JSX.Element {
  const letter = () => (props.mark === 'changed' ? '!' : '?');
  return (
    <g
      class="trust-badge"
      classList={{ good: isVerified(props.mark) }}
      transform={`translate(${props.x} ${props.y})`}
    >
      <circle r="6.5" />
      <Show when={isVerified(props.mark)} fallback={<text y="3.5">{letter()}</text>}>
        <path d="M-3 0.2L-1 2.2L3 -2" />
      </Show>
    </g>
  );
}

function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`;
}

const SIGNS = { group: 'people', link: 'link', fold: 'more' } as const;

function Face(props: { readonly node: PictureNode }): JSX.Element {
  const { kind, id } = props.node;
  if (kind !== 'person') {
    return (
      <g transform="translate(11 13)">
        <Icon name={SIGNS[kind]} size={20} />
      </g>
    );
  }
  const tree = treeOf(id);
  return (
    <g transform="translate(7 8) scale(0.625)" class="grants-face">
      <circle cx="24" cy="24" r="24" fill={tree.sky} />
      <g clip-path="circle(24px at 24px 24px)">
        <Shapes shapes={tree.scene} />
        <Shapes shapes={tree.tree} />
      </g>
    </g>
  );
}

function Legend(): JSX.Element {
  return (
    <ul class="grants-legend" aria-label="What lines mean">
      <For each={TONES}>
        {({ tone, word }) => (
          <li>
            <svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true">
              <path class={`arrow ${tone} open`} d="M1 5H33" />
            </svg>
            {word}
          </li>
        )}
      </For>
      <For
        each={[
          { state: 'due', word: 'ends within a week' } as const,
          { state: 'ended', word: 'has ended' } as const,
        ]}
      >
        {({ state, word }) => (
          <li>
            <svg width="20" height="20" viewBox="-10 -10 20 20" aria-hidden="true">
              <Sign x={0} y={0} state={state} />
            </svg>
            {word}
          </li>
        )}
      </For>
      <For
        each={[
          { mark: 'unverified', word: 'key not verified' } as const,
          { mark: 'checked', word: 'verified' } as const,
          { mark: 'changed', word: 'another key than before' } as const,
        ]}
      >
        {({ mark, word }) => (
          <li>
            <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
              <TrustBadge mark={mark} x={0} y={0} />
            </svg>
            {word}
          </li>
        )}
      </For>
    </ul>
  );
}
