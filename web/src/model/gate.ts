/**
 * The real gate. The SDK with its cryptography weighs more than the page that a stranger reads first, so it
 * comes after it: asked for at once, waited for only by who needs it.
 */

import type { Gate, NodeAbout } from './sdk.ts';
import { keepShellFiles } from './shell-files.ts';

export function lazyGate(url: string): Gate {
  const load = async (): Promise<Omit<Gate, 'about'>> => (await import('../member-part.ts')).sdkGate(url);
  return {
    remembers: async () => (await load()).remembers(),
    async open(options) {
      const copse = await (await load()).open(options);
      keepShellFiles();
      return copse;
    },
    lookAtAccount: async (link) => (await load()).lookAtAccount(link),
    async takeUpAccount(link, options) {
      const copse = await (await load()).takeUpAccount(link, options);
      keepShellFiles();
      return copse;
    },
    emailProviders: async () => (await load()).emailProviders(),
    enterWithEmail: async (options) => (await load()).enterWithEmail(options),
    peek: async (link) => (await load()).peek(link),
    passkeys: async () => (await load()).passkeys(),
    push: async () => (await load()).push(),
    neighbourhood: async (copse) => (await load()).neighbourhood(copse),
    visit: async () => (await load()).visit(),
    accountFile: async (copse) => (await load()).accountFile(copse),
    forgetNeighbourhood: async (copse) => (await load()).forgetNeighbourhood(copse),
    pair: async () => (await load()).pair(),
    reset: async () => (await load()).reset(),
    recover: async (options) => (await load()).recover(options),
    about: async () => aboutOf(await (await fetch('/node.json')).json()),
  };
}

function aboutOf(answer: unknown): NodeAbout {
  return { version: textIn(answer, 'version'), protocol: textIn(answer, 'protocol') };
}

function textIn(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null) return '';
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}
