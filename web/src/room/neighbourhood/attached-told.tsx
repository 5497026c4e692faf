/**
 * In the place of a file that could not be loaded stands why, as far as it is known: this node does not have it, it
 * cannot be asked now, or this browser does not show what it has (SPEC U51).
 */

import { createEffect, createSignal, Match, on, Show, Switch, type Accessor, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import {
  fileWords,
  originsOf,
  saveName,
  typeWords,
  type ShownFile,
} from '../../logic/neighbourhood/attachments.ts';
import { useApp } from '../../model/app.ts';
import type { Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';

interface OrToldProps {
  readonly post: Post;
  readonly file: ShownFile;
  /** The class of the frame that it stands in, which keeps its place; null: it has none. */
  readonly frame: string | null;
  readonly children: (onFailed: (address: string) => void) => JSX.Element;
}

/** `missing`: the node has said so; `away`: it has said nothing; `odd`: it has it, and it is not shown twice. */
type Trouble = 'missing' | 'away' | 'odd';

export function OrTold(props: OrToldProps): JSX.Element {
  const { status } = useHouse();
  const { trouble, turn, again, look } = createLooking();
  return (
    <Switch>
      <Match when={trouble() === null && turn()} keyed>
        {props.children((address) => void look(address))}
      </Match>
      <Match when={trouble() === 'missing'}>
        <Missing post={props.post} file={props.file} onFetched={again} />
      </Match>
      <Match when={trouble() === 'away'}>
        <Told {...props} words={status() === 'live' ? 'was not loaded' : 'waits for the connection'}>
          <Show when={status() === 'live'}>
            <Act class="small" run={again} label={`Try again: ${about(props.file)}`}>
              Try again
            </Act>
          </Show>
        </Told>
      </Match>
      <Match when={trouble() === 'odd'}>
        <Told {...props} words="is not shown by this browser">
          <SaveLink file={props.file} />
        </Told>
      </Match>
    </Switch>
  );
}

interface Looking {
  readonly trouble: Accessor<Trouble | null>;
  /** Another number: it is loaded anew. */
  readonly turn: Accessor<number>;
  readonly again: () => Promise<void>;
  readonly look: (address: string) => Promise<void>;
}

function createLooking(): Looking {
  const { files } = useStreet();
  const { status } = useHouse();
  const [trouble, setTrouble] = createSignal<Trouble | null>(null);
  const [turn, setTurn] = createSignal(1);
  let isSecond = false;
  let statusChanges = 0;
  const show = (): void => {
    setTrouble(null);
    setTurn((before) => before + 1);
  };
  const again = async (): Promise<void> => {
    isSecond = false;
    show();
  };
  const look = async (address: string): Promise<void> => {
    const before = statusChanges;
    const isHere = await files.has(address);
    // What was asked before the connection came back says nothing of now.
    if (isHere === null && statusChanges > before && status() === 'live') await again();
    else if (isHere === null) setTrouble('away');
    else if (!isHere) setTrouble('missing');
    else if (isSecond) setTrouble('odd');
    else {
      // The connection may have broken while it came.
      isSecond = true;
      show();
    }
  };
  createEffect(
    on(
      status,
      (now) => {
        statusChanges += 1;
        if (now === 'live' && trouble() === 'away') void again();
      },
      { defer: true },
    ),
  );
  return { trouble, turn, again, look };
}

interface ToldProps extends Pick<OrToldProps, 'file' | 'frame'> {
  readonly words: string;
  readonly children: JSX.Element;
}

function Told(props: ToldProps): JSX.Element {
  const name = () => (props.file.words === '' ? '' : `: ${props.file.words}`);
  const words = () => `${typeWords(props.file.type)} ${props.words}`;
  return (
    <Show
      when={props.frame}
      fallback={
        <div class="attached-file">
          <Icon name="warn" />
          <div class="list-text">
            <p class="attach-name">{words()}</p>
            <p class="list-more">{about(props.file)}</p>
          </div>
          {props.children}
        </div>
      }
    >
      {(frame) => (
        <div class={`${frame()} attached-told`}>
          <p>
            {words()}
            <span class="hidden">{name()}</span>
          </p>
          {props.children}
        </div>
      )}
    </Show>
  );
}

interface MissingProps extends Pick<OrToldProps, 'post' | 'file'> {
  readonly onFetched: () => Promise<void>;
}

/** A file that this node does not have is fetched from where its author publishes, if one wants it. */
function Missing(props: MissingProps): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const fetchIt = async (): Promise<void> => {
    const said = await street.place.addressesOf(props.post.from);
    const origins = originsOf(said?.outbox ?? []);
    if (origins.length === 0) {
      app.tell('Nobody knows where this file is.', 'Its author does not say where she publishes.');
      return;
    }
    const files = await street.files.get();
    const { address, thumbnail } = props.file;
    for (const each of [address, thumbnail]) if (each !== null) await files.host(each, origins);
    await props.onFetched();
  };
  return (
    <div class="attached-file">
      <Icon name="warn" />
      <div class="list-text">
        <p class="attach-name">{typeWords(props.file.type)} that is not on this node</p>
        <p class="list-more">{about(props.file)}</p>
      </div>
      <Show when={!street.isStranger()}>
        <Act class="small" run={fetchIt}>
          Fetch it
        </Act>
      </Show>
    </div>
  );
}

function about(file: ShownFile): string {
  return file.words === '' ? fileWords(file) : `${file.words}. ${fileWords(file)}`;
}

export function SaveLink(props: { readonly file: ShownFile }): JSX.Element {
  const { files } = useStreet();
  const name = () => (props.file.words === '' ? typeWords(props.file.type) : props.file.words);
  return (
    <Show when={files.url()}>
      {(url) => (
        <a
          class="button small"
          href={url()(props.file.address)}
          download={saveName(props.file)}
          aria-label={`Save ${name()}`}
        >
          <Icon name="down" size={16} /> Save
        </a>
      )}
    </Show>
  );
}
