/** The product: the app on the SDK. */

import { lazyGate } from './model/gate.ts';
import { start } from './shell/start.tsx';

start(lazyGate(location.origin));
