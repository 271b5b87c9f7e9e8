import { diffView } from './diff';
import { h } from './dom';
import { placeLink } from './findings';
import type { Answer, Diagnosed, Place } from './types';

export interface DiagnosisActions {
  go(at: Place): void;
  goLine(file: string, line: number): void;
  explain(id: string): void;
}

const list = (title: string, items: (Node | string)[]): HTMLElement | null =>
  items.length === 0 ? null : h('div', {}, h('h4', {}, title), h('ul', {}, ...items.map((i) => h('li', {}, i))));

function answer(a: Answer, act: DiagnosisActions): HTMLElement {
  return h('article', { class: `answer ${a.certainty}` },
    h('h3', {}, h('span', { class: 'severity' }, a.certainty), ' ', a.title),
    a.message !== a.title && h('p', { class: 'message' }, a.message),
    list('what shows it', a.evidence.map((e) => h('div', {}, e.says,
      e.file ? h('div', { class: 'scroll' }, h('button', { type: 'button', class: 'link', click: () => act.goLine(e.file, e.line) }, `${e.file}:${e.line}`), ' ', h('code', {}, e.text)) : null))),
    list('where it stands', a.places.map((p) => h('div', {}, p.message, ' ', p.at ? placeLink(p.at, act) : null))),
    list('what it is not', a.excluded.map(([id, why]) => `${id}: ${why}`)),
    list('what else it could be', a.open),
    list('what decides', a.decide.map((d) => h('code', {}, d))),
    a.cure ? h('p', {}, h('strong', {}, 'Cure: '), a.cure) : null,
    a.diff ? diffView(a.diff) : null,
    a.cured ? h('p', { class: 'dim' }, `Cured when: ${a.cured}`) : null,
    h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'link', click: () => act.explain(a.cause) }, `why: ${a.cause}`),
      a.rule ? h('button', { type: 'button', class: 'link', click: () => act.explain(a.rule ?? '') }, `rule: ${a.rule}`) : null));
}

export function diagnosisView(d: Diagnosed, act: DiagnosisActions): HTMLElement {
  return h('div', {},
    d.answers.length === 0 && h('p', {}, 'No cause was found in what the machine printed.'),
    ...d.answers.map((a) => answer(a, act)),
    list('normal, though it may not look so', d.normal),
    list('not used', d.notUsed),
    d.notLooked.length > 0 && h('details', {}, h('summary', {}, `what could not be looked for (${d.notLooked.length})`),
      h('ul', {}, ...d.notLooked.map((n) => h('li', {}, `${n.title}: `, ...n.try.flatMap((t, i) => [i ? ', ' : '', h('code', {}, t)]))))));
}
