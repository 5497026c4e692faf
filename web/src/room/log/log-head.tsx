/** The head of a log: where we are, who is here, and the other logs of the site on narrow pages. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Badge } from '../../kit/badge.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Heading } from '../../kit/page.tsx';
import { StatusPill } from '../../kit/status.tsx';
import { hashOf } from '../../logic/route.ts';
import type { Present } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { AddLog } from '../sites/add-log.tsx';
import { Presence } from './company.tsx';

interface LogHeadProps {
  readonly site: SiteModel;
  readonly name: string;
  readonly others: readonly Present[];
}

export function LogHead(props: LogHeadProps): JSX.Element {
  const house = useHouse();
  return (
    <header class="log-head">
      <div class="log-title">
        <a class="button quiet round only-narrow" href="#/" aria-label="Your sites">
          <Icon name="back" />
        </a>
        <div class="log-names">
          <Heading class="log-name clip">{props.name}</Heading>
          <p class="log-site clip">{props.site.title()}</p>
        </div>
        <Presence others={props.others} />
        <Show when={house.status() === 'connecting' || house.status() === 'lagging'}>
          <span class="only-narrow">
            <StatusPill status={house.status()} />
          </span>
        </Show>
        <a class="button quiet" href={hashOf({ room: 'people', site: props.site.id })}>
          <Icon name="people" /> <span class="wide-word">People</span>
        </a>
      </div>
      <LogStrip site={props.site} name={props.name} />
    </header>
  );
}

function LogStrip(props: { readonly site: SiteModel; readonly name: string }): JSX.Element {
  const [isAdding, setAdding] = createSignal(false);
  const countOf = (log: string) => props.site.unread().find((unread) => unread.log === log)?.count ?? 0;
  return (
    <nav class="log-strip only-narrow" aria-label="Logs of the site">
      <For each={props.site.logs()}>
        {(log) => (
          <a
            class="chip"
            href={hashOf({ room: 'log', site: props.site.id, log })}
            aria-current={log === props.name ? 'page' : undefined}
          >
            {log} <Badge count={log === props.name ? 0 : countOf(log)} />
          </a>
        )}
      </For>
      <button type="button" class="chip" aria-label="Add a log" onClick={() => setAdding(true)}>
        <Icon name="plus" size={16} />
      </button>
      <AddLog site={props.site} isOpen={isAdding()} onClose={() => setAdding(false)} />
    </nav>
  );
}
