/** Documents of Yjs on copse: what applications import. */

export type { EditorPerson } from './awareness-link.ts';
export type { DocumentLog } from './document-log.ts';
export { documentCodec } from './entry.ts';
export type { ProviderEvents, ProviderStatus } from './events.ts';
export { openDocument } from './open.ts';
export { CopseProvider, type ProviderOptions } from './provider.ts';
export type { Saving } from './saving.ts';
