/** What is attached to a post: pictures in frames that keep their place, film and sound that play, files to save (SPEC U51). */

import { createMemo, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import {
  areSameFiles,
  fileWords,
  shownFile,
  typeWords,
  type ShownFile,
} from '../../logic/neighbourhood/attachments.ts';
import type { Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { OrTold, SaveLink } from './attached-told.tsx';

/** Without a small one that stands for it, a larger picture than this is shown when somebody asks. */
const PLAIN_BYTES_MAX = 2 << 20;

export function Attachments(props: { readonly post: Post }): JSX.Element {
  // The same ones are no change: what plays goes on, whatever else becomes of the post.
  const all = createMemo(() => props.post.attachments.map(shownFile), [], { equals: areSameFiles });
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
                  <OrTold post={props.post} file={file} frame="attached-picture">
                    {(onFailed) => <Picture file={file} onFailed={onFailed} />}
                  </OrTold>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <For each={others()}>
          {(file) => (
            <OrTold post={props.post} file={file} frame={file.as === 'film' ? 'attached-film' : null}>
              {(onFailed) => <Other file={file} onFailed={onFailed} />}
            </OrTold>
          )}
        </For>
      </div>
    </Show>
  );
}

interface ShowProps {
  readonly file: ShownFile;
  /** What is at this address could not be loaded. */
  readonly onFailed: (address: string) => void;
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
            onError={() => props.onFailed(thumbnail ?? address)}
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
          onError={() => props.onFailed(address)}
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
          onError={() => props.onFailed(address)}
        />
      )}
    </Show>
  );
}

function FileCard(props: { readonly file: ShownFile }): JSX.Element {
  const { file } = props;
  const name = file.words === '' ? typeWords(file.type) : file.words;
  return (
    <div class="attached-file">
      <Icon name="document" />
      <div class="list-text">
        <p class="attach-name clip">{name}</p>
        <p class="list-more">{fileWords(file)}</p>
      </div>
      <SaveLink file={file} />
    </div>
  );
}
