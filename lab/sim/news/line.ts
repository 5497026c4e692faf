/** What tail and auth ask of notify, over links that lose messages and answers, late and in any order. */

import type { NotifyInternal, NotifyRemote } from 'copse/internal/api/notify.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { World } from '../world.ts';
import type { NotifyProcess } from './notify-process.ts';

export interface LineParts {
  readonly world: World;
  readonly notify: NotifyProcess;
  readonly state: () => { readonly loss: number; readonly delayMs: number };
  /** News are on their way to notify. */
  readonly onTelling: () => void;
  /** A frame has reached notify, for the first time or again. */
  readonly onFrame: (frame: Frame) => void;
}

export type Frame = Parameters<NotifyInternal['presence']>[0];
type Asked = Pick<NotifyRemote, 'publish' | 'presence' | 'read' | 'update'>;

/** How long an end waits for an answer before it takes it for lost. */
const PATIENCE_MS = 20_000;

export function lineTo({ world, notify, state, onTelling, onFrame }: LineParts): Asked {
  const through = <T>(ask: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const { loss, delayMs } = state();
      const late = world.at(PATIENCE_MS, () => reject(new Fault('deadline')));
      if (world.chance.often(loss)) return;
      world.at(world.chance.unit() * delayMs, () => {
        const answered = (answer: T): void => {
          if (world.chance.often(state().loss)) return;
          world.at(world.chance.unit() * state().delayMs, () => {
            late.cancel();
            resolve(answer);
          });
        };
        const failed = (thrown: unknown): void => {
          late.cancel();
          reject(thrown);
        };
        ask().then(answered, failed);
      });
    });
  return {
    publish: (request) => {
      onTelling();
      return through(() => notify.ask((at) => at.publish(request)));
    },
    presence: (frame) =>
      through(() =>
        notify.ask((at) => {
          onFrame(frame);
          return at.presence(frame);
        }),
      ),
    read: (request) => through(() => notify.ask((at) => at.read(request))),
    update: (update) => through(() => notify.ask((at) => at.update(update))),
  };
}
