/** All rights of a site as a list: the same as the picture, for reading, searching and taking back. */

import { createMemo, createSignal, For, Show, type JSX } from 'solid-js';
import { Field } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { TrustTag } from '../../kit/trust.tsx';
import { allowedSentence, giverWords, grantLine, holderWords, toneOf } from '../../logic/grant-words.ts';
import { everyTwig, mayTakeBack, type Twig } from '../../logic/grants.ts';
import { stateOf } from '../../logic/grants-picture.ts';
import { conditionsWords } from '../../logic/conditions.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import type { GrantRow } from '../../model/sdk.ts';

interface ListProps {
  readonly grants: GrantsModel;
  /** Only these; all when it is not said. */
  readonly only?: readonly Twig[];
  /** In whole sentences. */
  readonly isSaid?: boolean;
  readonly onTakeBack: (twig: Twig) => void;
}

const ROWS = 50;
/** Below so many a field to search in is more than there is to find. */
const SEARCH_MIN = 12;

export function GrantsList(props: ListProps): JSX.Element {
  const [sought, setSought] = createSignal('');
  const [most, setMost] = createSignal(ROWS);
  const all = createMemo(() => props.only ?? everyTwig(props.grants.twigs()));
  const found = createMemo(() => {
    const word = sought().trim().toLowerCase();
    return word === '' ? all() : all().filter(({ grant }) => holderWords(grant).toLowerCase().includes(word));
  });
  return (
    <>
      <Show when={all().length >= SEARCH_MIN}>
        <Field label="Find somebody" value={sought()} onInput={setSought} />
      </Show>
      <Show
        when={found().length > 0}
        fallback={<p class="muted">Nobody of that name holds anything here.</p>}
      >
        <ul class="list grants-list">
          <For each={found().slice(0, most())}>{(twig) => <Grant {...props} twig={twig} />}</For>
        </ul>
      </Show>
      <Show when={found().length > most()}>
        <button type="button" class="button" onClick={() => setMost(most() + ROWS)}>
          Show {Math.min(ROWS, found().length - most())} more of {found().length}
        </button>
      </Show>
    </>
  );
}

interface GrantProps extends ListProps {
  readonly twig: Twig;
}

const STATES = { open: null, due: 'ends soon', ended: 'has ended' } as const;

function Grant(props: GrantProps): JSX.Element {
  const { words, nowMs } = useApp();
  const grant = () => props.twig.grant;
  const state = () => STATES[stateOf(grant(), nowMs())];
  const line = () =>
    grantLine(grant(), props.grants.placeOf(grant().rights.resource), {
      link: props.twig.link,
      dateOf: words.date,
    });
  const isMine = () => mayTakeBack(props.grants.rows() ?? [], grant().id, props.grants.me);
  return (
    <li>
      <HolderSign grant={grant()} />
      <div class="list-text">
        <p class="list-title">
          <span class={`tone ${toneOf(grant().rights.permissions)}`} aria-hidden="true" />
          <span class="clip">{holderWords(grant())}</span>
          <Show when={grant().subjectUser === props.grants.me && grant().subjectKind === 'user'}>
            <span class="tag">you</span>
          </Show>
          <Show when={grant().subjectKind === 'user'}>
            <TrustTag mark={props.grants.site.trusts.of(grant().subjectUser)} />
          </Show>
          <Show when={state()}>{(word) => <span class="tag warn">{word()}</span>}</Show>
        </p>
        <Said {...props} line={line()} />
        <Show when={props.twig.below > 0}>
          <p class="list-more">
            {plural(props.twig.below, 'further right stands', 'further rights stand')} on it
          </p>
        </Show>
      </div>
      <Show when={isMine() && grant().above !== null}>
        <div class="list-actions">
          <button
            type="button"
            class="button small"
            aria-label={`Take back from ${holderWords(grant())}: ${line()}`}
            onClick={() => props.onTakeBack(props.twig)}
          >
            Take back
          </button>
        </div>
      </Show>
    </li>
  );
}

/** What is held: in a line, or in a whole sentence. */
function Said(props: GrantProps & { readonly line: string }): JSX.Element {
  const { words } = useApp();
  const grant = () => props.twig.grant;
  const sentence = () => {
    const { rights } = grant();
    return allowedSentence(
      { ...rights, resource: props.grants.placeOf(rights.resource) },
      { who: holderWords(grant()), site: props.grants.site.title(), dateOf: words.date },
    );
  };
  const conditions = () => conditionsWords(grant().rights.caveats);
  return (
    <Show
      when={props.isSaid}
      fallback={
        <>
          <p class="list-more">{props.line}</p>
          <Show when={conditions()}>
            <p class="list-more">{conditions()}</p>
          </Show>
        </>
      }
    >
      <p class="list-more">
        {sentence()} From {giverWords(grant(), props.twig.link)}.
      </p>
    </Show>
  );
}

function HolderSign(props: { readonly grant: GrantRow }): JSX.Element {
  return (
    <Show
      when={props.grant.subjectKind === 'user'}
      fallback={
        <span class="list-sign">
          <Icon name={props.grant.subjectKind === 'group' ? 'people' : 'link'} />
        </span>
      }
    >
      <Avatar id={props.grant.subjectUser} size={40} />
    </Show>
  );
}
