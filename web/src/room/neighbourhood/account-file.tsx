/** One's account as one file, to keep or to take along (SPEC Z103): made and read a piece at a time. */

import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Notice } from '../../kit/notice.tsx';
import { bytesWords, plural } from '../../logic/numbers.ts';
import { reportLines, troubleLine } from '../../logic/neighbourhood/account-file-words.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { AccountFileDesk, ImportReport } from '../../model/sdk-account-file.ts';

export function AccountFilePanel(): JSX.Element {
  const desk = createDesk();
  const [withChunks, setWithChunks] = createSignal(false);
  const [file, setFile] = createSignal<File | null>(null);
  const writing = createAct(() => desk.write(withChunks()));
  const bringing = createAct(async () => {
    const chosen = file();
    if (chosen !== null) await desk.bring(chosen);
  });
  const isBusy = () => writing.isBusy() || bringing.isBusy();
  const take = (chosen: File | null): void => {
    setFile(chosen);
    bringing.act();
  };
  return (
    <section class="panel stack" aria-busy={isBusy()}>
      <h2>Your account as a file</h2>
      <p class="muted">
        Everything that you have signed, where you stand on this node, and your files: readable without copse,
        and brought back to this node or another one.
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={withChunks()}
          onChange={(event) => setWithChunks(event.currentTarget.checked)}
        />
        <span>With the bytes of my files</span>
      </label>
      <div class="row">
        <button type="button" class="button" disabled={isBusy()} onClick={writing.act}>
          Make the file
        </button>
        <Chooser isBusy={isBusy()} onFile={take} />
      </div>
      <p class="muted" role="status">
        {desk.progress()}
      </p>
      <Show when={desk.link()}>
        {(url) => (
          <p>
            <a class="button primary" href={url()} download="account.copse">
              Save it
            </a>
          </p>
        )}
      </Show>
      <Show when={desk.report()}>{(said) => <Report report={said()} />}</Show>
    </section>
  );
}

/** What happens to the file, and how far it is; what was made goes with the page. */
function createDesk() {
  const { gate } = useApp();
  const copse = useCopse();
  const [progress, setProgress] = createSignal('');
  const [link, setLink] = createSignal<string | null>(null);
  const [report, setReport] = createSignal<ImportReport | null>(null);
  const { abort, signal } = stopper();
  const begin = (): void => {
    const url = link();
    if (url !== null) URL.revokeObjectURL(url);
    setLink(null);
    setReport(null);
    setProgress('');
  };
  onCleanup(() => {
    abort();
    begin();
  });
  const withDesk = async (task: (desk: AccountFileDesk) => Promise<void>): Promise<void> => {
    begin();
    const desk = await gate.accountFile(copse);
    try {
      await task(desk);
    } finally {
      desk[Symbol.dispose]();
    }
  };
  return {
    progress,
    link,
    report,
    write: (withChunks: boolean) =>
      withDesk(async (desk) => {
        const onProgress = (records: number, bytes: number): void => {
          setProgress(`${plural(records, 'record')}, ${bytesWords(bytes)}`);
        };
        const blob = await blobOf(desk.write({ withChunks, signal, onProgress }));
        setLink(URL.createObjectURL(blob));
      }),
    bring: (file: File) =>
      withDesk(async (desk) => {
        const onProgress = (records: number): void => {
          if (records % RECORDS_TOLD === 0) setProgress(plural(records, 'record'));
        };
        setReport(await desk.bring(file, { signal, onProgress }));
        setProgress('');
      }),
  };
}

function stopper(): { readonly abort: () => void; readonly signal: AbortSignal } {
  const controller = new AbortController();
  return { abort: () => controller.abort(), signal: controller.signal };
}

/** Browsers put what does not fit into memory on the disk, once it is a blob. */
async function blobOf(pieces: AsyncIterable<Uint8Array>): Promise<Blob> {
  const parts: BlobPart[] = [];
  for await (const piece of pieces) {
    parts.push(new Uint8Array(piece));
    if (parts.length >= PARTS_AT_ONCE) parts.splice(0, parts.length, new Blob(parts));
  }
  return new Blob(parts, { type: 'application/cbor-seq' });
}

function Chooser(props: {
  readonly isBusy: boolean;
  readonly onFile: (file: File | null) => void;
}): JSX.Element {
  return (
    <label class="button file-button">
      Bring one back
      <input
        type="file"
        class="hidden"
        disabled={props.isBusy}
        onChange={(event) => {
          props.onFile(event.currentTarget.files?.[0] ?? null);
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}

const PARTS_AT_ONCE = 256;
const RECORDS_TOLD = 64;

function Report(props: { readonly report: ImportReport }): JSX.Element {
  const trouble = () => props.report.trouble;
  return (
    <Notice
      kind={trouble() === null ? 'good' : 'warn'}
      title={trouble() === null ? 'It is here' : 'The file is not whole'}
    >
      <Show when={trouble()}>{(why) => <p>{troubleLine(why())}</p>}</Show>
      <For each={reportLines(props.report)}>{(line) => <p>{line}</p>}</For>
    </Notice>
  );
}
