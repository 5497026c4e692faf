/** The files of a post that is being written: chosen, dropped or pasted, on their way, and described (SPEC U51). */

import {
  createSignal,
  createUniqueId,
  For,
  onCleanup,
  onMount,
  Show,
  type Accessor,
  type JSX,
} from 'solid-js';
import { altTextBytesMax } from 'copse/internal/base/limits-peer.ts';
import { Icon } from '../../kit/icon.tsx';
import { choiceOf, fileWords, shownAs, uploadWords } from '../../logic/neighbourhood/attachments.ts';
import { draftFileId } from '../../logic/neighbourhood/draft-files.ts';
import { bytesWords, plural } from '../../logic/numbers.ts';
import { Uploads, type UploadRow } from '../../model/neighbourhood/uploads.ts';
import { onHide } from '../../model/page-hide.ts';
import { useStreet } from '../../model/street.ts';

export interface Attaching {
  readonly rows: Accessor<readonly UploadRow[]>;
  readonly uploads: Uploads;
  readonly refused: Accessor<readonly string[]>;
  readonly choose: (files: readonly File[]) => void;
  /** Nothing is on its way and nothing has failed. */
  readonly isReady: Accessor<boolean>;
}

export function createAttaching(draft: string): Attaching {
  const { files, shelf } = useStreet();
  const [rows, setRows] = createSignal<readonly UploadRow[]>([]);
  const [refused, setRefused] = createSignal<readonly string[]>([]);
  let count = 0;
  const uploads = new Uploads({
    draft,
    files: files.get,
    bare: async (blob, type) => (await import('copse/files')).barePictureOf(blob, type),
    small: async (blob) => (await import('copse/files')).thumbnailOf(blob),
    shelf,
    newId: () => draftFileId(Date.now(), (count += 1)),
    onChange: setRows,
  });
  onMount(() => void uploads.begin());
  onHide(() => uploads.keep());
  onCleanup(() => uploads[Symbol.dispose]());
  return {
    rows,
    uploads,
    refused,
    choose(chosen) {
      const { taken, refused: why } = choiceOf(chosen, rows().length);
      setRefused(why);
      uploads.add(taken);
    },
    isReady: () => rows().every(({ state }) => state.kind === 'there'),
  };
}

/** Files that somebody drags or pastes; none: the browser does what it does with words. */
export function filesIn(from: DataTransfer | null): readonly File[] {
  return from === null ? [] : [...from.files];
}

export function AttachButton(props: { readonly attaching: Attaching }): JSX.Element {
  const id = createUniqueId();
  let input: HTMLInputElement | undefined;
  return (
    <>
      <input
        ref={(made) => (input = made)}
        id={id}
        class="hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files for this post"
        onChange={(event) => {
          props.attaching.choose([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
      <button type="button" class="button quiet" onClick={() => input?.click()}>
        <Icon name="clip" size={18} />
        <span>Add files</span>
      </button>
    </>
  );
}

export function AttachList(props: { readonly attaching: Attaching }): JSX.Element {
  const { attaching } = props;
  const ids = () => attaching.rows().map(({ id }) => id);
  return (
    <>
      <Show when={attaching.rows().length > 0}>
        <ul class="attach-list" aria-label="Files of this post">
          <For each={ids()}>{(id) => <Row id={id} attaching={attaching} />}</For>
        </ul>
        <Show when={attaching.rows().some(({ type }) => /^image\/(jpeg|png|webp)\b/.test(type))}>
          <p class="field-more">Where and when a photo was taken stays with you: it goes without.</p>
        </Show>
      </Show>
      <div role="status">
        <For each={attaching.refused()}>{(why) => <p class="field-more bad">{why}</p>}</For>
        <Show when={attaching.rows().length > 0}>
          <p class="field-more">{underWay(attaching.rows())}</p>
        </Show>
      </div>
    </>
  );
}

/** Said when the number changes, not at every step. */
function underWay(rows: readonly UploadRow[]): string {
  const failed = rows.filter(({ state }) => state.kind === 'failed').length;
  const left = rows.filter(({ state }) => state.kind === 'waiting' || state.kind === 'going').length;
  if (left > 0)
    return `${plural(left, 'file')} on the way. You can write meanwhile, and post when all are there.`;
  if (failed > 0) return 'Try again, or take out what was not uploaded.';
  return rows.length === 1 ? 'The file is at the node.' : 'All files are at the node.';
}

interface RowProps {
  readonly id: string;
  readonly attaching: Attaching;
}

function Row(props: RowProps): JSX.Element {
  const { attaching, id } = props;
  const row = () => attaching.rows().find((each) => each.id === id);
  return (
    <Show when={row()}>
      {(found) => (
        <li class="attach-row">
          <Picture row={found()} />
          <div class="attach-text">
            <p class="attach-name clip">{found().name}</p>
            <How row={found()} onRetry={() => attaching.uploads.retry(id)} />
            <Show when={shownAs(found().type) !== 'file'}>
              <Words row={found()} onInput={(words) => attaching.uploads.describe(id, words)} />
            </Show>
          </div>
          <button
            type="button"
            class="button quiet round"
            aria-label={`Take out ${found().name}`}
            onClick={() => attaching.uploads.remove(id)}
          >
            <Icon name="close" size={18} />
          </button>
        </li>
      )}
    </Show>
  );
}

/** The small one that others see before they ask for the whole. */
function Picture(props: { readonly row: UploadRow }): JSX.Element {
  const { files } = useStreet();
  const address = () => {
    const { thumbnail } = props.row;
    return thumbnail === null ? null : (files.url()?.(thumbnail) ?? null);
  };
  return (
    <span class="attach-sign">
      <Show when={address()} fallback={<Icon name="document" />}>
        {(src) => <img src={src()} alt="" />}
      </Show>
    </span>
  );
}

function How(props: { readonly row: UploadRow; readonly onRetry: () => void }): JSX.Element {
  const { row } = props;
  const going = () => (props.row.state.kind === 'going' ? props.row.state : undefined);
  const failed = () => (props.row.state.kind === 'failed' ? uploadWords(props.row.state.thrown) : undefined);
  return (
    <>
      <Show when={going()}>
        {(now) => (
          <>
            <progress
              class="attach-progress"
              max={row.blob.size}
              value={now().done}
              aria-label={`Uploading ${row.name}`}
            />
            <p class="list-more">
              {bytesWords(now().done)} of {bytesWords(row.blob.size)}
            </p>
          </>
        )}
      </Show>
      <Show when={failed()}>
        {(words) => (
          <p class="list-more bad" role="alert">
            {words().title}. {words().hint} <span class="fault-code">Code: {words().code}</span>{' '}
            <button type="button" class="button small" onClick={() => props.onRetry()}>
              Try again
            </button>
          </p>
        )}
      </Show>
      <Show when={props.row.state.kind === 'waiting'}>
        <p class="list-more">{fileWords({ type: row.type, size: row.blob.size })}, waits for its turn</p>
      </Show>
      <Show when={props.row.state.kind === 'there'}>
        <p class="list-more">{fileWords({ type: row.type, size: row.blob.size })}</p>
      </Show>
    </>
  );
}

function Words(props: { readonly row: UploadRow; readonly onInput: (words: string) => void }): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="attach-words">
      <label for={id}>What it shows, for who cannot see it</label>
      <input
        id={id}
        class="input"
        type="text"
        autocomplete="off"
        maxLength={Math.floor(altTextBytesMax / 2)}
        value={props.row.words}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </div>
  );
}
