import { h, plural, svg } from './dom';
import type { Finding, Picture, PictureNode, Place, Severity } from './types';

const stages = ['clients', 'listen', 'server', 'location', 'upstream', 'peer', 'service', 'kernel'];
const heads = ['', 'listens on', 'servers', 'locations', 'upstreams', 'peers', 'behind them', ''];
const words: Record<string, string> = {
  pooled: 'pooled', unpooled: 'one request each', http10: 'HTTP/1.0', events: 'event stream', uncertain: 'not certain',
};
const gap = 36;
const step = 46;
const height = 36;
const top = 26;

interface Spot { node: PictureNode; x: number; y: number; w: number; h: number; row: number }

const cut = (text: string, width: number): string => {
  const most = Math.floor((width - 14) / 7.25);
  const letters = [...text];
  return letters.length <= most ? text : letters.slice(0, most - 1).join('') + '\u2026';
};

// layout gives every node its place: servers with their locations are the rows, and
// the other columns follow them.
function layout(p: Picture): { spots: Spot[]; width: number; height: number; columns: { text: string; x: number }[] } {
  const into = p.nodes.map((_, i) => p.edges.filter((e) => e.to === i).map((e) => e.from));
  const out = p.nodes.map((_, i) => p.edges.filter((e) => e.from === i).map((e) => e.to));
  const row = new Map<number, number>();
  const column = (stage: string): number[] => p.nodes.flatMap((n, i) => (n.stage === stage ? [i] : []));
  const mean = (all: number[]): number => {
    const known = all.flatMap((i) => (row.has(i) ? [row.get(i) as number] : []));
    return known.length ? known.reduce((a, b) => a + b, 0) / known.length : 0;
  };
  let rows = 0;
  for (const s of column('server')) {
    const own = (out[s] ?? []).filter((i) => p.nodes[i]?.stage === 'location');
    for (const l of own) row.set(l, rows++);
    row.set(s, own.length ? mean(own) : rows++);
  }
  const spread = (stage: string, near: (i: number) => number[]): void => {
    let last = -1;
    for (const { i, y } of column(stage).map((i) => ({ i, y: mean(near(i)) })).sort((a, b) => a.y - b.y || a.i - b.i)) {
      last = Math.max(y, last + 1);
      row.set(i, last);
      rows = Math.max(rows, Math.ceil(last) + 1);
    }
  };
  for (const l of column('location')) if (!row.has(l)) row.set(l, rows++);
  spread('listen', (i) => out[i] ?? []);
  spread('upstream', (i) => into[i] ?? []);
  spread('peer', (i) => into[i] ?? []);
  spread('service', (i) => into[i] ?? []);
  rows = Math.max(1, rows);
  const spots: Spot[] = [];
  const columns: { text: string; x: number }[] = [];
  let x = 8;
  stages.forEach((stage, s) => {
    const all = column(stage);
    if (all.length === 0) return;
    const bar = stage === 'clients' || stage === 'kernel';
    const longest = Math.max(...all.map((i) => Math.max([...(p.nodes[i]?.label ?? '')].length, [...(p.nodes[i]?.note ?? '')].length * 0.9)));
    const w = bar ? 28 : Math.min(230, Math.max(90, longest * 7.25 + 18));
    columns.push({ text: heads[s] ?? '', x });
    for (const i of all) {
      const node = p.nodes[i] as PictureNode;
      const r = row.get(i) ?? 0;
      spots[i] = { node, row: r, x, w, y: bar ? top : top + r * step, h: bar ? rows * step - (step - height) : height };
    }
    x += w + gap;
  });
  return { spots, columns, width: x - gap + 8, height: top + rows * step };
}

const ranks: Severity[] = ['info', 'warning', 'error'];

export interface PictureActions { go(at: Place): void; finding(index: number): void }

export function pictureView(p: Picture, findings: Finding[], act: PictureActions): HTMLElement {
  const { spots, columns, width, height: tall } = layout(p);
  const worst = (all: number[]): string =>
    all.map((i) => findings[i]?.severity ?? 'info').sort((a, b) => ranks.indexOf(b) - ranks.indexOf(a))[0] ?? '';
  const details = h('div', { class: 'node-details', 'aria-live': 'polite' });
  const drawing = svg('svg', { width, height: tall, role: 'group', 'aria-label': `the way of connections through ${p.name}` });
  for (const c of columns) drawing.append(svg('text', { x: c.x, y: 16, class: 'head', 'aria-hidden': 'true' }, c.text));
  const middle = (s: Spot): number => s.y + s.h / 2;
  const shown = new Set<string>();
  for (const e of p.edges) {
    const a = spots[e.from];
    const b = spots[e.to];
    if (!a || !b) continue;
    const bar = (s: Spot): boolean => s.node.stage === 'clients' || s.node.stage === 'kernel';
    const y1 = bar(a) ? middle(b) : middle(a);
    const y2 = bar(b) ? middle(a) : middle(b);
    const x1 = a.x + a.w;
    const m = (x1 + b.x) / 2;
    const path = svg('path', { d: `M${x1} ${y1}C${m} ${y1} ${m} ${y2} ${b.x} ${y2}`, class: `edge ${e.state}` }, svg('title', {}, e.label || e.state));
    drawing.append(path);
    if (words[e.state]) shown.add(e.state);
  }
  const choose = (s: Spot, el: Element): void => {
    drawing.querySelectorAll('.chosen').forEach((x) => x.classList.remove('chosen'));
    el.classList.add('chosen');
    details.replaceChildren(
      h('h3', {}, s.node.label, s.node.at ? ' ' : null, s.node.at ? h('button', { type: 'button', class: 'link', click: () => act.go(s.node.at as Place) }, `${s.node.at.file}:${s.node.at.line}`) : null),
      h('ul', {}, ...s.node.findings.map((i) => h('li', {}, h('button', { type: 'button', class: 'link', click: () => act.finding(i) }, findings[i]?.message ?? '')))),
      h('ul', { class: 'facts' }, ...s.node.facts.map((f) => h('li', {}, h('code', {}, `${f.name} ${f.value}`), ` ${f.from}`))));
  };
  for (const s of spots) {
    if (!s) continue;
    const { node } = s;
    const bar = node.stage === 'clients' || node.stage === 'kernel';
    const found = node.findings.length;
    const box = svg('g', {
      class: `node ${worst(node.findings)}`, tabindex: 0, role: 'button',
      'aria-label': `${node.stage} ${node.label}${node.note ? `, ${node.note}` : ''}${found ? `, ${plural(found, 'finding')}` : ''}`,
    }, svg('rect', { x: s.x, y: s.y, width: s.w, height: s.h, rx: 4 }));
    if (bar) {
      box.append(svg('text', { x: 0, y: 0, transform: `translate(${s.x + 18} ${middle(s)}) rotate(-90)`, 'text-anchor': 'middle' }, cut(node.label, s.h + 14)));
    } else {
      box.append(svg('text', { x: s.x + 7, y: s.y + (node.note ? 15 : 22) }, cut(node.label, s.w)));
      if (node.note) box.append(svg('text', { x: s.x + 7, y: s.y + 29, class: 'note' }, cut(node.note, s.w)));
    }
    if (found) {
      box.append(svg('circle', { cx: s.x + s.w, cy: s.y, r: 8, class: 'badge' }), svg('text', { x: s.x + s.w, y: s.y + 4, class: 'count', 'text-anchor': 'middle' }, String(found)));
    }
    box.append(svg('title', {}, node.label));
    box.addEventListener('click', () => choose(s, box));
    box.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); choose(s, box); }
    });
    drawing.append(box);
  }
  return h('section', {},
    h('ul', { class: 'legend' }, ...[...shown].map((s) => h('li', {}, svg('svg', { width: 26, height: 8, 'aria-hidden': 'true' }, svg('path', { d: 'M0 4H26', class: `edge ${s}` })), ' ', words[s] ?? s))),
    h('div', { class: 'picture scroll', tabindex: 0, role: 'group', 'aria-label': 'picture' }, drawing),
    p.hidden > 0 && h('p', { class: 'dim' }, `not drawn: ${plural(p.hidden, 'location')} that ${p.hidden === 1 ? 'passes' : 'pass'} nothing on and in which nothing was found`),
    details);
}
