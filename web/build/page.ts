/** The one HTML page: everything it names is a file of the build; nothing is inline (SPEC N4). */

export interface PageParts {
  readonly script: string;
  /** Modules that the script imports at once, so that they load side by side. */
  readonly preloads: readonly string[];
  readonly style: string;
  /** Sets the chosen theme before the first paint. */
  readonly theme: string;
  readonly icon: string;
  readonly webManifest: string;
}

export function pageOf(parts: PageParts): string {
  const preloads = parts.preloads.map((path) => `    <link rel="modulepreload" href="${path}" />`);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>copse</title>
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
    <meta name="description" content="A place of your own to write together." />
    <meta name="referrer" content="no-referrer" />
    <meta name="color-scheme" content="light dark" />
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f5f6f1" />
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#131714" />
    <script src="${parts.theme}"></script>
    <link rel="stylesheet" href="${parts.style}" />
    <link rel="icon" type="image/svg+xml" href="${parts.icon}" />
    <link rel="manifest" href="${parts.webManifest}" />
${preloads.join('\n')}
    <script type="module" src="${parts.script}"></script>
  </head>
  <body>
    <div id="app"><p class="boot" role="status">Opening copse …</p></div>
    <noscript><p class="boot">copse keeps your keys in this browser and needs JavaScript for that.</p></noscript>
  </body>
</html>
`;
}
