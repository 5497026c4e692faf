/** Takes a QR code with the camera or from a picture, and says what it holds. */

import { createSignal, onCleanup, onMount, Show, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import { qrReader } from '../../kit/qr-reader.ts';

interface ScannerProps {
  readonly onFound: (text: string) => void;
  readonly onClose: () => void;
}

/** Often enough to feel immediate, rarely enough for the battery. */
const LOOK_MS = 200;

type Camera = 'asking' | 'on' | 'none';

/** What the first code says that the camera sees; null when it was given up before. */
async function watch(
  video: HTMLVideoElement,
  onStart: () => void,
  gone: AbortSignal,
): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  try {
    if (gone.aborted) return null;
    video.srcObject = stream;
    await video.play();
    onStart();
    const read = await qrReader();
    while (!gone.aborted) {
      const text = await read(video);
      if (text !== null) return text;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** What the code in a picture says, or null. */
async function look(file: File): Promise<string | null> {
  const picture = await createImageBitmap(file).catch(() => null);
  const text = picture === null ? null : await (await qrReader())(picture);
  picture?.close();
  return text;
}

export function DeviceScanner(props: ScannerProps): JSX.Element {
  const [camera, setCamera] = createSignal<Camera>('asking');
  let video: HTMLVideoElement | undefined;
  const gone = new AbortController();
  const found = (text: string | null): void => {
    if (text !== null && !gone.signal.aborted) props.onFound(text);
  };
  onMount(() => {
    if (video === undefined) return;
    watch(video, () => setCamera('on'), gone.signal).then(found, () => setCamera('none'));
  });
  onCleanup(() => gone.abort());
  return (
    <div class="stack">
      <div class="scanner" classList={{ dark: camera() !== 'none' }}>
        <video
          ref={(made) => (video = made)}
          class="scanner-video"
          hidden={camera() !== 'on'}
          muted
          playsinline
          aria-label="What the camera sees"
        />
        <Show when={camera() === 'asking'}>
          <span class="spinner shown" />
        </Show>
      </div>
      <Show when={camera() === 'none'}>
        <Notice kind="info" title="No camera can be used here.">
          Allow it in the browser, choose a picture of the code, or type the code.
        </Notice>
      </Show>
      <FromFile found={found} onClose={() => props.onClose()} />
    </div>
  );
}

interface FromFileProps {
  readonly found: (text: string) => void;
  readonly onClose: () => void;
}

function FromFile(props: FromFileProps): JSX.Element {
  const [hasMissed, setMissed] = createSignal(false);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = await look(file);
    setMissed(text === null);
    if (text !== null) props.found(text);
  };
  return (
    <>
      <Show when={hasMissed()}>
        <Notice kind="warn" title="No code is seen in this picture.">
          Take it from nearer, with the whole square in it.
        </Notice>
      </Show>
      <div class="row">
        <label class="button">
          <Icon name="qr" size={18} />
          <span>Choose a picture</span>
          <input
            type="file"
            accept="image/*"
            class="hidden"
            onChange={(event) => void take(event.currentTarget.files?.[0])}
          />
        </label>
        <button type="button" class="button quiet" onClick={() => props.onClose()}>
          Type the code instead
        </button>
      </div>
    </>
  );
}
