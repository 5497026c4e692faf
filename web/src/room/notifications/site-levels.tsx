/** What this device hears of the neighbourhood and of each site, in lists. */

import { For, Show, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { SiteSign } from '../../kit/picture.tsx';
import { LEVELS, overrideWords } from '../../logic/level-words.ts';
import { useApp } from '../../model/app.ts';
import type { SiteLevel } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';
import { LevelButton } from './site-level.tsx';

/** Everything in it that concerns her, whatever site anybody is in. */
export function NeighbourhoodLevel(props: { readonly row: SiteLevel }): JSX.Element {
  const { nowMs } = useApp();
  return (
    <section class="panel">
      <h2>Neighbourhood</h2>
      <ul class="list">
        <li>
          <Icon name="street" size={24} />
          <div class="list-text">
            <p class="list-title">What concerns you</p>
            <p class="list-more">{levelWords(props.row, nowMs())}</p>
          </div>
          <div class="list-actions">
            <LevelButton site={{ id: props.row.site, title: () => 'the neighbourhood' }} isWord />
          </div>
        </li>
      </ul>
    </section>
  );
}

export function SiteLevels(props: { readonly rows: readonly SiteLevel[] }): JSX.Element {
  const { nowMs } = useApp();
  const { sites } = useHouse();
  const rowOf = (id: string) => props.rows.find(({ site }) => site === id);
  return (
    <section class="panel">
      <h2>Sites</h2>
      <Show when={sites().length > 0} fallback={<p class="muted">You are in no site yet.</p>}>
        <ul class="list">
          <For each={sites()}>
            {(site) => (
              <li>
                <SiteSign id={site.id} size={44} />
                <div class="list-text">
                  <p class="list-title">
                    <span class="clip">{site.title()}</span>
                  </p>
                  <p class="list-more">{levelWords(rowOf(site.id), nowMs())}</p>
                </div>
                <div class="list-actions">
                  <LevelButton site={site} isWord />
                </div>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}

function levelWords(row: SiteLevel | undefined, nowMs: number): string {
  if (row === undefined) return 'Not known yet';
  const level = LEVELS.find(({ value }) => value === row.level)?.label ?? row.level;
  const override = overrideWords(row, nowMs);
  return override === undefined ? level : `${override}, then: ${level.toLowerCase()}`;
}
