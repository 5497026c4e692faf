/** A document that the people of a site write together. */

import { createEffect, createSignal, onCleanup, onMount, Show, type JSX } from 'solid-js';
import type { EditorState } from 'prosemirror-state';
import type { EditorView } from 'prosemirror-view';
import { Icon } from '../../kit/icon.tsx';
import { savingWords } from '../../logic/saving-words.ts';
import { hashOf } from '../../logic/route.ts';
import { faultWords } from '../../model/app.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { SiteHead } from '../log/log-head.tsx';
import { Banner } from '../log/banner.tsx';
import { createDocument, type DocumentModel } from './document-model.ts';
import { act, createEditor, linkAt, setLink } from './editor.ts';
import { LinkDialog } from './link-dialog.tsx';
import { Toolbar } from './toolbar.tsx';

interface DocumentRoomProps {
  readonly site: SiteModel;
  readonly title: string;
}

export function DocumentRoom(props: DocumentRoomProps): JSX.Element {
  const house = useHouse();
  // The room is made anew for another site or document.
  const model = createDocument(props.site, props.title);
  const rights = () => hashOf({ room: 'rights', site: props.site.id });
  onMount(props.site.people.refresh);
  askBeforeLoss(model);
  return (
    <section class="document" aria-label={`${props.title} in ${props.site.title()}`}>
      <SiteHead site={props.site} name={props.title} others={model.others()}>
        <SavingSign model={model} />
      </SiteHead>
      <Banner status={house.status()} waiting={0} trouble={model.trouble()} rights={rights()} />
      <Unsaved model={model} />
      <Show when={model.isReady()} fallback={<Waiting model={model} />}>
        <Sheet model={model} title={props.title} />
      </Show>
      <Show when={!model.mayWrite()}>
        <p class="read-only">
          You can read here. Ask a host of the site to let you write; if you were handed a proof,{' '}
          <a href={rights()}>show it</a>.
        </p>
      </Show>
    </section>
  );
}

/** The browser asks before a page is closed that holds words which nobody has. */
function askBeforeLoss(model: DocumentModel): void {
  const ask = (event: Event): void => {
    const { kind } = model.saving();
    if (kind === 'refused' || kind === 'saving') event.preventDefault();
  };
  addEventListener('beforeunload', ask);
  onCleanup(() => removeEventListener('beforeunload', ask));
}

function Waiting(props: { readonly model: DocumentModel }): JSX.Element {
  return (
    <Show when={props.model.trouble() === null}>
      <Loading />
    </Show>
  );
}

/** Whether what was written is safe, in a word. */
function SavingSign(props: { readonly model: DocumentModel }): JSX.Element {
  const words = () => savingWords(props.model.saving(), props.model.mayWrite());
  return (
    <p class={`saving ${props.model.saving().kind}`} role="status">
      <Show when={props.model.isReady() && words()}>
        {(known) => (
          <>
            <Icon name={known().icon} size={16} /> <span class="saving-word">{known().text}</span>
          </>
        )}
      </Show>
    </p>
  );
}

/** Why what was written is not saved, and what can be done. */
function Unsaved(props: { readonly model: DocumentModel }): JSX.Element {
  const fault = () => {
    const saving = props.model.saving();
    return saving.kind === 'refused' ? faultWords(saving.fault) : undefined;
  };
  return (
    <Show when={fault()}>
      {(words) => (
        <div class="banner bad" role="alert">
          <Icon name="warn" size={18} />
          <span>
            <b>What you wrote last is not saved.</b> {words().what} {words().hint} It is lost when you leave
            this document.
          </span>
          <button type="button" class="button small" onClick={props.model.retry}>
            Try again
          </button>
        </div>
      )}
    </Show>
  );
}

function Sheet(props: { readonly model: DocumentModel; readonly title: string }): JSX.Element {
  let place: HTMLDivElement | undefined;
  let view: EditorView | undefined;
  const [state, setState] = createSignal<EditorState>();
  const [linkNow, setLinkNow] = createSignal<string | null>(null);
  const askLink = (): void => {
    if (view !== undefined) setLinkNow(linkAt(view.state));
  };
  onMount(() => {
    if (place === undefined) return;
    const { awareness, editorOf, fragment, mayWrite } = props.model;
    const made = createEditor({
      place,
      fragment,
      awareness,
      mayWrite,
      editorOf,
      label: props.title,
      onState: (next) => setState(() => next),
      onLink: askLink,
    });
    view = made;
    setState(() => made.state);
    onCleanup(() => made.destroy());
  });
  // A right that comes or goes changes what the editor says of itself.
  createEffect(() => {
    props.model.mayWrite();
    view?.setProps({});
  });
  const choose = (href: string | null): void => {
    setLinkNow(null);
    if (view !== undefined) setLink(view, href);
  };
  return (
    <>
      <Show when={props.model.mayWrite() && state()}>
        {(known) => (
          <Toolbar state={known} act={(name) => view !== undefined && act(view, name)} onLink={askLink} />
        )}
      </Show>
      <div class="text-frame">
        <div class="text-sheet" ref={(made) => (place = made)} />
      </div>
      <LinkDialog
        isOpen={linkNow() !== null}
        now={linkNow() ?? ''}
        onClose={() => setLinkNow(null)}
        onChoose={choose}
      />
    </>
  );
}
