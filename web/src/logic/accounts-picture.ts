/**
 * The account tree as a picture (SPEC Z19): columns by distance, a line from who let in to who came. Below one
 * with many some are drawn, and the others counted. Pure: answers places, draws nothing.
 */

import type { AccountBranch, AccountRow } from 'copse/internal/client/accounts.ts';
import { toneOfAccount, type AccountTone } from './account-words.ts';
import type { Metrics } from './grants-picture.ts';

export interface AccountNode {
  /** Of a fold, that of who let those in who are behind it. */
  readonly id: string;
  /** Null: others below the same, who are counted and not drawn. */
  readonly account: AccountRow | null;
  readonly folded: number;
  readonly x: number;
  readonly y: number;
}

export interface AccountLine {
  readonly id: string;
  readonly tone: AccountTone | 'fold';
  readonly path: string;
}

export interface AccountsPicture {
  readonly nodes: readonly AccountNode[];
  readonly lines: readonly AccountLine[];
  readonly width: number;
  readonly height: number;
  /** People who are not drawn. */
  readonly omitted: number;
}

export interface PictureWishes {
  /** Whose folds are open, by user. */
  readonly opened: ReadonlySet<string>;
  readonly metrics: Metrics;
}

/** So many below one are drawn as they are. */
const FAN = 6;
/** So many are drawn at all; more is no picture any more. */
export const accountNodesMax = 200;
const MARGIN = 14;

interface Drawing {
  readonly nodes: AccountNode[];
  readonly lines: AccountLine[];
  readonly wishes: PictureWishes;
  row: number;
  deepest: number;
  omitted: number;
}

export function accountsPicture(branches: readonly AccountBranch[], wishes: PictureWishes): AccountsPicture {
  const drawing: Drawing = { nodes: [], lines: [], wishes, row: 0, deepest: 0, omitted: 0 };
  for (const branch of branches) draw(drawing, branch, 0);
  const { nodeWidth, nodeHeight, columnGap, rowGap } = wishes.metrics;
  return {
    nodes: drawing.nodes,
    lines: drawing.lines,
    width: 2 * MARGIN + nodeWidth + drawing.deepest * (nodeWidth + columnGap),
    height: 2 * MARGIN + Math.max(1, drawing.row) * (nodeHeight + rowGap) - rowGap,
    omitted: drawing.omitted,
  };
}

/** Draws a branch from the present row on; answers where its first node stands, or null when there is no room. */
function draw(drawing: Drawing, { account, below }: AccountBranch, depth: number): AccountNode | null {
  if (drawing.nodes.length >= accountNodesMax) {
    drawing.omitted += countOf({ account, below });
    return null;
  }
  const shown = isOpen(drawing, account, below) ? below : below.slice(0, FAN);
  const first = drawing.row;
  const drawn: (readonly [AccountNode, AccountLine['tone']])[] = [];
  for (const branch of shown) {
    const node = draw(drawing, branch, depth + 1);
    if (node !== null) drawn.push([node, toneOfAccount(branch.account)]);
  }
  if (shown.length < below.length) drawn.push([fold(drawing, account, below.slice(FAN), depth + 1), 'fold']);
  if (drawn.length === 0) drawing.row++;
  const y = (yOf(drawing, first) + yOf(drawing, Math.max(first, drawing.row - 1))) / 2;
  const node = { id: account.user, account, folded: 0, x: xOf(drawing, depth), y };
  drawing.nodes.push(node);
  for (const [to, tone] of drawn) drawing.lines.push(lineTo(drawing, node, to, tone));
  return node;
}

function isOpen({ wishes }: Drawing, { user }: AccountRow, below: readonly AccountBranch[]): boolean {
  return below.length <= FAN + 1 || wishes.opened.has(user);
}

function fold(
  drawing: Drawing,
  account: AccountRow,
  hidden: readonly AccountBranch[],
  depth: number,
): AccountNode {
  const folded = hidden.reduce((sum, branch) => sum + countOf(branch), 0);
  drawing.omitted += folded;
  const node = {
    id: account.user,
    account: null,
    folded,
    x: xOf(drawing, depth),
    y: yOf(drawing, drawing.row),
  };
  drawing.row++;
  drawing.nodes.push(node);
  return node;
}

function countOf({ below }: AccountBranch): number {
  return below.reduce((sum, branch) => sum + countOf(branch), 1);
}

function xOf(drawing: Drawing, depth: number): number {
  drawing.deepest = Math.max(drawing.deepest, depth);
  const { nodeWidth, columnGap } = drawing.wishes.metrics;
  return MARGIN + depth * (nodeWidth + columnGap);
}

function yOf({ wishes }: Drawing, row: number): number {
  return MARGIN + row * (wishes.metrics.nodeHeight + wishes.metrics.rowGap);
}

function lineTo(
  drawing: Drawing,
  from: AccountNode,
  to: AccountNode,
  tone: AccountLine['tone'],
): AccountLine {
  const { nodeWidth, nodeHeight, columnGap } = drawing.wishes.metrics;
  const [x1, y1, x2, y2] = [from.x + nodeWidth, from.y + nodeHeight / 2, to.x, to.y + nodeHeight / 2];
  const bend = columnGap / 2;
  return {
    id: `${from.id} ${to.id} ${to.folded}`,
    tone,
    path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
  };
}
