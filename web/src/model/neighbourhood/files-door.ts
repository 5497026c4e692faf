/** The way to the files: their code comes with the first post that has one, or when somebody attaches something. */

import { createSignal, type Accessor } from 'solid-js';
import type { Copse, Status } from '../sdk.ts';
import type { Files } from '../sdk-files.ts';

export interface FilesDoor {
  readonly get: () => Promise<Files>;
  /** Where a file is read; null until the code is here, which this asks for. */
  readonly url: Accessor<((address: string) => string) | null>;
  /** Whether the node has a file; null: it cannot be asked. */
  readonly has: (address: string) => Promise<boolean | null>;
}

export function createFilesDoor(copse: Pick<Copse, 'files'>, status: Accessor<Status>): FilesDoor {
  const [files, setFiles] = createSignal<Files | null>(null);
  let opening: Promise<Files> | null = null;
  const open = async (): Promise<Files> => {
    const opened = await copse.files();
    setFiles(() => opened);
    return opened;
  };
  const get = (): Promise<Files> => {
    opening ??= open().catch((thrown: unknown) => {
      // Whoever asks next asks again.
      opening = null;
      throw thrown;
    });
    return opening;
  };
  return {
    get,
    url() {
      const now = files();
      if (now !== null) return (address) => now.url(address);
      // Without the code a frame stays empty; whoever draws one asks again when the connection has changed.
      status();
      get().catch(() => {});
      return null;
    },
    has: (address) =>
      get()
        .then((opened) => opened.has(address))
        .catch(() => null),
  };
}
