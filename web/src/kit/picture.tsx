/** Pictures grown from ids: a person is a tree, a site is the group of its people's trees. */

import { For, type JSX } from 'solid-js';
import { groveOf, treeOf, type Shape, type Standing } from '../logic/tree.ts';

interface AvatarProps {
  readonly id: string;
  readonly size?: number;
  /** Shown at the lower edge: this person is here now. */
  readonly here?: boolean;
}

/** Decoration: the name stands beside it. */
export function Avatar(props: AvatarProps): JSX.Element {
  const tree = () => treeOf(props.id);
  return (
    <span class="avatar" classList={{ here: props.here === true }}>
      <svg viewBox="0 0 48 48" width={props.size ?? 36} height={props.size ?? 36} aria-hidden="true">
        <rect width="48" height="48" fill={tree().sky} />
        <Shapes shapes={tree().scene} />
        <Shapes shapes={tree().tree} />
      </svg>
    </span>
  );
}

/** A site: three trees on one piece of land, square where people are round. */
export function SiteSign(props: { readonly id: string; readonly size?: number }): JSX.Element {
  const land = () => treeOf(props.id);
  const trees = () =>
    groveOf(
      [1, 2, 3].map((number) => `${props.id} ${number}`),
      { width: 48, ground: 40, size: 0.42 },
    );
  return (
    <svg
      class="site-sign"
      viewBox="0 0 48 48"
      width={props.size ?? 28}
      height={props.size ?? 28}
      aria-hidden="true"
    >
      <rect width="48" height="48" fill={land().sky} />
      <path class="grove-near" d="M0 37Q24 32 48 37V48H0Z" />
      <Trees trees={trees()} />
    </svg>
  );
}

interface GroveProps {
  /** Ids of the trees, at most nine are drawn. */
  readonly ids: readonly string[];
  /** Decides the sky. */
  readonly seed: string;
}

const TREES_MAX = 9;

export function Grove(props: GroveProps): JSX.Element {
  const trees = () => groveOf(props.ids.slice(0, TREES_MAX), { width: 320, ground: 96, size: 1.05 });
  return (
    <svg class="grove" viewBox="0 0 320 120" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <rect width="320" height="120" class={`sky-${treeOf(props.seed).skyAt}`} />
      <circle class="grove-sun" cx="262" cy="34" r="13" />
      <path class="grove-far" d="M0 84Q60 62 130 80T260 72T320 82V120H0Z" />
      <path class="grove-near" d="M0 98Q80 86 170 96T320 92V120H0Z" />
      <Trees trees={trees()} />
    </svg>
  );
}

export function Trees(props: { readonly trees: readonly Standing[] }): JSX.Element {
  return (
    <For each={props.trees}>
      {(standing) => (
        <g transform={`translate(${standing.x} ${standing.y}) scale(${standing.scale})`}>
          <Shapes shapes={standing.tree} />
        </g>
      )}
    </For>
  );
}

/** Of a tree or its scene, inside any SVG. */
export function Shapes(props: { readonly shapes: readonly Shape[] }): JSX.Element {
  return (
    <For each={props.shapes}>
      {(shape) =>
        shape.kind === 'path' ? (
          <path d={shape.d} fill={shape.fill} />
        ) : (
          <ellipse cx={shape.cx} cy={shape.cy} rx={shape.rx} ry={shape.ry} fill={shape.fill} />
        )
      }
    </For>
  );
}
