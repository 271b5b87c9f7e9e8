import { h } from './dom';
import type { Shown, Value } from './types';

// place makes "file:line:column" a button, and leaves the rest as it is.
function origin(from: string, go: (file: string, line: number) => void): Node {
  const m = /^([^\s:]+):(\d+)(?::\d+)?/.exec(from);
  if (!m?.[1]) return document.createTextNode(from);
  const [all, file, line] = m;
  return h('span', {}, h('button', { type: 'button', class: 'link', click: () => go(file ?? '', Number(line)) }, `${file}:${line}`), from.slice(all.length));
}

export interface ShownActions { goLine(file: string, line: number): void; explain(id: string): void }

// Names of headers and the like are none that can be explained.
const explicable = (name: string): boolean => /^[a-z0-9_]+$|^[a-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/.test(name);

function table(caption: string, values: Value[], act: ShownActions): HTMLElement | null {
  if (values.length === 0) return null;
  return h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': caption }, h('table', {}, h('caption', {}, caption),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'setting'), h('th', { scope: 'col' }, 'value'), h('th', { scope: 'col' }, 'from'))),
    h('tbody', {}, ...values.map((v) => h('tr', {}, h('th', { scope: 'row' },
      explicable(v.name) ? h('button', { type: 'button', class: 'link', title: `what is ${v.name}?`, click: () => act.explain(v.name) }, v.name) : v.name),
      h('td', {}, v.value), h('td', {}, origin(v.from, act.goLine)))))));
}

export function shownView(hosts: Shown[], act: ShownActions): HTMLElement {
  if (hosts.length === 0) return h('p', {}, 'There is nothing to show yet.');
  return h('div', {}, ...hosts.map((host) => h('section', {},
    h('p', { class: 'dim' }, `for ${host.nginx}, ${host.kernel}`),
    ...host.upstreams.map((u) => h('section', {}, h('h3', {}, `upstream ${u.name}`),
      h('ul', {}, ...u.servers.map((s) => h('li', {}, `server ${s}`))), table('pool', [u.pool], act))),
    ...host.locations.map((l) => h('section', {}, h('h3', {}, l.path.join(' \u203a ')),
      h('p', {}, `${l.pass.name} ${l.pass.value}: goes to ${l.target} (`, origin(l.pass.from, act.goLine), ')'),
      table('settings in force', l.settings, act), table('the backend gets', l.headers, act))),
    table('kernel settings in force', host.sysctl, act),
    host.unseen.length > 0 && h('p', {}, `not seen: ${host.unseen.join('; ')}`))));
}
