/** The head of a log or document: where we are, who is here, and what else is in the site on narrow pages. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Badge } from '../../kit/badge.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Heading } from '../../kit/page.tsx';
import { StatusPill } from '../../kit/status.tsx';
import { hashOf, type Route } from '../../logic/route.ts';
import { useApp } from '../../model/app.ts';
import type { Present } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { LevelButton } from '../notifications/site-level.tsx';
import { AddDocument } from '../sites/add-document.tsx';
import { AddLog } from '../sites/add-log.tsx';
import { Presence } from './company.tsx';

interface SiteHeadProps {
  readonly site: SiteModel;
  /** Of the log, or the title of the document. */
  readonly name: string;
  readonly others: readonly Present[];
  /** Beside who is here. */
  readonly children?: JSX.Element;
}

export function SiteHead(props: SiteHeadProps): JSX.Element {
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
        {props.children}
        <Presence others={props.others} />
        <Show when={house.status() === 'connecting' || house.status() === 'lagging'}>
          <span class="only-narrow">
            <StatusPill status={house.status()} />
          </span>
        </Show>
        <Show when={house.bell.isOn()}>
          <LevelButton site={props.site} />
        </Show>
        <a class="button quiet" href={hashOf({ room: 'people', site: props.site.id })}>
          <Icon name="people" /> <span class="wide-word">People</span>
        </a>
      </div>
      <LogStrip site={props.site} />
    </header>
  );
}

function LogStrip(props: { readonly site: SiteModel }): JSX.Element {
  const { route } = useApp();
  const [adding, setAdding] = createSignal<'log' | 'document' | null>(null);
  const countOf = (log: string) => props.site.unread().find((unread) => unread.log === log)?.count ?? 0;
  const isHere = (there: Route) => hashOf(route()) === hashOf(there);
  const logs = () => props.site.logs().map((log): Route => ({ room: 'log', site: props.site.id, log }));
  const documents = () =>
    props.site
      .documents()
      .map((title): Route => ({ room: 'document', site: props.site.id, document: title }));
  const close = (): void => {
    setAdding(null);
  };
  return (
    <nav class="log-strip only-narrow" aria-label="Logs and documents of the site">
      <For each={[...logs(), ...documents()]}>
        {(there) => (
          <a class="chip" href={hashOf(there)} aria-current={isHere(there) ? 'page' : undefined}>
            <Show when={there.room === 'document'}>
              <Icon name="document" size={16} />
            </Show>
            {'log' in there ? there.log : 'document' in there ? there.document : ''}
            <Badge count={isHere(there) || !('log' in there) ? 0 : countOf(there.log)} />
          </a>
        )}
      </For>
      <button type="button" class="chip" aria-label="Add a log" onClick={() => setAdding('log')}>
        <Icon name="plus" size={16} />
      </button>
      <button type="button" class="chip" aria-label="Write a document" onClick={() => setAdding('document')}>
        <Icon name="plus" size={16} /> <Icon name="document" size={16} />
      </button>
      <AddLog site={props.site} isOpen={adding() === 'log'} onClose={close} />
      <AddDocument site={props.site} isOpen={adding() === 'document'} onClose={close} />
    </nav>
  );
}
