/** What is attached to a post: pictures in frames that keep their place, film and sound that play, files to save (SPEC U51). */

import { createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import {
  fileWords,
  originsOf,
  saveName,
  shownFile,
  typeWords,
  type ShownFile,
} from '../../logic/neighbourhood/attachments.ts';
import { useApp } from '../../model/app.ts';
import type { Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';

/** Without a small one that stands for it, a larger picture than this is shown when somebody asks. */
const PLAIN_BYTES_MAX = 2 << 20;

export function Attachments(props: { readonly post: Post }): JSX.Element {
  const all = () => props.post.attachments.map(shownFile);
  const isFramed = ({ as, thumbnail, size }: ShownFile): boolean =>
    as === 'picture' && (thumbnail !== null || size <= PLAIN_BYTES_MAX);
  const pictures = () => all().filter(isFramed);
  const others = () => all().filter((file) => !isFramed(file));
  return (
    <Show when={all().length > 0}>
      <div class="attached">
        <Show when={pictures().length > 0}>
          <ul class="attached-pictures" classList={{ one: pictures().length === 1 }}>
            <For each={pictures()}>
              {(file) => (
                <li>
                  <OrMissing post={props.post} file={file}>
                    {(onMissing) => <Picture file={file} onMissing={onMissing} />}
                  </OrMissing>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <For each={others()}>
          {(file) => (
            <OrMissing post={props.post} file={file}>
              {(onMissing) => <Other file={file} onMissing={onMissing} />}
            </OrMissing>
          )}
        </For>
      </div>
    </Show>
  );
}

interface ShowProps {
  readonly file: ShownFile;
  readonly onMissing: () => void;
}

/** Frames have their size before anything is loaded, so that nothing jumps. */
function Picture(props: ShowProps): JSX.Element {
  const { files } = useStreet();
  const { address, thumbnail, words } = props.file;
  return (
    <Show when={files.url()} fallback={<span class="attached-picture" />}>
      {(url) => (
        <a class="attached-picture" href={url()(address)} target="_blank" rel="noopener noreferrer">
          <img
            src={url()(thumbnail ?? address)}
            alt={words === '' ? 'Picture without a description' : words}
            loading="lazy"
            decoding="async"
            onError={() => props.onMissing()}
          />
        </a>
      )}
    </Show>
  );
}

function Other(props: ShowProps): JSX.Element {
  const { file } = props;
  return (
    <Switch fallback={<FileCard file={file} />}>
      <Match when={file.as === 'film'}>
        <Film {...props} />
      </Match>
      <Match when={file.as === 'sound'}>
        <Sound {...props} />
      </Match>
    </Switch>
  );
}

/** It plays while it loads: the player asks for the parts that it needs. */
function Film(props: ShowProps): JSX.Element {
  const { files } = useStreet();
  const { address, thumbnail, words } = props.file;
  return (
    <Show when={files.url()} fallback={<span class="attached-film" />}>
      {(url) => (
        <video
          class="attached-film"
          controls
          playsinline
          preload={thumbnail === null ? 'metadata' : 'none'}
          poster={thumbnail === null ? undefined : url()(thumbnail)}
          src={url()(address)}
          aria-label={words === '' ? 'Film without a description' : words}
          onError={() => props.onMissing()}
        />
      )}
    </Show>
  );
}

function Sound(props: ShowProps): JSX.Element {
  const { files } = useStreet();
  const { address, words } = props.file;
  return (
    <Show when={files.url()}>
      {(url) => (
        <audio
          class="attached-sound"
          controls
          preload="none"
          src={url()(address)}
          aria-label={words === '' ? 'Sound without a description' : words}
          onError={() => props.onMissing()}
        />
      )}
    </Show>
  );
}

function FileCard(props: { readonly file: ShownFile }): JSX.Element {
  const { files } = useStreet();
  const { file } = props;
  const name = file.words === '' ? typeWords(file.type) : file.words;
  return (
    <div class="attached-file">
      <Icon name="document" />
      <div class="list-text">
        <p class="attach-name clip">{name}</p>
        <p class="list-more">{fileWords(file)}</p>
      </div>
      <Show when={files.url()}>
        {(url) => (
          <a
            class="button small"
            href={url()(file.address)}
            download={saveName(file)}
            aria-label={`Save ${name}`}
          >
            <Icon name="down" size={16} /> Save
          </a>
        )}
      </Show>
    </div>
  );
}

interface OrMissingProps {
  readonly post: Post;
  readonly file: ShownFile;
  readonly children: (onMissing: () => void) => JSX.Element;
}

/** A file that this node does not have is fetched from where its author publishes, if one wants it. */
function OrMissing(props: OrMissingProps): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const [isMissing, setMissing] = createSignal(false);
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
    setMissing(false);
  };
  return (
    <Show when={isMissing()} fallback={props.children(() => setMissing(true))}>
      <div class="attached-file">
        <Icon name="warn" />
        <div class="list-text">
          <p class="attach-name">{typeWords(props.file.type)} that is not on this node</p>
          <p class="list-more">
            {props.file.words === ''
              ? fileWords(props.file)
              : `${props.file.words}. ${fileWords(props.file)}`}
          </p>
        </div>
        <Show when={!street.isStranger()}>
          <Act class="small" run={fetchIt}>
            Fetch it
          </Act>
        </Show>
      </div>
    </Show>
  );
}
