/** How much of an account is used, as bars; the table below them says the same (SPEC U47). */

import { createUniqueId, For, type JSX } from 'solid-js';
import { bytesWords } from '../../logic/numbers.ts';
import { shareWords, slicesOf, type Whole } from '../../logic/neighbourhood/storage.ts';

const WIDTH = 600;
const HEIGHT = 26;

export function StoragePlot(props: { readonly wholes: readonly Whole[] }): JSX.Element {
  return (
    <>
      <For each={props.wholes}>{(whole) => <Bar whole={whole} />}</For>
      <table class="storage-table">
        <caption class="hidden">What you use, in parts</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Used</th>
            <th scope="col">Of</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.wholes}>
            {({ parts, bytesMax }) => (
              <For each={parts}>
                {({ name, bytes }) => (
                  <tr>
                    <th scope="row">{name}</th>
                    <td>{bytesWords(bytes)}</td>
                    <td>{bytesWords(bytesMax)}</td>
                  </tr>
                )}
              </For>
            )}
          </For>
        </tbody>
      </table>
    </>
  );
}

function Bar(props: { readonly whole: Whole }): JSX.Element {
  const stripes = createUniqueId();
  return (
    <figure>
      <figcaption class="row">
        <b>{props.whole.name}</b> <span class="muted">{shareWords(props.whole)}</span>
      </figcaption>
      <svg
        class="storage-plot"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${props.whole.name}: ${shareWords(props.whole)}`}
      >
        <defs>
          {/* Told apart from the others without colour. */}
          <pattern
            id={stripes}
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <path class="stripe" d="M2 0V8" />
          </pattern>
        </defs>
        <rect class="frame" x="0.5" y="0.5" width={WIDTH - 1} height={HEIGHT - 1} rx="6" />
        <For each={slicesOf(props.whole, WIDTH - 4)}>
          {({ tone, x, width }) => (
            <rect
              class={tone}
              x={x + 2}
              y="2"
              width={width}
              height={HEIGHT - 4}
              rx="2"
              fill={tone === 'cache' ? `url(#${stripes})` : undefined}
            />
          )}
        </For>
      </svg>
    </figure>
  );
}
