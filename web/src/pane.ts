import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, Transaction } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { h } from './dom';
import { language } from './language';

// Pane is an editor with a tab for each of its files.
export class Pane {
  private readonly states = new Map<string, EditorState>();
  private readonly view: EditorView;
  private readonly tabs: HTMLElement;
  private active = '';

  constructor(
    private readonly box: HTMLElement,
    private readonly label: string,
    private readonly main: string, // the file that is always there
    private readonly suggested: string, // a name for another one; empty if there are none
    private readonly changed: () => void,
    private readonly explain: (word: string) => void,
    private readonly next: (file: string, from: number) => void,
  ) {
    this.tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': `files of ${label}` });
    this.tabs.addEventListener('keydown', (e) => this.key(e));
    const parent = h('div', { class: 'editor' });
    box.append(this.tabs, parent);
    this.view = new EditorView({
      parent,
      dispatchTransactions: (all, view) => {
        view.update(all);
        if (this.active) this.states.set(this.active, view.state);
        if (all.some((t) => t.docChanged)) this.changed();
      },
    });
    this.load({ [main]: '' });
  }

  // load replaces all files.
  load(texts: Record<string, string>): void {
    this.states.clear();
    this.active = '';
    for (const [path, text] of Object.entries({ [this.main]: '', ...texts })) this.states.set(path, this.fresh(path, text));
    // What was never written to is not what a visitor wants to see first.
    this.open(texts[this.main] ? this.main : Object.keys(texts).find((p) => texts[p]) ?? this.main);
  }

  texts(): Record<string, string> {
    return Object.fromEntries([...this.states].map(([p, s]) => [p, s.doc.toString()]));
  }

  has(path: string): boolean { return this.states.has(path); }

  // replace gives a file another text, as one step that can be undone.
  replace(path: string, text: string): void {
    const state = this.states.get(path);
    if (!state) return;
    this.open(path);
    const old = state.doc.toString();
    let from = 0;
    while (from < old.length && from < text.length && old[from] === text[from]) from++;
    let end = 0;
    while (end < old.length - from && end < text.length - from && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
    this.view.dispatch({
      changes: { from, to: old.length - end, insert: text.slice(from, text.length - end) },
      annotations: Transaction.userEvent.of('input.patch'), scrollIntoView: true,
      selection: { anchor: from },
    });
  }

  mark(path: string, diagnostics: Diagnostic[]): void {
    const state = this.states.get(path);
    if (!state) return;
    const end = state.doc.length;
    const fit = diagnostics.map((d) => ({ ...d, from: Math.min(d.from, end), to: Math.min(d.to, end) }));
    if (path === this.active) this.view.dispatch(setDiagnostics(this.view.state, fit));
    else this.states.set(path, state.update(setDiagnostics(state, fit)).state);
    const tab = this.tabs.querySelector(`[data-path="${CSS.escape(path)}"]`);
    tab?.setAttribute('data-count', diagnostics.length ? String(diagnostics.length) : '');
  }

  // go shows a place of a file and puts the cursor there.
  go(path: string, from: number, to = from): void {
    this.open(path);
    const end = this.view.state.doc.length;
    this.view.dispatch({
      selection: { anchor: Math.min(from, end), head: Math.min(to, end) },
      effects: EditorView.scrollIntoView(Math.min(from, end), { y: 'center' }),
    });
    this.view.focus();
    this.box.scrollIntoView({ block: 'nearest' });
  }

  goLine(path: string, line: number): void {
    const doc = this.states.get(path)?.doc;
    if (!doc || line < 1) return;
    const at = doc.line(Math.min(line, doc.lines));
    this.go(path, at.from, at.to);
  }

  add(path: string, text = ''): void {
    if (!this.states.has(path)) this.states.set(path, this.fresh(path, text));
    this.open(path);
    this.changed();
  }

  private fresh(path: string, text: string): EditorState {
    return EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), lintGutter(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), indentUnit.of('    '),
        EditorState.tabSize.of(8), language(path),
        EditorView.contentAttributes.of({ 'aria-label': `${this.label}: ${path}`, spellcheck: 'false' }),
        // Tab indents; Escape and then Tab leaves the editor.
        keymap.of([{ key: 'F1', run: (view) => this.word(view) }, { key: 'F8', run: (view) => this.following(view) }, ...lintKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
      ],
    });
  }

  // following goes to the next finding, in another file if there is none here.
  private following(view: EditorView): boolean {
    this.next(this.active, view.state.selection.main.from);
    return true;
  }

  // word explains the name at the cursor, or at the beginning of what is selected.
  private word(view: EditorView): boolean {
    const at = view.state.selection.main.from;
    const line = view.state.doc.lineAt(at);
    const before = /[\w./-]*$/.exec(line.text.slice(0, at - line.from))?.[0] ?? '';
    const after = /^[\w./-]*/.exec(line.text.slice(at - line.from))?.[0] ?? '';
    if (before + after) this.explain(before + after);
    return true;
  }

  private open(path: string): void {
    const state = this.states.get(path);
    if (!state) return;
    if (path !== this.active) {
      this.active = path;
      this.view.setState(state);
    }
    this.drawTabs();
  }

  private drawTabs(): void {
    const counts = new Map([...this.tabs.querySelectorAll<HTMLElement>('[role=tab]')].map((t) => [t.dataset.path, t.dataset.count]));
    const had = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren();
    for (const path of this.states.keys()) {
      const selected = path === this.active;
      const tab = h('button', {
        type: 'button', role: 'tab', 'aria-selected': String(selected), tabindex: selected ? 0 : -1,
        'data-path': path, 'data-count': counts.get(path) ?? '', click: () => this.open(path),
      }, path);
      this.tabs.append(tab);
      if (selected && had) tab.focus();
    }
    if (!this.suggested) return;
    if (this.active !== this.main) {
      const path = this.active;
      this.tabs.append(h('button', {
        type: 'button', class: 'small', 'aria-label': `remove ${path}`, title: `remove ${path}`,
        click: () => { this.states.delete(path); this.active = ''; this.open(this.main); this.changed(); },
      }, '\u00d7'));
    }
    this.tabs.append(h('button', { type: 'button', class: 'small', 'aria-label': `add a file to ${this.label}`, title: 'add a file', click: () => this.ask() }, '+'));
  }

  // ask asks for the name of another file.
  private ask(): void {
    const input = h('input', { type: 'text', value: this.suggested, 'aria-label': 'name of the new file', size: 16 }) as HTMLInputElement;
    const form = h('form', {
      class: 'name',
      submit: (e) => {
        e.preventDefault();
        const path = input.value.trim().replace(/^\/+/, '');
        if (path) this.add(path);
        else this.drawTabs();
      },
      keydown: (e) => { e.stopPropagation(); if ((e as KeyboardEvent).key === 'Escape') this.drawTabs(); },
    }, input, h('button', { type: 'submit' }, 'add'));
    this.tabs.append(form);
    input.select();
    input.focus();
  }

  private key(e: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step || (e.target as HTMLElement).getAttribute('role') !== 'tab') return;
    const all = [...this.states.keys()];
    const next = all[(all.indexOf(this.active) + step + all.length) % all.length];
    if (next) this.open(next);
    e.preventDefault();
  }
}
