import { h } from './dom';
import type { Explained, Form, Spoken } from './types';

const link = (address: string): HTMLElement => h('a', { href: address, rel: 'noreferrer' }, address);

const spoken = (s: Spoken): string => (s.versions && !s.versions.startsWith('every ') ? `${s.value} (${s.versions})` : s.value);

// form is what one module of nginx says of a directive, or the kernel of a key.
function form(f: Form): HTMLElement {
  const row = (name: string, ...all: (Node | string)[]): (Node | null)[] =>
    all.filter((x) => x !== '').flatMap((x, i) => [h('dt', {}, i ? '' : name), h('dd', {}, x)]);
  return h('section', {},
    f.module ? h('h3', {}, f.module) : null,
    h('dl', {},
      ...row('meaning', f.meaning), ...row('takes', f.takes), ...row('unit', f.unit),
      ...row('default', ...(f.defaults ?? []).map(spoken)), ...row('accepts', ...(f.limits ?? []).map(spoken)),
      ...row('contexts', (f.contexts ?? []).join(', ')), ...row('scope', f.scope), ...row('versions', f.versions),
      ...row('changes', ...(f.changes ?? []).map((c) => `${c.version}: ${c.what}`)),
      ...row('source', f.source ? link(f.source) : '')));
}

export function explainedView(e: Explained, explain: (id: string) => void): HTMLElement {
  return h('article', {},
    h('h2', {}, e.id), h('p', {}, h('strong', {}, e.title), e.severity ? ` (${e.severity})` : null),
    ...(e.forms ?? []).map(form),
    e.rules?.length ? h('div', {}, h('h3', {}, 'Rules that speak of it'), h('ul', {}, ...e.rules.map((id) =>
      h('li', {}, h('button', { type: 'button', class: 'link', click: () => explain(id) }, id))))) : null,
    ...(e.why ? e.why.split(/\n\s*\n/) : []).map((p) => (/^\s{2,}/.test(p) ? h('pre', {}, p) : h('p', {}, p))),
    e.cure ? h('p', {}, h('strong', {}, 'Cure: '), e.cure) : null,
    ...e.examples.slice(0, 3).flatMap((x) => [
      h('h3', {}, x.name ? `with the fault: ${x.name}` : 'with the fault'), h('pre', { tabindex: 0 }, x.bad),
      h('h3', {}, 'without it'), h('pre', { tabindex: 0 }, x.good),
    ]),
    e.refs.length > 0 && h('h3', {}, 'References'),
    e.refs.length > 0 && h('ul', {}, ...e.refs.map((r) => h('li', {}, link(r)))),
    e.docs ? h('p', {}, h('a', { href: e.docs, rel: 'noreferrer' }, 'the page about this rule')) : null);
}
