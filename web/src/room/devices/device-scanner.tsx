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

export function DeviceScanner(props: ScannerProps): JSX.Element {
  const [camera, setCamera] = createSignal<Camera>('asking');
  const [hasMissed, setMissed] = createSignal(false);
  let video: HTMLVideoElement | undefined;
  let stream: MediaStream | null = null;
  const gone = new AbortController();
  onMount(() => {
    void start().catch(() => setCamera('none'));
  });
  onCleanup(() => {
    gone.abort();
    for (const track of stream?.getTracks() ?? []) track.stop();
  });

  async function start(): Promise<void> {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    if (video === undefined || gone.signal.aborted) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    video.srcObject = stream;
    await video.play();
    setCamera('on');
    const read = await qrReader();
    while (!gone.signal.aborted) {
      const text = await read(video);
      if (gone.signal.aborted) return;
      if (text !== null) {
        props.onFound(text);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async function fromFile(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    setMissed(false);
    const picture = await createImageBitmap(file).catch(() => null);
    const text = picture === null ? null : await (await qrReader())(picture);
    picture?.close();
    if (text === null) setMissed(true);
    else props.onFound(text);
  }

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
            onChange={(event) => void fromFile(event.currentTarget.files?.[0])}
          />
        </label>
        <button type="button" class="button quiet" onClick={() => props.onClose()}>
          Type the code instead
        </button>
      </div>
    </div>
  );
}
