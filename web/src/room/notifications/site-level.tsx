/** What this device hears of one site, and a pause from it: a button and what it opens. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Segments } from '../../kit/choose.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { LEVELS, muteMs, MUTES, overrideWords } from '../../logic/level-words.ts';
import { useApp } from '../../model/app.ts';
import type { Level, Notifications, SiteLevel } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';

interface LevelButtonProps {
  /** Or the neighbourhood, which is heard of as a site is. */
  readonly site: Pick<SiteModel, 'id' | 'title'>;
  /** With a word instead of a sign. */
  readonly isWord?: boolean;
}

export function LevelButton(props: LevelButtonProps): JSX.Element {
  const app = useApp();
  const { bell } = useHouse();
  const [isOpen, setOpen] = createSignal(false);
  const row = () => {
    const state = bell.state();
    if (state?.neighbourhood?.site === props.site.id) return state.neighbourhood;
    return state?.sites.find(({ site }) => site === props.site.id);
  };
  const isMuted = () => {
    const known = row();
    return known !== undefined && (known.level === 'none' || overrideWords(known, app.nowMs()) !== undefined);
  };
  const open = (): void => {
    setOpen(true);
    bell.look().catch(app.tellFault);
  };
  const label = () => `Notifications of ${props.site.title()}`;
  return (
    <>
      <button
        type="button"
        class="button"
        classList={{ quiet: props.isWord !== true, round: props.isWord !== true }}
        aria-label={props.isWord === true ? `Change notifications of ${props.site.title()}` : label()}
        onClick={open}
      >
        <Show when={props.isWord} fallback={<Icon name={isMuted() ? 'bellOff' : 'bell'} />}>
          Change
        </Show>
      </button>
      <Dialog isOpen={isOpen()} onClose={() => setOpen(false)} title={label()}>
        <Show when={bell.state()} fallback={<Loading />}>
          <Show when={row()} fallback={<NotHere />}>
            {(known) => <Levels row={known()} />}
          </Show>
        </Show>
      </Dialog>
    </>
  );
}

function NotHere(): JSX.Element {
  return (
    <>
      <p>This device is not notified.</p>
      <a class="button primary" href="#/notifications">
        <Icon name="bell" size={18} /> Turn notifications on
      </a>
    </>
  );
}

function Levels(props: { readonly row: SiteLevel }): JSX.Element {
  const app = useApp();
  const { bell } = useHouse();
  const change = async (act: (desk: Notifications) => Promise<void>): Promise<void> => {
    await act(await bell.notifications());
  };
  const { site } = props.row;
  const setLevel = (level: Level): void => {
    change((desk) => desk.level(site, level)).catch(app.tellFault);
  };
  const override = () => overrideWords(props.row, app.nowMs());
  return (
    <div class="stack">
      <Segments
        legend="This device hears"
        name="level"
        value={props.row.level}
        choices={LEVELS}
        onChoose={setLevel}
      />
      <p class="muted" role="status">
        {override() ?? 'Here means on this device alone; your others have their own.'}
      </p>
      <Show
        when={override() !== undefined}
        fallback={
          <fieldset class="choices">
            <legend>Mute</legend>
            <For each={MUTES}>
              {({ value, label }) => (
                <Act
                  class="small"
                  icon="bellOff"
                  label={`Mute ${label.toLowerCase()}`}
                  run={() => change((desk) => desk.mute(site, muteMs(value, new Date())))}
                >
                  {label}
                </Act>
              )}
            </For>
          </fieldset>
        }
      >
        <div>
          <Act icon="bell" run={() => change((desk) => desk.unmute(site))}>
            {props.row.override?.level === 'all' ? 'As before' : 'Turn it on'}
          </Act>
        </div>
      </Show>
    </div>
  );
}
