/** What one says of oneself, and how much of the account is used. */

import { createEffect, createSignal, lazy, onMount, Show, Suspense, type JSX } from 'solid-js';
import { nameBytesMax } from 'copse/internal/base/limits.ts';
import { profileAboutBytesMax } from 'copse/internal/base/limits-peer.ts';
import { Act } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { Time } from '../../kit/time.tsx';
import { bytesWords, plural } from '../../logic/numbers.ts';
import { hashOf } from '../../logic/route.ts';
import { Qr } from '../../kit/qr.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';

/** Comes behind what one looks for here. */
const AccountFilePanel = lazy(async () => ({
  default: (await import('./account-file.tsx')).AccountFilePanel,
}));

export function OwnProfile(): JSX.Element {
  const street = useStreet();
  return (
    <div class="columns">
      <Profile />
      <div class="stack">
        <Usage />
        <Picture />
        <Show when={!street.isStranger()}>
          <Suspense>
            <AccountFilePanel />
          </Suspense>
        </Show>
      </div>
    </div>
  );
}

/** Who takes it with her camera comes to this page here, with the key as it is. */
function Picture(): JSX.Element {
  const { node } = useCopse();
  const street = useStreet();
  const [isOpen, setOpen] = createSignal(false);
  return (
    <section class="panel stack">
      <h2>Your key as a picture</h2>
      <p class="muted">
        Whoever photographs it where you are has your key from you, and from nobody between.
      </p>
      <Show
        when={isOpen()}
        fallback={
          <div>
            <button type="button" class="button" onClick={() => setOpen(true)}>
              Show it
            </button>
          </div>
        }
      >
        <Qr
          text={`${node.url}/${hashOf({ room: 'person', person: street.me })}`}
          label="Your page on this node, with your key"
        />
      </Show>
    </section>
  );
}

/** Characters of up to four bytes. */
const NAME_CHARS = Math.floor(nameBytesMax / 4);
const ABOUT_CHARS = Math.floor(profileAboutBytesMax / 4);

function Profile(): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const house = useHouse();
  const me = () => street.people.of(street.me);
  const [name, setName] = createSignal('');
  const [about, setAbout] = createSignal('');
  createEffect(() => {
    setName(me().isNamed === true ? me().called : house.profile().name);
    setAbout(me().about);
  });
  const save = async (): Promise<void> => {
    await street.place.setProfile({ name: name().trim(), about: about().trim() });
    street.people.look(street.me);
    app.tell('Saved: so you appear to everybody.');
  };
  return (
    <section class="panel">
      <h2>How you appear</h2>
      <Show when={!street.isStranger()} fallback={<p class="muted">Guests have no page on this node.</p>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void save().catch(app.tellFault);
          }}
        >
          <Field label="Name" value={name()} onInput={setName} maxLength={NAME_CHARS} />
          <Field label="About you" value={about()} onInput={setAbout} maxLength={ABOUT_CHARS} rows={3} />
          <Act class="primary" run={save}>
            Save
          </Act>
        </form>
      </Show>
    </section>
  );
}

function Usage(): JSX.Element {
  const street = useStreet();
  onMount(() => void street.refreshHello().catch(() => {}));
  const usage = () => street.hello()?.usage;
  return (
    <section class="panel">
      <h2>What you use</h2>
      <Show when={usage()} fallback={<p class="muted">The node says so when it is reached.</p>}>
        {(used) => (
          <>
            <meter
              class="usage"
              min={0}
              max={Math.max(1, used().bytesMax)}
              high={0.9 * used().bytesMax}
              value={used().bytes}
              aria-label={`${bytesWords(used().bytes)} of ${bytesWords(used().bytesMax)} used`}
            />
            <dl class="facts">
              <div>
                <dt>Used</dt>
                <dd>
                  {bytesWords(used().bytes)} of {bytesWords(used().bytesMax)}
                </dd>
              </div>
              <div>
                <dt>Messages</dt>
                <dd>{plural(used().messages, 'message')}</dd>
              </div>
              <Show when={used().markMs > 0}>
                <div>
                  <dt>Older ones have gone</dt>
                  <dd>
                    <Time ms={used().markMs} />
                  </dd>
                </div>
              </Show>
            </dl>
            <OnThisDevice />
            <p>
              <a href={hashOf({ room: 'storage' })}>All that this node keeps for you</a>
            </p>
            <p class="muted">
              When it is full, the oldest posts make room for new ones; those that you keep for good, and your
              page, stay.
            </p>
          </>
        )}
      </Show>
    </section>
  );
}

/** Whether one reads and writes here without the node. */
function OnThisDevice(): JSX.Element {
  const { storage } = useStreet();
  const why = (): string => {
    const now = storage();
    return now.kind === 'none' ? (now.why?.detail ?? '') : '';
  };
  return (
    <Show when={storage().kind !== 'opening'}>
      <p class="muted">
        {storage().kind === 'kept'
          ? 'What those post whom you follow, and what you write, is on this device too: you read, search and write without a connection.'
          : `This browser keeps nothing of the neighbourhood: without a connection you see what was loaded. ${why()}`}
      </p>
    </Show>
  );
}
