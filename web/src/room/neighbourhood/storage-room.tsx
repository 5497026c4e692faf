/** What one's account holds: as a plot with its table, and file by file (SPEC U47). */

import { createResource, createSignal, Match, onMount, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Segments } from '../../kit/choose.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Rows } from '../../kit/rows.tsx';
import { Time } from '../../kit/time.tsx';
import { fileWords, saveName, typeWords } from '../../logic/neighbourhood/attachments.ts';
import {
  countWords,
  fateWords,
  ordered,
  wholesOf,
  type FileOrder,
} from '../../logic/neighbourhood/storage.ts';
import { useApp } from '../../model/app.ts';
import type { Files, FileUsage, HeldFile } from '../../model/sdk-files.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { StoragePlot } from './storage-plot.tsx';
import { StreetPage } from './street-page.tsx';

interface Seen {
  readonly files: Files;
  readonly usage: FileUsage;
  readonly held: readonly HeldFile[];
  /** Only the newest were read. */
  readonly isCut: boolean;
}

/** More than anybody looks through; the largest of them are found by their order. */
const READ_MAX = 2_000;
const SHOWN = 50;

async function seenBy(files: Files): Promise<Seen> {
  const held: HeldFile[] = [];
  const usage = await files.usage();
  for await (const file of files.list()) {
    if (held.length >= READ_MAX) return { files, usage, held, isCut: true };
    held.push(file);
  }
  return { files, usage, held, isCut: false };
}

export function StorageRoom(): JSX.Element {
  const street = useStreet();
  onMount(() => void street.refreshHello().catch(() => {}));
  const [seen, { mutate, refetch }] = createResource(async () => seenBy(await street.files.get()));
  /** Shows what became of a file; what is used the node says. */
  const change = async (files: Files, held: (before: readonly HeldFile[]) => readonly HeldFile[]) => {
    mutate((now) => now && { ...now, held: held(now.held) });
    // Without an answer those of before stand.
    const usage = await files.usage().catch(() => null);
    if (usage !== null) mutate((now) => now && { ...now, usage });
  };
  const usage = () => (seen.error === undefined ? (seen.latest?.usage ?? null) : null);
  return (
    <StreetPage
      title="Storage"
      lead="What this node keeps for you, and what goes when there is no more room."
    >
      <Show
        when={!street.isStranger()}
        fallback={<p class="muted">Guests keep nothing on this node. Ask somebody for an invitation.</p>}
      >
        <section class="panel stack">
          <h2>What you use</h2>
          <Show when={street.hello()} fallback={<Loading />}>
            {(hello) => <StoragePlot wholes={wholesOf(hello().usage, usage())} />}
          </Show>
          <HowItGoes />
        </section>
        <section class="panel stack">
          <h2>Your files</h2>
          <Switch fallback={<Loading />}>
            <Match when={seen.error !== undefined}>
              <FaultNotice thrown={seen.error} retry={() => void refetch()} />
            </Match>
            <Match when={seen.latest}>{(now) => <FileList seen={now()} onChange={change} />}</Match>
          </Switch>
        </section>
      </Show>
    </StreetPage>
  );
}

function HowItGoes(): JSX.Element {
  return (
    <div class="muted stack">
      <p>
        When your messages need room, your oldest posts go first; those that you keep for good, and your page,
        stay.
      </p>
      <p>
        Of files, only copies go by themselves: what you fetched from elsewhere, whatever was not looked at
        for the longest time first. What you uploaded, and what you keep, stays until you delete it; when
        nothing is left that may go, new files are refused.
      </p>
    </div>
  );
}

type Change = (files: Files, held: (before: readonly HeldFile[]) => readonly HeldFile[]) => Promise<void>;

interface FileListProps {
  readonly seen: Seen;
  readonly onChange: Change;
}

function FileList(props: FileListProps): JSX.Element {
  const [order, setOrder] = createSignal<FileOrder>('new');
  const [count, setCount] = createSignal(SHOWN);
  const [leaving, setLeaving] = createSignal<HeldFile | null>(null);
  const files = () => ordered(props.seen.held, order());
  return (
    <Show
      when={props.seen.held.length > 0}
      fallback={
        <p class="muted">
          You hold no files yet. Add a picture, a film or anything else to a post, and it stands here.
        </p>
      }
    >
      <p>{countWords(props.seen.usage)}</p>
      <Segments
        legend="Order"
        name="order"
        value={order()}
        choices={[
          { value: 'new', label: 'Newest' },
          { value: 'large', label: 'Largest' },
          { value: 'next', label: 'Goes first' },
        ]}
        onChoose={setOrder}
      />
      <Show when={files().length > 0} fallback={<p class="muted">Nothing of this goes by itself.</p>}>
        <Rows class="list storage-files" each={files().slice(0, count())} by={({ address }) => address}>
          {(file) => (
            <FileRow
              file={file()}
              files={props.seen.files}
              onChange={props.onChange}
              onLeave={() => setLeaving(file())}
            />
          )}
        </Rows>
      </Show>
      <Show when={files().length > count()}>
        <button type="button" class="button" onClick={() => setCount(count() + SHOWN)}>
          Show more
        </button>
      </Show>
      <Show when={props.seen.isCut}>
        <p class="muted">Older files than the newest {READ_MAX.toLocaleString('en')} are not listed here.</p>
      </Show>
      <DeleteFile
        file={leaving()}
        files={props.seen.files}
        onClose={() => setLeaving(null)}
        onDone={async ({ address }) => {
          setLeaving(null);
          await props.onChange(props.seen.files, (held) => held.filter((each) => each.address !== address));
        }}
      />
    </Show>
  );
}

function calledFile({ name, type }: HeldFile): string {
  return name === '' ? `${typeWords(type)} without a name` : name;
}

interface FileRowProps {
  readonly file: HeldFile;
  readonly files: Files;
  readonly onChange: Change;
  readonly onLeave: () => void;
}

function FileRow(props: FileRowProps): JSX.Element {
  const { files } = props;
  const { address } = props.file;
  const name = calledFile(props.file);
  const keep = async (): Promise<void> => {
    const pinned = !props.file.pinned;
    await (pinned ? files.pin(address) : files.unpin(address));
    await props.onChange(files, (held) =>
      held.map((each) => (each.address === address ? { ...each, pinned } : each)),
    );
  };
  return (
    <>
      <span class="list-sign">
        <Icon name="document" />
      </span>
      <div class="list-text">
        <p class="list-title">
          <span class="wrap">{name}</span>
          <Show when={fateWords(props.file)}>{(words) => <span class="tag">{words()}</span>}</Show>
        </p>
        <p class="list-more">
          {fileWords(props.file)} · used <Time ms={props.file.usedMs} />
        </p>
      </div>
      <div class="list-actions">
        <a
          class="button quiet small"
          href={files.url(address)}
          download={saveName({ ...props.file, words: props.file.name })}
          aria-label={`Save ${name}`}
        >
          Save
        </a>
        <Act
          class="quiet small"
          icon="pin"
          label={props.file.pinned ? `Let go of ${name}` : `Keep ${name}`}
          run={keep}
        >
          {props.file.pinned ? 'Let go' : 'Keep'}
        </Act>
        <button
          type="button"
          class="button quiet small"
          aria-label={`Delete ${name}`}
          onClick={() => props.onLeave()}
        >
          <Icon name="trash" size={18} /> Delete
        </button>
      </div>
    </>
  );
}

interface DeleteProps {
  /** Null closes the dialog. */
  readonly file: HeldFile | null;
  readonly files: Files;
  readonly onClose: () => void;
  readonly onDone: (file: HeldFile) => Promise<void>;
}

function DeleteFile(props: DeleteProps): JSX.Element {
  const app = useApp();
  const drop = async (): Promise<void> => {
    const { file } = props;
    if (file === null) return;
    await props.files.drop(file.address);
    app.tell('Deleted.');
    await props.onDone(file);
  };
  return (
    <Dialog
      isOpen={props.file !== null}
      onClose={props.onClose}
      title="Delete this file?"
      actions={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            Leave it
          </button>
          <Act class="danger" run={drop}>
            Delete it
          </Act>
        </>
      }
    >
      <Show when={props.file}>
        {(file) => (
          <>
            <p>
              <b class="wrap">{calledFile(file())}</b>, {fileWords(file())}
            </p>
            <p>
              Posts that show it have an empty place from then on, unless somebody else here holds it too. You
              cannot bring it back; with the same file you can upload it again.
            </p>
          </>
        )}
      </Show>
    </Dialog>
  );
}
