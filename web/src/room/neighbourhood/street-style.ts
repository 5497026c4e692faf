/** The style sheet of these rooms, which the build names: it comes with the first of them. */

declare const STREET_STYLE: string;

/** Resolves when the rooms can be shown; without the sheet they are plain, and there. */
export function streetStyle(): Promise<void> {
  const href = STREET_STYLE;
  if (document.head.querySelector(`link[href="${href}"]`) !== null) return Promise.resolve();
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  return new Promise((resolve) => {
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => resolve());
    document.head.append(link);
  });
}
