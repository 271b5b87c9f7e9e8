import { diffView } from './diff';
import { h, plural } from './dom';
import type { Checked, Finding, Note, Patched, Place } from './types';

export interface Actions {
  go(at: Place): void;
  preview(finding: number): Promise<Patched>;
  apply(finding: number): void;
  fixAll(): void;
  explain(id: string): void;
}

const refused = (p: Patched): string => p.dropped[0] ?? 'nothing would change';

export function placeLink(at: Place, a: Pick<Actions, 'go'>): HTMLElement {
  return h('button', { type: 'button', class: 'link', click: () => a.go(at) }, `${at.file}:${at.line}`);
}

function note(n: Note, a: Actions): HTMLElement {
  return h('li', {}, n.message, n.at ? ' \u2013 ' : null, n.at ? placeLink(n.at, a) : null);
}

function card(f: Finding, index: number, a: Actions): HTMLElement {
  const patch = h('div', { class: 'patch' });
  const buttons = h('p', { class: 'buttons' });
  if (f.fix && f.safety !== 'shown') {
    buttons.append(h('button', {
      type: 'button', 'aria-expanded': 'false', class: 'see',
      click: async (e) => {
        const button = e.currentTarget as HTMLElement;
        if (patch.hasChildNodes()) {
          patch.replaceChildren();
          button.setAttribute('aria-expanded', 'false');
          return;
        }
        try {
          const p = await a.preview(index);
          patch.replaceChildren(p.diff ? diffView(p.diff) : h('p', {}, `no patch: ${refused(p)}`));
        } catch (e) {
          patch.replaceChildren(h('p', {}, String(e)));
        }
        button.setAttribute('aria-expanded', 'true');
      },
    }, 'show the patch'));
    buttons.append(h('button', { type: 'button', class: 'apply', click: () => a.apply(index) }, 'apply'));
  }
  buttons.append(h('button', { type: 'button', class: 'link', click: () => a.explain(f.rule) }, `why: ${f.rule}`));
  return h('article', { class: `finding ${f.severity}`, id: `finding-${index}` },
    h('h3', {}, h('span', { class: 'severity' }, f.severity), ' ', f.at ? placeLink(f.at, a) : null),
    h('p', { class: 'message' }, f.message),
    f.notes.length > 0 && h('ul', { class: 'notes' }, ...f.notes.map((n) => note(n, a))),
    f.versions ? h('p', { class: 'dim' }, `holds for ${f.versions}`) : null,
    f.fix ? h('p', { class: 'fix' }, `patch (${f.safety}): ${f.fix}`) : null,
    buttons, patch);
}

export function findingsView(c: Checked, a: Actions): HTMLElement {
  const count = (s: string): number => c.findings.filter((f) => f.severity === s).length;
  const safe = c.findings.filter((f) => f.safety === 'safe').length;
  const summary = c.findings.length === 0 ? 'Nothing was found.'
    : ['error', 'warning', 'info'].filter(count).map((s) => plural(count(s), s)).join(', ');
  return h('div', {},
    h('p', { class: 'summary' }, h('strong', {}, summary), ' ',
      c.suppressed > 0 && `${c.suppressed} silenced by comments. `,
      safe > 0 && h('button', { type: 'button', id: 'fix-all', click: () => a.fixAll() }, `apply ${plural(safe, 'safe patch').replace('patchs', 'patches')}`)),
    ...c.messages.map((m) => h('p', { class: 'dim' }, m)),
    ...c.findings.map((f, i) => card(f, i, a)),
    c.notChecked.length > 0 && h('details', {},
      h('summary', {}, `not looked at (${c.notChecked.length})`), h('ul', {}, ...c.notChecked.map((n) => note(n, a)))));
}
