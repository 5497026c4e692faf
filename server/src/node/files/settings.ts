/** The settings of the neighbourhood, messages and files (SPEC Z21, Z41): a part of the one table (`settings.ts`). */

import { fileBytesMax, fileBytesUsual } from 'copse/internal/base/limits-files.ts';
import { coldForm } from '../cold-place.ts';

const GIB = 1 << 30;

export const NEIGHBOURHOOD_SETTINGS = {
  messageBytes: {
    kind: 'number',
    initial: 10_737_418_240,
    min: 1_048_576,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Bytes of messages that the node keeps in all; what arrived first goes first.',
  },
  userMessageBytes: {
    kind: 'number',
    initial: 104_857_600,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Bytes of messages that count for one user; her oldest go first.',
  },
  files: {
    kind: 'text',
    initial: 'files',
    form: coldForm,
    doc: 'Where the chunks of files lie that users upload: a directory, in the data directory unless it is an absolute path, or a bucket as for `cold`, in the region `coldRegion`, whose access key and secret are in the file `files.key` of the data directory; empty: the node takes no files.',
  },
  fileBytes: {
    kind: 'number',
    initial: 64 * GIB,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Bytes of all files of the node. When it is reached, what users have only downloaded goes, the least recently read first.',
  },
  fileBytesPerUser: {
    kind: 'number',
    initial: 2 * GIB,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Bytes of the files that one user holds; less where her account may publish less.',
  },
  fileSize: {
    kind: 'number',
    initial: fileBytesUsual,
    min: 0,
    max: fileBytesMax,
    doc: 'Bytes of one file.',
  },
} as const;
