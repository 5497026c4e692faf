/** One's own corner: name, looks, words, and the way out. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Copy } from '../../kit/copy.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { Icon, type IconName } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { StatusPill } from '../../kit/status.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { Theme } from '../../model/local.ts';
import { useHouse } from '../../shell/house-model.ts';
import { tellSignedOut } from '../../shell/signed-out.ts';

export function SettingsRoom(): JSX.Element {
  const copse = useCopse();
  const house = useHouse();
  return (
    <Page title="Settings" class="settings">
      <div class="columns">
        <div class="stack">
          <ProfilePanel />
          <section class="panel">
            <h2>This account</h2>
            <dl class="facts">
              <div>
                <dt>Node</dt>
                <dd>{copse.node.url}</dd>
              </div>
              <div>
                <dt>User</dt>
                <dd class="mono">{copse.user}</dd>
              </div>
              <div>
                <dt>Connection</dt>
                <dd>
                  <StatusPill status={house.status()} />
                </dd>
              </div>
            </dl>
            <Copy text={copse.user} class="small">
              Copy the user id
            </Copy>
          </section>
        </div>
        <div class="stack">
          <BellPanel />
          <NeighboursPanel />
          <ThemePanel />
          <WordsPanel />
          <Doors />
          <SignOutPanel />
          <section class="panel">
            <h2>Keyboard</h2>
            <p class="muted">Everything here can be done without a mouse.</p>
            <button type="button" class="button" onClick={() => house.openHelp()}>
              Show the shortcuts
            </button>
          </section>
        </div>
      </div>
    </Page>
  );
}

function BellPanel(): JSX.Element {
  const { local } = useApp();
  return (
    <section class="panel">
      <h2>Notifications</h2>
      <p class="muted">
        {local.bell() === 'on'
          ? 'This device is told what is new while you are away.'
          : 'Have this device tell you what is new while you are away.'}
      </p>
      <a class="button" href="#/notifications">
        <Icon name="bell" size={18} /> Notifications
      </a>
    </section>
  );
}

function NeighboursPanel(): JSX.Element {
  return (
    <section class="panel">
      <h2>People of this node</h2>
      <p class="muted">Who let whom in, and how many you may let in yourself.</p>
      <a class="button" href="#/accounts">
        <Icon name="leaf" size={18} /> People of this node
      </a>
    </section>
  );
}

const ABOUT_CHARS_MAX = 300;

function ProfilePanel(): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const house = useHouse();
  const [name, setName] = createSignal(house.profile().name);
  const [about, setAbout] = createSignal(house.profile().about);
  const isChanged = () => name().trim() !== house.profile().name || about().trim() !== house.profile().about;
  const { isBusy, act } = createAct(async () => {
    const { kind, comments } = await copse.updateProfile({ name: name().trim(), about: about().trim() });
    setName(house.profile().name);
    setAbout(house.profile().about);
    if (kind === 'ok') app.tell('Saved.', comments.join(' '));
    else
      app.tell(
        'Another device changed your profile meanwhile.',
        'This is the newer one; change it again if you like.',
      );
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (name().trim() !== '') act();
  };
  return (
    <form class="panel stack" onSubmit={submit}>
      <div class="profile-head">
        <Avatar id={copse.user} size={72} />
        <div>
          <h2>{house.profile().name}</h2>
          <p class="muted">Your tree grew from your key. It is the same wherever you are.</p>
        </div>
      </div>
      <Field label="Name" value={name()} onInput={setName} maxLength={40} autocomplete="name" isRequired />
      <Field
        label="About you"
        hint="The members of your sites can read it."
        value={about()}
        onInput={setAbout}
        maxLength={ABOUT_CHARS_MAX}
        rows={3}
      />
      <div>
        <button
          type="submit"
          class="button primary"
          aria-busy={isBusy()}
          disabled={!isChanged() || name().trim() === ''}
        >
          <span>Save</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

const THEMES: readonly { readonly theme: Theme; readonly label: string; readonly icon: IconName }[] = [
  { theme: 'system', label: 'As the system', icon: 'contrast' },
  { theme: 'light', label: 'Light', icon: 'sun' },
  { theme: 'dark', label: 'Dark', icon: 'moon' },
];

function ThemePanel(): JSX.Element {
  const app = useApp();
  return (
    <section class="panel">
      <fieldset class="segments">
        <legend class="panel-legend">Look</legend>
        <For each={THEMES}>
          {(choice) => (
            <label>
              <input
                type="radio"
                name="theme"
                checked={app.theme() === choice.theme}
                onChange={() => app.setTheme(choice.theme)}
              />
              <span>
                <Icon name={choice.icon} size={18} /> {choice.label}
              </span>
            </label>
          )}
        </For>
      </fieldset>
    </section>
  );
}

const DOORS: readonly { readonly href: string; readonly icon: IconName; readonly label: string }[] = [
  { href: '#/email', icon: 'mail', label: 'E-mail addresses' },
  { href: '#/recovery', icon: 'people', label: 'Recovery with a PIN' },
  { href: '#/audit', icon: 'log', label: 'What the node says about me' },
];

/** Rooms that one enters once a year. */
function Doors(): JSX.Element {
  return (
    <section class="panel">
      <h2>Coming back, and being known</h2>
      <ul class="plain-list">
        <For each={DOORS}>
          {({ href, icon, label }) => (
            <li>
              <a class="button" href={href}>
                <Icon name={icon} size={18} /> {label}
              </a>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

function WordsPanel(): JSX.Element {
  const { local } = useApp();
  return (
    <section class="panel">
      <h2>Your 24 words</h2>
      <p class="muted">
        {local.backup().isConfirmed
          ? 'You wrote them down. They bring you back from any device.'
          : 'You have not confirmed yet that they are on paper. Without them a lost browser is a lost account.'}
      </p>
      <a class="button" href="#/phrase">
        <Icon name="key" size={18} /> Show my words
      </a>
    </section>
  );
}

function SignOutPanel(): JSX.Element {
  const app = useApp();
  const [isOpen, setOpen] = createSignal(false);
  const house = useHouse();
  const isConfirmed = () => app.local.backup().isConfirmed;
  const signOut = async (): Promise<void> => tellSignedOut(app, await app.session.signOut());
  return (
    <section class="panel">
      <h2>Sign out</h2>
      <p class="muted">Takes your key and everything unsent off this device.</p>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="out" size={18} /> Sign out
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title="Sign out on this device?"
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Stay
            </button>
            <Act class="danger" run={signOut}>
              Sign out
            </Act>
          </>
        }
      >
        <Show
          when={isConfirmed()}
          fallback={
            <Notice
              kind="warn"
              title="You have not confirmed your 24 words"
              actions={
                <a class="button" href="#/phrase" onClick={() => setOpen(false)}>
                  Show my words first
                </a>
              }
            >
              Without them nobody can bring this account back, and that includes you.
            </Notice>
          }
        >
          <p>To come back you need your 24 words.</p>
        </Show>
        <Show when={house.status() === 'offline'}>
          <p class="muted">
            You are offline: your key leaves this device now, and your node hears of it later.
          </p>
        </Show>
      </Dialog>
    </section>
  );
}
