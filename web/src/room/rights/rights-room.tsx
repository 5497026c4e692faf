/** The rights in a site: who gave what to whom, as a picture and as a list; sharing, and taking back. */

import { equal } from 'copse/internal/base/bytes.ts';
import { createMemo, createSignal, Match, onMount, Show, Switch, type JSX } from 'solid-js';
import { Segments } from '../../kit/choose.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { holderWords } from '../../logic/grant-words.ts';
import { everyTwig, type Twig } from '../../logic/grants.ts';
import { may } from '../../logic/rights.ts';
import { hashOf } from '../../logic/route.ts';
import { useCopse } from '../../model/app.ts';
import { createGrants, type GrantsModel } from '../../model/grants.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { GrantsList } from './grants-list.tsx';
import { GroupBody } from './group-pane.tsx';
import { GrantsPictureView } from './grants-picture.tsx';
import { SiteKey } from './site-key.tsx';
import { SealedRights } from './sealed-rights.tsx';
import { SiteOrigins } from './site-origins.tsx';
import { ShareDialog } from './share-dialog.tsx';
import { TakeBack } from './take-back.tsx';

type Form = 'picture' | 'list';

const FORMS = [
  { value: 'picture', label: 'Picture' },
  { value: 'list', label: 'List' },
] as const;

export function RightsRoom(props: { readonly site: SiteModel }): JSX.Element {
  const grants = createGrants(useCopse(), props.site);
  const [isSharing, setSharing] = createSignal(false);
  onMount(props.site.people.refresh);
  return (
    <Page
      title={`Rights in ${props.site.title()}`}
      class="rights"
      lead={
        may(props.site.permissions(), 'admin')
          ? 'Who gave what to whom. Nobody holds more than who gave it to them.'
          : 'What you hold here, and what you gave to others. Admins see everybody.'
      }
      back={{ href: hashOf({ room: 'people', site: props.site.id }), label: 'People' }}
      actions={
        <button type="button" class="button primary" onClick={() => setSharing(true)}>
          <Icon name="share" size={18} /> Share
        </button>
      }
    >
      <Switch fallback={<Loading />}>
        <Match when={grants.thrown() !== undefined}>
          <FaultNotice thrown={grants.thrown()} retry={grants.reload} />
        </Match>
        <Match when={grants.rows() !== undefined}>
          <div class="stack wide">
            <Grants grants={grants} />
            <SiteKey site={props.site} version={grants.rows()} />
            <SealedRights grants={grants} />
            <SiteOrigins site={props.site} />
          </div>
        </Match>
      </Switch>
      <ShareDialog grants={grants} isOpen={isSharing()} onClose={() => setSharing(false)} />
    </Page>
  );
}

function Grants(props: { readonly grants: GrantsModel }): JSX.Element {
  const [form, setForm] = createSignal<Form>('picture');
  const [holder, setHolder] = createSignal<string | null>(null);
  const [falling, setFalling] = createSignal<Twig | null>(null);
  const takeBack = (twig: Twig): void => {
    setHolder(null);
    setFalling(twig);
  };
  return (
    <section class="panel stack">
      <div class="rights-head">
        <Segments legend="Show as" name="form" value={form()} choices={FORMS} onChoose={setForm} />
      </div>
      <Show when={form() === 'picture'} fallback={<GrantsList grants={props.grants} onTakeBack={takeBack} />}>
        <GrantsPictureView grants={props.grants} onChoose={setHolder} onList={() => setForm('list')} />
        <Show when={everyTwig(props.grants.twigs()).length <= 1}>
          <p class="muted">Only you so far. Share the site, and it grows from here.</p>
        </Show>
      </Show>
      <Holder grants={props.grants} holder={holder()} onClose={() => setHolder(null)} onTakeBack={takeBack} />
      <TakeBack grants={props.grants} twig={falling()} onClose={() => setFalling(null)} />
    </section>
  );
}

interface HolderProps {
  readonly grants: GrantsModel;
  /** A user, or the id of an open link. */
  readonly holder: string | null;
  readonly onClose: () => void;
  readonly onTakeBack: (twig: Twig) => void;
}

/** Everything that somebody holds here, in sentences. */
function Holder(props: HolderProps): JSX.Element {
  const held = createMemo(() =>
    everyTwig(props.grants.twigs()).filter(({ grant }) =>
      grant.subjectKind === 'oneTime' ? grant.id === props.holder : grant.subjectUser === props.holder,
    ),
  );
  /** A group that this user is in is looked into and managed here, too. */
  const group = createMemo(() => {
    const grant = held()[0]?.grant;
    if (grant?.subjectKind !== 'group') return undefined;
    return props.grants.groups().find(({ key }) => equal(key, grant.subject));
  });
  const name = () => {
    const [first] = held();
    return first === undefined ? 'Nobody' : holderWords(first.grant);
  };
  return (
    <Dialog isOpen={props.holder !== null} onClose={props.onClose} title={name()}>
      <GrantsList grants={props.grants} only={held()} isSaid onTakeBack={props.onTakeBack} />
      <Show when={group()}>{(found) => <GroupBody grants={props.grants} group={found()} />}</Show>
    </Dialog>
  );
}
