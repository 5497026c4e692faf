/** The settings `mail` and `mailFrom`, a mail server by its address, whose password stands in a file (SPEC G6), and `pushContact`. */

import { isSubject } from '../notify/push/vapid.ts';

/** Null when a text is an address of the right form, else what form that is. */
export function mailForm(text: string): string | null {
  if (text === '') return null;
  const url = URL.parse(text);
  const isGood =
    url !== null &&
    /^smtps?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.password === '' &&
    /^\/?$/.test(url.pathname) &&
    url.search === '' &&
    url.hash === '';
  return isGood ? null : 'smtps://user@host:port, with the password in the file `mail.key`';
}

export function isMailAddress(text: string): boolean {
  return /^[^\s@<>",;:\\]+@[^\s@<>",;:\\]+$/.test(text);
}

export function mailFromForm(text: string): string | null {
  return text === '' || isMailAddress(text) ? null : 'an address such as copse@copse.example';
}

export function contactForm(text: string): string | null {
  const isGood = text === '' || isSubject(text);
  return isGood ? null : 'an address such as mailto:admin@copse.example or https://copse.example';
}
