/** Whom one follows, who else came up here, and how to find somebody by her key (SPEC U43). */

import { createSignal, For, onMount, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { keyIn } from '../../logic/neighbourhood/person-words.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import { personOf, type PersonKey } from '../../model/neighbourhood/keys.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { PersonRow } from './person-row.tsx';
import { StreetPage } from './street-page.tsx';

export function NeighboursRoom(): JSX.Element {
  const street = useStreet();
  const { sites } = useHouse();
  // Those with whom one is in a site are neighbours, too.
  onMount(() => {
    for (const { people } of sites()) people.refresh();
  });
  const members = (): readonly PersonKey[] =>
    sites().flatMap(({ people }) => people.members().map((member) => personOf(member.key)));
  const others = (): readonly PersonKey[] => {
    const followed = new Set([street.me, ...(street.follows() ?? [])]);
    const seen = [...members(), ...street.people.keys()];
    return [...new Set(seen)].filter((person) => !followed.has(person)).slice(0, SHOWN_MAX);
  };
  return (
    <StreetPage title="People">
      <div class="columns">
        <section class="panel">
          <h2>
            <Show when={street.follows()} fallback="You follow">
              {(all) => <>You follow {plural(all().length, 'person', 'people')}</>}
            </Show>
          </h2>
          <Show when={street.follows()} fallback={<Loading />}>
            {(all) => (
              <Show
                when={all().length > 0}
                fallback={<p class="muted">Follow somebody, and what she posts comes into your feed.</p>}
              >
                <ul class="list">
                  <For each={all()}>{(person) => <PersonRow person={person} />}</For>
                </ul>
              </Show>
            )}
          </Show>
        </section>
        <div class="stack">
          <ByKey />
          <section class="panel">
            <h2>Others who came up</h2>
            <Show
              when={others().length > 0}
              fallback={
                <p class="muted">
                  People with whom you are in a site, and those whose posts you have read, stand here.
                </p>
              }
            >
              <ul class="list">
                <For each={others()}>{(person) => <PersonRow person={person} />}</For>
              </ul>
            </Show>
          </section>
        </div>
      </div>
    </StreetPage>
  );
}

const SHOWN_MAX = 60;

function ByKey(): JSX.Element {
  const { go } = useApp();
  const [text, setText] = createSignal('');
  const [error, setError] = createSignal<string | undefined>(undefined);
  const find = async (): Promise<void> => {
    const person = keyIn(text());
    if (person === null) setError('That is no key: it has 64 digits, or it is the address of a page here.');
    else go({ room: 'person', person });
  };
  return (
    <section class="panel">
      <h2>Find somebody by her key</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void find();
        }}
      >
        <Field
          label="Key, or the address of a page"
          value={text()}
          maxLength={400}
          error={error()}
          hint="On their own page people find both to give to you."
          onInput={(value) => {
            setError(undefined);
            setText(value);
          }}
        />
        <Act type="submit" icon="search" run={find} disabled={text().trim() === ''}>
          Find
        </Act>
      </form>
    </section>
  );
}
