/** Hours in which none of the user's devices is notified. */

import { createSignal, createUniqueId, For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { clockOf, DAYS, everyDay, minuteOf, quietHoursWords } from '../../logic/level-words.ts';
import { useApp } from '../../model/app.ts';
import type { QuietHours } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';

/** As most people sleep. */
const USUAL = { days: everyDay, fromMinute: 22 * 60, toMinute: 7 * 60, mentionsPass: true };

const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function QuietPanel(props: { readonly quiet: QuietHours | null }): JSX.Element {
  const app = useApp();
  const { bell } = useHouse();
  const [form, setForm] = createSignal<QuietHours>(props.quiet ?? { ...USUAL, zone: zoneHere() });
  const change = (part: Partial<QuietHours>): void => {
    setForm((before) => ({ ...before, ...part }));
  };
  const save = async (hours: QuietHours | null): Promise<void> => {
    await (await bell.notifications()).quiet(hours);
    app.tell(hours === null ? 'There are no quiet hours any more.' : 'Your quiet hours are kept.');
  };
  return (
    <section class="panel stack">
      <h2>Quiet hours</h2>
      <p class="muted" role="status">
        <Show
          when={props.quiet}
          fallback="In these hours none of your devices makes a sound; what came is told once when they end."
        >
          {(quiet) => quietHoursWords(quiet())}
        </Show>
      </p>
      <div class="row">
        <ClockField
          label="From"
          minute={form().fromMinute}
          onChange={(fromMinute) => change({ fromMinute })}
        />
        <ClockField label="To" minute={form().toMinute} onChange={(toMinute) => change({ toMinute })} />
      </div>
      <Days days={form().days} onChange={(days) => change({ days })} />
      <label class="check">
        <input
          type="checkbox"
          checked={form().mentionsPass}
          onChange={(event) => change({ mentionsPass: event.currentTarget.checked })}
        />
        <span>Let mentions of me through</span>
      </label>
      <Zone zone={form().zone} isKept={props.quiet !== null} />
      <div class="row">
        <Act
          class="primary"
          run={() => save({ ...form(), zone: zoneHere() })}
          disabled={form().days === 0 || form().fromMinute === form().toMinute}
        >
          {props.quiet === null ? 'Keep quiet hours' : 'Save'}
        </Act>
        <Show when={props.quiet !== null}>
          <Act run={() => save(null)}>No quiet hours</Act>
        </Show>
      </div>
    </section>
  );
}

function ClockField(props: {
  readonly label: string;
  readonly minute: number;
  readonly onChange: (minute: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  const take = (text: string): void => {
    const minute = minuteOf(text);
    if (minute !== null) props.onChange(minute);
  };
  return (
    <div class="field clock">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="input"
        type="time"
        value={clockOf(props.minute)}
        required
        onInput={(event) => take(event.currentTarget.value)}
      />
    </div>
  );
}

function Days(props: { readonly days: number; readonly onChange: (days: number) => void }): JSX.Element {
  return (
    <fieldset class="days">
      <legend>On the evenings of</legend>
      <For each={DAYS}>
        {(day, at) => (
          <label>
            <input
              type="checkbox"
              checked={(props.days & (1 << at())) !== 0}
              onChange={() => props.onChange(props.days ^ (1 << at()))}
            />
            <span aria-hidden="true">{day.slice(0, 2)}</span>
            <span class="hidden">{day}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}

/** Whose clock counts: that of the device on which they were kept last. */
function Zone(props: { readonly zone: string; readonly isKept: boolean }): JSX.Element {
  const isOther = () => props.isKept && props.zone !== zoneHere();
  return (
    <p class="field-more">
      <Show when={isOther()} fallback={<>By the clock of {zoneHere()}.</>}>
        They count by the clock of {props.zone}; this device is in {zoneHere()}. Save them here to move them.
      </Show>
    </p>
  );
}
