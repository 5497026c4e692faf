/** A log as a conversation. */

import { onMount, Show, type JSX } from 'solid-js';
import { hashOf } from '../../logic/route.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Banner } from './banner.tsx';
import { BellCard } from './bell-card.tsx';
import { Beginning, Skeleton } from './beginning.tsx';
import { Composer } from './composer.tsx';
import { createConversation, type Conversation } from './conversation.ts';
import { SiteHead } from './log-head.tsx';
import type { RowContext } from './message.tsx';
import { Timeline } from './timeline.tsx';

interface LogRoomProps {
  readonly site: SiteModel;
  readonly name: string;
}

export function LogRoom(props: LogRoomProps): JSX.Element {
  const house = useHouse();
  // The room is made anew for another site or log.
  const talk = createConversation(props.site, props.name);
  const { outbox, company } = talk;
  const isEmpty = () => talk.rows().length === 0;
  /** A log without an entry is an empty one only when the node has said so. */
  const isUnknown = () => talk.view().entries.length === 0 && talk.view().status !== 'live';
  const isLoading = () => isEmpty() && isUnknown() && house.status() !== 'offline';
  onMount(props.site.people.refresh);
  return (
    <section class="log" aria-label={`${props.name} in ${props.site.title()}`}>
      <SiteHead site={props.site} name={props.name} others={company.others()} />
      <Banner
        status={house.status()}
        waiting={talk.view().waiting.length}
        trouble={talk.trouble()}
        rights={hashOf({ room: 'rights', site: props.site.id })}
      />
      <Show when={!isLoading()} fallback={<Skeleton />}>
        <Timeline
          rows={talk.rows()}
          label={`Messages in ${props.name}`}
          loadOlder={talk.loadOlder}
          onEnd={talk.setAtEnd}
          newCount={talk.newCount()}
          top={
            <Beginning
              site={props.site}
              name={props.name}
              hasOlder={talk.hasOlder()}
              isEmpty={isEmpty()}
              isUnknown={isUnknown()}
              isOffline={house.status() === 'offline'}
            />
          }
          context={contextOf(props.site, talk)}
        />
      </Show>
      <p class="typing">{company.typing()}</p>
      <p class="hidden" role="log" aria-live="polite">
        {talk.spoken()}
      </p>
      <Show
        when={talk.mayWrite()}
        fallback={<ReadOnly rights={hashOf({ room: 'rights', site: props.site.id })} />}
      >
        <BellCard isAsked={outbox.sentCount() > 0} />
        <Composer
          site={props.site.id}
          log={props.name}
          members={props.site.people.members()}
          onSend={outbox.send}
          onTyping={company.signal}
        />
      </Show>
    </section>
  );
}

function contextOf(site: SiteModel, { nameOf, outbox }: Conversation): RowContext {
  return {
    nameOf,
    markOf: site.trusts.of,
    members: site.people.members,
    failed: (id) => outbox.failed().find((entry) => entry.id === id),
    retry: outbox.retry,
    discard: outbox.discard,
  };
}

function ReadOnly(props: { readonly rights: string }): JSX.Element {
  return (
    <p class="read-only">
      You can read here. Ask a host of the site to let you write; if you were handed a proof,{' '}
      <a href={props.rights}>show it</a>.
    </p>
  );
}
