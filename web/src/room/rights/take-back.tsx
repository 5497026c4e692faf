/** Takes a right back, after the page has said everything that falls with it (SPEC U23). */

import { createResource, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { TrustSign } from '../../kit/trust.tsx';
import { grantLine, holderWords } from '../../logic/grant-words.ts';
import { everyTwig, type Twig } from '../../logic/grants.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import type { BlastRow } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

interface TakeBackProps {
  readonly grants: GrantsModel;
  /** What is to be taken back; null closes the dialog. */
  readonly twig: Twig | null;
  readonly onClose: () => void;
}

/** A link and who took it up fall together. */
function idOf({ grant, link }: Twig): string {
  return link?.id ?? grant.id;
}

export function TakeBack(props: TakeBackProps): JSX.Element {
  const app = useApp();
  const site = () => props.grants.site.site;
  const [blast, { refetch }] = createResource(
    () => props.twig ?? undefined,
    (twig) => site().preview(idOf(twig)),
  );
  const seen = () =>
    props.twig !== null && blast.error === undefined && !blast.loading ? blast() : undefined;
  const who = () => (props.twig === null ? '' : holderWords(props.twig.grant));
  const takeBack = async (): Promise<void> => {
    if (props.twig === null) return;
    const name = who();
    const id = idOf(props.twig);
    await site().revoke(id);
    props.grants.takenBack(id);
    props.onClose();
    props.grants.reload();
    props.grants.site.people.refresh();
    app.tell(`Taken back from ${name}.`, 'It does not open anything any more.');
  };
  return (
    <Dialog
      isOpen={props.twig !== null}
      onClose={props.onClose}
      title={`Take this back from ${who()}?`}
      class="take-back"
      actions={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            Leave it
          </button>
          <Act class="danger" run={takeBack} disabled={seen() === undefined}>
            Take back
          </Act>
        </>
      }
    >
      <Switch fallback={<Loading />}>
        <Match when={blast.error !== undefined}>
          <FaultNotice thrown={blast.error} retry={() => void refetch()} />
        </Match>
        <Match when={props.twig !== null && seen()}>
          {(row) => (
            <Show when={props.twig}>
              {(twig) => <Blast row={row()} twig={twig()} grants={props.grants} />}
            </Show>
          )}
        </Match>
      </Switch>
    </Dialog>
  );
}

interface BlastProps {
  readonly row: BlastRow;
  readonly twig: Twig;
  readonly grants: GrantsModel;
}

function Blast(props: BlastProps): JSX.Element {
  const { words } = useApp();
  const line = (twig: Twig): string =>
    grantLine(twig.grant, props.grants.placeOf(twig.grant.rights.resource), {
      link: twig.link,
      dateOf: words.date,
    });
  const falling = () => everyTwig(props.twig.children);
  const markOf = ({ grant }: Twig) =>
    grant.subjectKind === 'user' ? props.grants.site.trusts.of(grant.subjectUser) : null;
  /** Who came by a link holds the right; the link itself is one more that falls. */
  const links = () => [props.twig, ...falling()].filter(({ link }) => link !== null).length;
  const unseen = () => Math.max(0, props.row.grants - falling().length - links());
  return (
    <div class="stack blast">
      <p>
        <b>{line(props.twig)}</b>
      </p>
      <Tally row={props.row} />
      <Show when={props.row.names.length > 0}>
        <p>
          <b>Who:</b> {namesOf(props.row)}
        </p>
      </Show>
      <Show when={falling().length > 0}>
        <details class="more-fields" open={falling().length <= 6}>
          <summary>
            {plural(falling().length, 'further right')} by name
            <Show when={links() > 0}>, and {plural(links(), 'used link')}</Show>
          </summary>
          <ul class="plain-list falling">
            <For each={falling()}>
              {(twig) => (
                <li>
                  <b>{holderWords(twig.grant)}</b> <TrustSign mark={markOf(twig)} />{' '}
                  <small>{line(twig)}</small>
                </li>
              )}
            </For>
          </ul>
        </details>
      </Show>
      <Show when={unseen() > 0}>
        <p class="muted">
          {plural(unseen(), 'of them is', 'of them are')} not yours to see; the node counts{' '}
          {unseen() === 1 ? 'it' : 'them'}.
        </p>
      </Show>
      <Notice kind="warn" title="This cannot be undone">
        It ends at once, on every device. What they have read already, they keep. To bring somebody back you
        share with them anew, and so must everybody below.
      </Notice>
    </div>
  );
}

function Tally(props: { readonly row: BlastRow }): JSX.Element {
  return (
    <dl class="tally">
      <Count count={props.row.people} one="person" many="people" more="lose a right" />
      <Count count={props.row.out} one="person" many="people" more="left with nothing here" />
      <Count count={props.row.devices} one="device" more="shut out of it" />
      <Count count={props.row.sites} one="site" more="touched" />
      <Count count={props.row.grants} one="further right" more="falls with it" />
    </dl>
  );
}

function namesOf({ names, people }: BlastRow): string {
  const known = names.map(({ name }) => (name === '' ? 'somebody without a name' : name)).join(', ');
  return people > names.length ? `${known} and ${people - names.length} more` : known;
}

function Count(props: {
  readonly count: number;
  readonly one: string;
  readonly many?: string;
  readonly more: string;
}): JSX.Element {
  return (
    <div>
      <dt>
        {props.count === 1 ? props.one : (props.many ?? `${props.one}s`)} <small>{props.more}</small>
      </dt>
      <dd>{props.count}</dd>
    </div>
  );
}
