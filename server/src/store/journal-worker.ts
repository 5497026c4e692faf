/** The thread that writes the journal. A single executable needs this file as an entry point of its own. */

import { nativePrimitives } from 'copse/internal/native/primitives.ts';

import { serveDesk } from './desk-worker.ts';
import { openJournalWriter } from './journal-writer.ts';

serveDesk((path) => openJournalWriter(path, nativePrimitives()));
