import { h } from './dom';
import type { Shown, Value } from './types';

// place makes "file:line:column" a button, and leaves the rest as it is.
function origin(from: string, go: (file: string, line: number) => void): Node {
  const m = /^([^\s:]+):(\d+)(?::\d+)?/.exec(from);
  if (!m?.[1]) return document.createTextNode(from);
  const [all, file, line] = m;
  return h('span', {}, h('button', { type: 'button', class: 'link', click: () => go(file ?? '', Number(line)) }, `${file}:${line}`), from.slice(all.length));
}

function table(caption: string, values: Value[], go: (file: string, line: number) => void): HTMLElement | null {
  if (values.length === 0) return null;
  return h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': caption }, h('table', {}, h('caption', {}, caption),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'setting'), h('th', { scope: 'col' }, 'value'), h('th', { scope: 'col' }, 'from'))),
    h('tbody', {}, ...values.map((v) => h('tr', {}, h('th', { scope: 'row' }, v.name), h('td', {}, v.value), h('td', {}, origin(v.from, go)))))));
}

export function shownView(hosts: Shown[], go: (file: string, line: number) => void): HTMLElement {
  if (hosts.length === 0) return h('p', {}, 'There is nothing to show yet.');
  return h('div', {}, ...hosts.map((host) => h('section', {},
    h('p', { class: 'dim' }, `for ${host.nginx}, ${host.kernel}`),
    ...host.upstreams.map((u) => h('section', {}, h('h3', {}, `upstream ${u.name}`),
      h('ul', {}, ...u.servers.map((s) => h('li', {}, `server ${s}`))), table('pool', [u.pool], go))),
    ...host.locations.map((l) => h('section', {}, h('h3', {}, l.path.join(' \u203a ')),
      h('p', {}, `${l.pass.name} ${l.pass.value}: goes to ${l.target} (`, origin(l.pass.from, go), ')'),
      table('settings in force', l.settings, go), table('the backend gets', l.headers, go))),
    table('kernel settings in force', host.sysctl, go),
    host.unseen.length > 0 && h('p', {}, `not seen: ${host.unseen.join('; ')}`))));
}
