/** Shares a part of what one holds in a site: to whom, what, where, until when, and one sentence that says it. */

import { createMemo, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { allowedSentence } from '../../logic/grant-words.ts';
import {
  asLink,
  emptyForm,
  isLinkLike,
  judge,
  linkDays,
  reachOf,
  type ShareForm,
} from '../../logic/share-form.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import { shareWith, type EmailInvited, type EmailPerson, type SealedMade } from '../../model/share.ts';
import { Link } from '../people/make-link.tsx';
import { Invited } from './invited.tsx';
import { GroupPane } from './group-pane.tsx';
import { NewGroup } from './new-group.tsx';
import { SealedProof } from './sealed-proof.tsx';
import { ShareFields } from './share-fields.tsx';

interface ShareProps {
  readonly grants: GrantsModel;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** What stands in the dialog: the form, or what led away from it and comes back. */
type Shown =
  | { readonly kind: 'form' }
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'newGroup' }
  | { readonly kind: 'group'; readonly id: string }
  | { readonly kind: 'sealed'; readonly made: SealedMade }
  | { readonly kind: 'invited'; readonly invited: EmailInvited };

const FORM: Shown = { kind: 'form' };

export function ShareDialog(props: ShareProps): JSX.Element {
  const [shown, show] = createSignal<Shown>(FORM);
  const [form, setForm] = createSignal<ShareForm>(emptyForm);
  const close = (): void => {
    show(FORM);
    setForm(emptyForm);
    props.onClose();
  };
  const is = <K extends Shown['kind']>(kind: K) => {
    const now = shown();
    return isShown(now, kind) ? now : undefined;
  };
  const group = createMemo(() => props.grants.groups().find(({ id }) => id === is('group')?.id));
  const mayShare = () => props.grants.holdings().some(({ rights }) => rights.delegations > 0);
  return (
    <Dialog isOpen={props.isOpen} onClose={close} title={`Share ${props.grants.site.title()}`} class="share">
      <Switch>
        <Match when={is('link')}>
          {(now) => <Link link={now().link} title={props.grants.site.title()} onAgain={() => show(FORM)} />}
        </Match>
        <Match when={is('sealed')}>{(now) => <SealedProof made={now().made} onDone={close} />}</Match>
        <Match when={is('invited')}>
          {(now) => (
            <Invited
              invited={now().invited}
              title={props.grants.site.title()}
              onDone={close}
              onLink={() => {
                setForm({ ...form(), receiver: 'link', to: '' });
                show(FORM);
              }}
            />
          )}
        </Match>
        <Match when={is('newGroup')}>
          <NewGroup
            onBack={() => show(FORM)}
            onMade={({ id }) => {
              setForm({ ...form(), receiver: 'group', to: id });
              show({ kind: 'group', id });
              props.grants.reload();
            }}
          />
        </Match>
        <Match when={group()}>
          {(found) => <GroupPane grants={props.grants} group={found()} onBack={() => show(FORM)} />}
        </Match>
        <Match when={!mayShare()}>
          <Notice kind="info" title="What you hold here may not be passed on">
            Whoever gave it to you decided so. Ask an admin of the site to share it, or to let you share it.
          </Notice>
        </Match>
        <Match when={mayShare()}>
          <Sharing grants={props.grants} form={form()} onForm={setForm} onDone={close} onShow={show} />
        </Match>
      </Switch>
    </Dialog>
  );
}

function isShown<K extends Shown['kind']>(shown: Shown, kind: K): shown is Extract<Shown, { kind: K }> {
  return shown.kind === kind;
}

interface SharingProps {
  readonly grants: GrantsModel;
  readonly form: ShareForm;
  readonly onForm: (form: ShareForm) => void;
  readonly onDone: () => void;
  readonly onShow: (shown: Shown) => void;
}

function Sharing(props: SharingProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [thrown, setThrown] = createSignal<unknown>(null);
  /** Whose address it is. */
  const [found, setFound] = createSignal<readonly EmailPerson[]>([]);
  const form = createMemo(() => (isLinkLike(props.form) ? asLink(props.form) : props.form));
  const reach = createMemo(() => reachOf(props.grants.holdings(), props.grants.idOf(form().resource)));
  const judged = createMemo(() =>
    judge(form(), props.grants.holdings(), { nowMs: app.nowMs(), idOf: props.grants.idOf }),
  );
  const sentence = createMemo(() => {
    const made = judged();
    return made.kind === 'wrong' ? null : sentenceOf(form(), made, props.grants, app.words.date);
  });
  const parts = { copse, local: app.local, grants: props.grants };
  const { isBusy, act } = createAct(async () => {
    const made = judged();
    if (made.kind === 'wrong') return;
    setThrown(null);
    const answer = await shareWith(parts, form(), { options: made.options, found: found() });
    props.grants.reload();
    if (answer.kind !== 'shared') {
      props.onShow(answer);
      return;
    }
    app.tell(`${nameOf(form(), props.grants)} has it now.`, answer.more);
    props.onDone();
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (sentence() !== null) act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <ShareFields
        grants={props.grants}
        form={form()}
        reach={reach()}
        onChange={props.onForm}
        onFound={setFound}
        onNewGroup={() => props.onShow({ kind: 'newGroup' })}
        onGroup={(id) => props.onShow({ kind: 'group', id })}
      />
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
          <Icon name={isLinkLike(props.form) ? 'link' : 'share'} size={18} />
          <span>{buttonWords(props.form)}</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </div>
  );
}

function buttonWords(form: ShareForm): string {
  if (!isLinkLike(form)) return 'Share';
  return form.receiver === 'link' ? 'Make a link' : 'Make the invitation';
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
  if (!isLinkLike(form)) return allowedSentence(said, saying);
  const mayInvite = (form.permissions & 8) !== 0;
  const words = allowedSentence({ ...said, delegations: 0 }, saying);
  const passed = mayInvite ? words.replace('may not pass it on', 'may pass it on by inviting others') : words;
  const days = plural(linkDays(form), 'day');
  if (form.receiver === 'email')
    return `${passed} The invitation opens on their devices alone, within ${days}.`;
  return `${passed} The link opens for one person, within ${days}.`;
}

function nameOf(form: ShareForm, grants: GrantsModel): string {
  switch (form.receiver) {
    case 'link':
      return 'Whoever opens the link first';
    case 'group':
      return `Everybody in ${grants.groups().find(({ id }) => id === form.to)?.title ?? 'the group'}`;
    case 'email':
      return `Whoever signs in as ${form.to}`;
    case 'member':
      return grants.site.people.nameOf(form.to) ?? 'Somebody without a name';
  }
}
