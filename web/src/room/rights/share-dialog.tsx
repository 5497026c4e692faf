/** Shares a part of what one holds in a site: to whom, what, where, until when, and one sentence that says it. */

import { createMemo, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { allowedSentence } from '../../logic/grant-words.ts';
import { asLink, emptyForm, judge, linkDays, reachOf, type ShareForm } from '../../logic/share-form.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import { Link } from '../people/make-link.tsx';
import { ShareFields } from './share-fields.tsx';

interface ShareProps {
  readonly grants: GrantsModel;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function ShareDialog(props: ShareProps): JSX.Element {
  const [link, setLink] = createSignal<string>();
  const close = (): void => {
    setLink(undefined);
    props.onClose();
  };
  const mayShare = () => props.grants.holdings().some(({ rights }) => rights.delegations > 0);
  return (
    <Dialog isOpen={props.isOpen} onClose={close} title={`Share ${props.grants.site.title()}`} class="share">
      <Switch>
        <Match when={link()}>
          {(made) => (
            <Link link={made()} title={props.grants.site.title()} onAgain={() => setLink(undefined)} />
          )}
        </Match>
        <Match when={!mayShare()}>
          <Notice kind="info" title="What you hold here may not be passed on">
            Whoever gave it to you decided so. Ask an admin of the site to share it, or to let you share it.
          </Notice>
        </Match>
        <Match when={mayShare()}>
          <Sharing grants={props.grants} onDone={close} onLink={setLink} />
        </Match>
      </Switch>
    </Dialog>
  );
}

interface SharingProps {
  readonly grants: GrantsModel;
  readonly onDone: () => void;
  readonly onLink: (link: string) => void;
}

function Sharing(props: SharingProps): JSX.Element {
  const app = useApp();
  const site = () => props.grants.site;
  const [filled, setForm] = createSignal<ShareForm>(emptyForm);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const form = createMemo(() => (filled().receiver === 'link' ? asLink(filled()) : filled()));
  const reach = createMemo(() => reachOf(props.grants.holdings(), props.grants.idOf(form().resource)));
  const judged = createMemo(() =>
    judge(form(), props.grants.holdings(), { nowMs: app.nowMs(), idOf: props.grants.idOf }),
  );
  const sentence = createMemo(() => {
    const made = judged();
    return made.kind === 'wrong' ? null : sentenceOf(form(), made, props.grants, app.words.date);
  });
  const { isBusy, act } = createAct(async () => {
    const made = judged();
    if (made.kind === 'wrong') return;
    setThrown(null);
    if (form().receiver === 'link') {
      const { permissions = 1 } = made.options;
      props.onLink(await site().site.invite({ permissions, days: linkDays(form()) }));
    } else {
      await site().site.share({ ...made.options, to: keyOf(form(), props.grants) });
      app.tell(`${nameOf(form(), props.grants)} has it now.`, 'The list of rights shows it.');
      props.onDone();
    }
    props.grants.reload();
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <ShareFields grants={props.grants} form={form()} reach={reach()} onChange={setForm} />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <Foot
        form={form()}
        sentence={sentence()}
        wrong={wrongWords(judged())}
        isBusy={isBusy()}
        onCancel={() => props.onDone()}
      />
    </form>
  );
}

interface FootProps {
  readonly form: ShareForm;
  readonly sentence: string | null;
  readonly wrong: string;
  readonly isBusy: boolean;
  readonly onCancel: () => void;
}

/** What will be granted, and the button that does it. */
function Foot(props: FootProps): JSX.Element {
  return (
    <div class="share-foot">
      <p class="sentence" classList={{ incomplete: props.sentence === null }} role="status">
        {props.sentence ?? props.wrong}
      </p>
      <div class="form-foot">
        <button type="button" class="button" onClick={() => props.onCancel()}>
          Cancel
        </button>
        <button
          type="submit"
          class="button primary"
          aria-busy={props.isBusy}
          disabled={props.sentence === null}
        >
          <Icon name={props.form.receiver === 'link' ? 'link' : 'share'} size={18} />
          <span>{props.form.receiver === 'link' ? 'Make a link' : 'Share'}</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </div>
  );
}

type Judged = ReturnType<typeof judge>;

function wrongWords(judged: Judged): string {
  return judged.kind === 'wrong' ? judged.words : '';
}

/** What will be granted, as one sentence; for a link also how long it can be opened. */
function sentenceOf(
  form: ShareForm,
  { options, expiresMs }: Extract<Judged, { kind: 'ok' }>,
  grants: GrantsModel,
  dateOf: (ms: number) => string,
): string {
  const said = {
    permissions: form.permissions,
    resource: form.resource,
    expiresMs,
    delegations: options.delegations ?? 0,
    caveats: options.caveats ?? [],
  };
  const saying = { who: nameOf(form, grants), site: grants.site.title(), dateOf };
  if (form.receiver !== 'link') return allowedSentence(said, saying);
  const mayInvite = (form.permissions & 8) !== 0;
  const words = allowedSentence({ ...said, delegations: 0 }, saying);
  const passed = mayInvite ? words.replace('may not pass it on', 'may pass it on by inviting others') : words;
  return `${passed} The link opens for one person, within ${plural(linkDays(form), 'day')}.`;
}

function nameOf(form: ShareForm, grants: GrantsModel): string {
  switch (form.receiver) {
    case 'link':
      return 'Whoever opens the link first';
    case 'group':
      return `Everybody in ${grants.groups().find(({ id }) => id === form.to)?.title ?? 'the group'}`;
    case 'member':
      return grants.site.people.nameOf(form.to) ?? 'Somebody without a name';
  }
}

function keyOf(form: ShareForm, grants: GrantsModel): Uint8Array {
  const group = grants.groups().find(({ id }) => id === form.to);
  const member = grants.site.people.members().find(({ user }) => user === form.to);
  return (form.receiver === 'group' ? group?.key : member?.key) ?? new Uint8Array(0);
}
