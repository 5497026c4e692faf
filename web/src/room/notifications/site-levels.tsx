/** What this device hears of each site, in a list. */

import { For, Show, type JSX } from 'solid-js';
import { SiteSign } from '../../kit/picture.tsx';
import { LEVELS, overrideWords } from '../../logic/level-words.ts';
import { useApp } from '../../model/app.ts';
import type { SiteLevel } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';
import { LevelButton } from './site-level.tsx';

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
