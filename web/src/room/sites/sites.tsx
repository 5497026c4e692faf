/** The first room of a member: her sites as pictures, with what is new in each. */

import { createSignal, For, onMount, Show, type JSX } from 'solid-js';
import { Badge } from '../../kit/badge.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Mark } from '../../kit/mark.tsx';
import { Page } from '../../kit/page.tsx';
import { Grove } from '../../kit/picture.tsx';
import { StatusPill } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { messageLine } from '../../logic/message.ts';
import { plural } from '../../logic/numbers.ts';
import { hashOf } from '../../logic/route.ts';
import { unreadCount, type SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { FoundSite } from './found-site.tsx';
import { OpenLink } from './open-link.tsx';
import { PhraseReminder } from './phrase-reminder.tsx';

export function Sites(): JSX.Element {
  const house = useHouse();
  const [isFounding, setFounding] = createSignal(false);
  const [isOpening, setOpening] = createSignal(false);
  const hasSites = () => house.sites().length > 0;
  return (
    <Page
      title="Your sites"
      above={
        <div class="topline only-narrow">
          <span class="wordmark">
            <Mark size={26} />
            <span>copse</span>
          </span>
          <StatusPill status={house.status()} />
        </div>
      }
      actions={
        <Show when={hasSites()}>
          <button type="button" class="button" onClick={() => setOpening(true)}>
            <Icon name="link" size={18} /> Open a link
          </button>
          <button type="button" class="button primary" onClick={() => setFounding(true)}>
            <Icon name="plus" size={18} /> Found a site
          </button>
        </Show>
      }
    >
      <PhraseReminder />
      <Show
        when={hasSites()}
        fallback={<NoSites onFound={() => setFounding(true)} onOpen={() => setOpening(true)} />}
      >
        <ul class="cards">
          <For each={house.sites()}>{(site) => <SiteCard site={site} />}</For>
        </ul>
      </Show>
      <FoundSite isOpen={isFounding()} onClose={() => setFounding(false)} />
      <OpenLink isOpen={isOpening()} onClose={() => setOpening(false)} />
    </Page>
  );
}

function SiteCard(props: { readonly site: SiteModel }): JSX.Element {
  const { people } = props.site;
  onMount(people.refresh);
  const trees = () => people.members().map(({ user }) => user);
  const isKnown = () => props.site.unread().every((unread) => unread.isKnown);
  const newest = () =>
    props.site
      .unread()
      .map((unread) => unread.newest)
      .reduce((a, b) => (a === null || (b !== null && b.timeMs > a.timeMs) ? b : a), null);
  return (
    <li class="card">
      <a href={hashOf({ room: 'site', site: props.site.id })}>
        <Grove ids={trees()} seed={props.site.id} />
        <div class="card-text">
          <h2>
            <span class="clip">{props.site.title()}</span>
            <Badge count={unreadCount(props.site)} />
          </h2>
          <p class="card-news clip">
            <Show when={newest()} fallback={isKnown() ? 'Nothing written yet' : '…'}>
              {(entry) => (
                <>
                  <b>{entry().mine ? 'You' : entry().name || (people.nameOf(entry().user) ?? 'Somebody')}</b>{' '}
                  {messageLine(entry().value)}
                </>
              )}
            </Show>
          </p>
          <p class="card-facts">
            {plural(props.site.memberCount(), 'member')}
            <Show when={newest()}>
              {(entry) => (
                <>
                  {' · '}
                  <Time ms={entry().timeMs} as="short" />
                </>
              )}
            </Show>
          </p>
        </div>
      </a>
    </li>
  );
}

function NoSites(props: { readonly onFound: () => void; readonly onOpen: () => void }): JSX.Element {
  const house = useHouse();
  return (
    <Show when={house.status() !== 'connecting'} fallback={<Loading />}>
      <div class="empty">
        <div class="empty-picture">
          <Grove ids={['oak', 'birch', 'pine', 'ash']} seed="empty" />
        </div>
        <h2>No sites yet</h2>
        <p>
          A site is a place for one group: its logs, its people, its own key. Found one and send out
          invitations, or open the link that somebody sent you.
        </p>
        <div class="row centre">
          <button type="button" class="button primary" onClick={() => props.onFound()}>
            <Icon name="plus" size={18} /> Found a site
          </button>
          <button type="button" class="button" onClick={() => props.onOpen()}>
            <Icon name="link" size={18} /> Open a link
          </button>
        </div>
      </div>
    </Show>
  );
}
