/** A QR code as SVG. The code that draws it is loaded when the first one is needed. */

import { createResource, Show, type JSX } from 'solid-js';
import { qrPath } from './qr-path.ts';

export function Qr(props: { readonly text: string; readonly label: string }): JSX.Element {
  const [code] = createResource(() => props.text, qrPath);
  return (
    <div class="qr" role="img" aria-label={props.label}>
      <Show when={code()} fallback={<span class="spinner shown" />}>
        {(made) => (
          <svg viewBox={`0 0 ${made().size} ${made().size}`} shape-rendering="crispEdges">
            <path d={made().d} />
          </svg>
        )}
      </Show>
    </div>
  );
}
