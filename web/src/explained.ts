import { h } from './dom';
import type { Explained } from './types';

export function explainedView(e: Explained): HTMLElement {
  return h('article', {},
    h('h2', {}, e.id), h('p', {}, h('strong', {}, e.title), e.severity ? ` (${e.severity})` : null),
    ...e.why.split(/\n\s*\n/).map((p) => (/^\s{2,}/.test(p) ? h('pre', {}, p) : h('p', {}, p))),
    e.cure ? h('p', {}, h('strong', {}, 'Cure: '), e.cure) : null,
    ...e.examples.slice(0, 3).flatMap((x) => [
      h('h3', {}, x.name ? `with the fault: ${x.name}` : 'with the fault'), h('pre', { tabindex: 0 }, x.bad),
      h('h3', {}, 'without it'), h('pre', { tabindex: 0 }, x.good),
    ]),
    e.refs.length > 0 && h('h3', {}, 'References'),
    h('ul', {}, ...e.refs.map((r) => h('li', {}, h('a', { href: r, rel: 'noreferrer' }, r)))),
    e.docs ? h('p', {}, h('a', { href: e.docs, rel: 'noreferrer' }, 'the page about this rule')) : null);
}
