import { h } from './dom';
import type { Capacity, Limit } from './types';

const figure = (n: number): string => n.toLocaleString('en-US', { maximumFractionDigits: n < 100 ? 2 : 0 });
const share = (n: number, of: number | null): string => (of ? ` (${(100 * n / of).toFixed(1)} %)` : '');

function limit(l: Limit): HTMLElement {
  const row = (name: string, text: string): HTMLElement[] => (text ? [h('dt', {}, name), h('dd', {}, text)] : []);
  const subject = l.subject ? ` of ${l.subject}` : '';
  return h('article', { class: l.overrun ? 'limit error' : 'limit' },
    h('h3', {}, l.overrun ? h('span', { class: 'severity' }, 'too little: ') : null, `${l.title}${subject}: ${l.value === null ? 'not known' : `${figure(l.value)} ${l.unit}`}`),
    h('dl', {},
      ...row('missing', l.missing), ...row('from', l.from.join(', ')),
      ...row('reached', l.reached === null ? '' : `at ${figure(Math.floor(l.reached))} ${l.driver}`),
      ...row('by', l.formula),
      ...row('needs', l.needs === null ? '' : `${figure(Math.ceil(l.needs))}${share(l.needs, l.value)}${l.overrun ? ': more than there is' : ''}`),
      ...row('now', l.used === null ? '' : `${figure(l.used)}${share(l.used, l.value)}, by ${l.usedAt}`),
      ...row('note', l.note)));
}

export function capacityView(c: Capacity): HTMLElement {
  return h('div', {},
    h('p', { class: 'dim' }, `for requests of ${figure(c.latency * 1000)} ms${c.assumed ? ' (assumed)' : ''}`),
    ...c.hosts.map((host) => h('section', {}, host.name ? h('h2', {}, host.name) : null, ...host.limits.map(limit))));
}
