/** Who is typing: pure bookkeeping of ephemeral signals that fade when they are not repeated. */

export interface Typist {
  readonly who: number;
  readonly untilMs: number;
}

/** A signal is good for this long; a typist repeats it sooner, and stops saying anything when she stops. */
export const typingMs = 5_000;
/** Pause between two signals of one typist: well within what the node allows, and half of `typingMs`. */
export const typingEveryMs = 2_500;

export const typingSignal = { typing: true } as const;
export const restingSignal = { typing: false } as const;

/** What an ephemeral message says about typing, or null when it is about something else. */
export function isTypingSignal(value: unknown): boolean | null {
  if (typeof value !== 'object' || value === null || !('typing' in value)) return null;
  return typeof value.typing === 'boolean' ? value.typing : null;
}

export function heard(
  typists: readonly Typist[],
  signal: { readonly who: number; readonly isTyping: boolean },
  nowMs: number,
): readonly Typist[] {
  const others = faded(typists, nowMs).filter(({ who }) => who !== signal.who);
  return signal.isTyping ? [...others, { who: signal.who, untilMs: nowMs + typingMs }] : others;
}

export function faded(typists: readonly Typist[], nowMs: number): readonly Typist[] {
  return typists.filter(({ untilMs }) => untilMs > nowMs);
}

/** "Ben is typing …", "Ben and Chiara are typing …", "Ben, Chiara and 2 more are typing …". */
export function typingWords(names: readonly string[]): string {
  const [first, second, ...more] = names;
  if (first === undefined) return '';
  if (second === undefined) return `${first} is typing …`;
  if (more.length === 0) return `${first} and ${second} are typing …`;
  return `${first}, ${second} and ${more.length} more are typing …`;
}
