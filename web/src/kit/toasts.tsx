/** Short news at the edge of the page, spoken as well as shown. */

import { For, type JSX } from 'solid-js';
import { useApp } from '../model/app.ts';
import { Icon } from './icon.tsx';

export function Toasts(): JSX.Element {
  const app = useApp();
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label="News">
      <For each={app.toasts()}>
        {(toast) => (
          <div class={`toast ${toast.kind}`}>
            <Icon name={toast.kind === 'good' ? 'check' : 'warn'} />
            <p>
              {toast.text} <span class="toast-hint">{toast.hint}</span>
            </p>
            <button
              type="button"
              class="button quiet round"
              aria-label="Dismiss"
              onClick={() => app.dismiss(toast.id)}
            >
              <Icon name="close" size={16} />
            </button>
          </div>
        )}
      </For>
    </div>
  );
}
