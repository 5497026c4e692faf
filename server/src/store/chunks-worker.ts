/** The thread that compacts. A single executable needs this file as an entry point of its own. */

import { nativePrimitives } from 'copse/internal/native/primitives.ts';

import { openChunkWriter } from './chunks-open.ts';
import { serveDesk } from './desk-worker.ts';

serveDesk((directory) => openChunkWriter(directory, nativePrimitives()));
