/** The first picture: a small group of trees on a hillside, by day or by night. */

import type { JSX } from 'solid-js';
import { Grove, Trees } from '../../kit/picture.tsx';
import { treeOf, type Standing } from '../../logic/tree.ts';

/** Ids of trees that look well together, where their trunks stand, and how tall. */
const BACK: readonly Standing[] = [
  stand('w8', 70, 470, 1.5),
  stand('w16', 128, 462, 1.9),
  stand('w49', 180, 468, 1.4),
  stand('w29', 420, 476, 1.7),
  stand('w8', 478, 470, 2.1),
  stand('w93', 532, 474, 1.6),
];
const MIDDLE: readonly Standing[] = [
  stand('w38', 250, 566, 2.8),
  stand('w13', 330, 574, 3.4),
  stand('w81', 404, 570, 2.6),
  stand('w82', 516, 586, 3.3),
];
const FRONT: readonly Standing[] = [
  stand('w8', 96, 690, 5.6),
  stand('w14', 244, 712, 5.2),
  stand('w7', 384, 700, 4.5),
];

export function Wood(): JSX.Element {
  return (
    <svg class="grove wood" viewBox="0 0 600 800" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <rect width="600" height="800" class="sky-0" />
      <circle class="grove-sun" cx="440" cy="170" r="46" />
      <path class="wood-hill-1" d="M0 430Q120 350 260 400T600 360V800H0Z" />
      <path class="wood-hill-2" d="M0 480Q150 430 320 470T600 450V800H0Z" />
      <Trees trees={BACK} />
      <path class="grove-far" d="M0 560Q180 500 360 556T600 540V800H0Z" />
      <Trees trees={MIDDLE} />
      <path class="grove-near" d="M0 660Q160 610 340 670T600 650V800H0Z" />
      <path
        class="wood-path"
        d="M372 800C350 752 470 742 466 700C463 672 392 664 420 626C428 616 440 610 452 606C442 618 436 626 438 636C444 664 530 670 530 712C530 748 452 760 470 800Z"
      />
      <Trees trees={FRONT} />
    </svg>
  );
}

/** The same for narrow pages, where the picture is a strip. */
export function Glade(): JSX.Element {
  return (
    <div class="glade">
      <Grove ids={['w8', 'w14', 'w7', 'w82', 'w38', 'w13']} seed="welcome" />
    </div>
  );
}

function stand(id: string, trunkX: number, ground: number, scale: number): Standing {
  return { tree: treeOf(id).tree, x: trunkX - 24 * scale, y: ground - 42 * scale, scale };
}
