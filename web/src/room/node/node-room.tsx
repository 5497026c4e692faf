/** The node for its admin: what it does now, what it did in the last two minutes, and where to read more. */

import { createResource, createSignal, For, Index, onCleanup, onMount, Show, type JSX } from 'solid-js';
import { FaultNotice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { grouped, noHistory, samplesMax, valueWords, withReading, type Series } from '../../logic/figures.ts';
import { plotOf } from '../../logic/plot.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { Figure } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

const EVERY_MS = 2_000;

export function NodeRoom(): JSX.Element {
  const copse = useCopse();
  const [history, setHistory] = createSignal(noHistory);
  const [thrown, setThrown] = createSignal<unknown>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isGone = false;
  const read = async (): Promise<void> => {
    try {
      const figures = await copse.figures();
      setThrown(null);
      setHistory((before) => withReading(before, { atMs: performance.now(), figures }));
    } catch (error) {
      setThrown(error);
    }
    if (!isGone) timer = setTimeout(() => void read(), EVERY_MS);
  };
  onMount(() => void read());
  onCleanup(() => {
    isGone = true;
    clearTimeout(timer);
  });
  const figures = () => history().last?.figures ?? [];
  return (
    <Page title="This node" lead={<About />} class="node">
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <Show when={history().last} fallback={thrown() === null ? <Loading /> : null}>
        <section>
          <h2>The last two minutes</h2>
          <div class="plots">
            <Index each={history().series}>{(series) => <PlotCard series={series()} />}</Index>
          </div>
        </section>
        <Table figures={figures()} />
      </Show>
      <Operators />
    </Page>
  );
}

/** Every figure, by the part of the node that says it. */
function Table(props: { readonly figures: readonly Figure[] }): JSX.Element {
  return (
    <section class="panel">
      <h2>All figures</h2>
      <div class="columns">
        <For each={grouped(props.figures)}>
          {(group) => (
            <div>
              <h3>{group.title}</h3>
              <dl class="facts figures">
                <For each={group.figures}>
                  {(figure) => (
                    <div>
                      <dt>{figure.label}</dt>
                      <dd>{figure.value}</dd>
                    </div>
                  )}
                </For>
              </dl>
            </div>
          )}
        </For>
      </div>
    </section>
  );
}

/** What the operator reads elsewhere. */
function Operators(): JSX.Element {
  return (
    <section class="panel">
      <h2>Looking after it</h2>
      <ul class="plain-list">
        <li>
          <a href="/metrics">/metrics</a> has these figures for Prometheus, <a href="/readyz">/readyz</a> says
          whether the node takes work, <a href="/node.json">/node.json</a> who it is.
        </li>
        <li>
          <code>copse doctor</code> names what is wrong and what to do, <code>copse backup</code> copies
          everything while it runs.
        </li>
      </ul>
    </section>
  );
}

function About(): JSX.Element {
  const { gate } = useApp();
  const copse = useCopse();
  const [about] = createResource(() => gate.about());
  return (
    <>
      <span>{copse.node.url}</span>
      <Show when={about.error === undefined ? about() : undefined}>
        {(known) => (
          <>
            {' '}
            runs copse {known().version}, protocol {known().protocol}.
          </>
        )}
      </Show>
    </>
  );
}

const WIDTH = 240;
const HEIGHT = 56;

function PlotCard(props: { readonly series: Series }): JSX.Element {
  const plot = () => plotOf(props.series.samples, { width: WIDTH, height: HEIGHT, capacity: samplesMax });
  const words = (value: number) =>
    props.series.unit === 'per second' ? `${valueWords(value, '')} /s` : valueWords(value, props.series.unit);
  const now = () => props.series.samples.at(-1);
  return (
    <figure class="panel plot">
      <figcaption>
        <span class="plot-name">{props.series.label}</span>
        <span class="plot-now">{words(now() ?? 0)}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${props.series.label}: now ${words(now() ?? 0)}, at most ${words(plot().max)} in two minutes`}
      >
        <path class="plot-area" d={plot().area} />
        <path class="plot-line" d={plot().line} />
      </svg>
      <p class="plot-foot">at most {words(plot().max)}</p>
    </figure>
  );
}
