import type { Diagnostic } from '@codemirror/lint';
import { capacityView } from './capacity';
import { diagnosisView } from './diagnosis';
import { diffView } from './diff';
import { byId, h, plural, say } from './dom';
import { ask, ready } from './engine';
import { examples } from './examples';
import { explainedView } from './explained';
import { type Actions, findingsView } from './findings';
import { Pane } from './pane';
import { pictureView } from './picture';
import { longest, pack, unpack } from './share';
import { shownView } from './shown';
import { show, views } from './views';
import type { Capacity, Checked, Diagnosed, Explained, Finding, Patched, Place, Shown, State } from './types';

import './style.css';

let checked: Checked | undefined;
let loading = false; // while files are put in, nothing is checked
const edited = (): void => {
  if (loading) return;
  byId<HTMLSelectElement>('example').value = ''; // it is no example any more
  later();
};

// next shows the finding that follows a place: in its file, then in the files after it.
function next(file: string, from: number): void {
  const order = panes.flatMap((p) => Object.keys(p.texts()));
  const all = (checked?.findings ?? []).flatMap((f) => (f.at && order.includes(f.at.file) ? [f.at] : []));
  all.sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.from - b.from);
  const after = all.find((at) => order.indexOf(at.file) > order.indexOf(file) || at.file === file && at.from > from) ?? all[0];
  if (after) go(after);
  else say('there is no finding');
}

const nginx = new Pane(byId('nginx'), 'nginx', 'nginx.conf', 'conf.d/app.conf', edited, (id) => void explain(id), next);
const sysctl = new Pane(byId('sysctl'), 'kernel settings', 'sysctl.conf', '', edited, (id) => void explain(id), next);
const machine = new Pane(byId('machine'), 'what the machine printed', 'output.txt', 'error.log', edited, (id) => void explain(id), next);
const panes = [nginx, sysctl, machine];
const server = byId<HTMLInputElement>('server');
const kernel = byId<HTMLInputElement>('kernel');

const filled = (texts: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(texts).filter(([, t]) => t.trim()));
const state = (): State => ({
  files: filled({ ...nginx.texts(), ...sysctl.texts() }), evidence: filled(machine.texts()),
  server: server.value.trim(), kernel: kernel.value.trim(),
});

function put(s: State): void {
  loading = true;
  const { 'sysctl.conf': settings = '', ...rest } = s.files;
  nginx.load(rest);
  sysctl.load({ 'sysctl.conf': settings });
  machine.load(s.evidence);
  server.value = s.server;
  kernel.value = s.kernel;
  loading = false;
  byId('patched').replaceChildren();
  later(0);
}

const go = (at: Place): void => panes.find((p) => p.has(at.file))?.go(at.file, at.from, at.to);
const goLine = (file: string, line: number): void => panes.find((p) => p.has(file))?.goLine(file, line);

async function explain(id: string): Promise<void> {
  show('explain');
  byId<HTMLInputElement>('name').value = id;
  try {
    byId('explained').replaceChildren(explainedView(await ask<Explained>({ op: 'explain', id }), (other) => void explain(other)));
    say(`${id} is explained`);
  } catch (e) {
    byId('explained').replaceChildren(h('p', {}, String((e as Error).message)));
    say((e as Error).message);
  }
}

// limits works out the capacity, while somebody looks at it.
async function limits(): Promise<void> {
  if (byId('capacity').hidden) return;
  if (!byId('limits').hasChildNodes()) byId('limits').replaceChildren(h('p', { class: 'dim' }, 'It is being worked out; more of the engine is loaded for it.'));
  const number = (id: string): number => Number(byId<HTMLInputElement>(id).value) || 0;
  try {
    const c = await ask<Capacity>({ op: 'capacity', ...state(), rate: number('rate'), clients: number('clients'), latency: number('latency') / 1000 });
    byId('limits').replaceChildren(capacityView(c));
    say('the capacity is worked out');
  } catch (e) {
    byId('limits').replaceChildren(h('p', { class: 'failed' }, (e as Error).message));
    say((e as Error).message);
  }
}

// make puts a patch into the editors, where it can be undone, and shows what it did.
function make(p: Patched, what: string): void {
  if (p.changes.length === 0) {
    say(`nothing was changed: ${p.dropped[0] ?? 'there is no patch for it'}`);
    return;
  }
  for (const c of p.changes) panes.find((x) => x.has(c.file))?.replace(c.file, c.text);
  byId('patched').replaceChildren(h('details', { open: true }, h('summary', {}, `${what}; undo with Ctrl+Z in the editor`), diffView(p.diff)));
  say(what);
}

async function tried(work: () => Promise<void>): Promise<void> {
  try { await work(); } catch (e) { say((e as Error).message); }
}

const actions: Actions = {
  go, explain: (id) => void explain(id),
  preview: (finding) => ask<Patched>({ op: 'patch', ...state(), finding }),
  apply: (finding) => void tried(async () => {
    const what = checked?.findings[finding]?.fix ?? '';
    make(await ask<Patched>({ op: 'patch', ...state(), finding }), `patched: ${what}`);
  }),
  fixAll: () => void tried(async () => {
    const p = await ask<Patched>({ op: 'fix', ...state() });
    make(p, `${plural(p.applied, 'safe patch').replace('patchs', 'patches')} applied`);
  }),
};

function diagnostic(f: Finding, i: number): Diagnostic {
  const at = f.at as Place;
  return {
    from: at.from, to: at.to, severity: f.severity, message: f.message, source: f.rule,
    actions: [
      ...(f.fix && f.safety !== 'shown' ? [{ name: 'apply the patch', apply: () => actions.apply(i) }] : []),
      { name: 'why', apply: () => actions.explain(f.rule) },
    ],
  };
}

async function check(): Promise<void> {
  await ready;
  const s = state();
  const begun = performance.now();
  checked = await ask<Checked>({ op: 'check', ...s });
  byId('time').textContent = `checked in ${Math.max(1, Math.round(performance.now() - begun))} ms`;
  const { findings } = checked;
  for (const pane of panes) {
    for (const path of Object.keys(pane.texts())) {
      pane.mark(path, findings.flatMap((f, i) => (f.at?.file === path ? [diagnostic(f, i)] : [])));
    }
  }
  const empty = Object.keys(s.files).length === 0;
  byId('findings').replaceChildren(empty ? h('p', {}, 'Write or paste an nginx.conf, or choose an example.') : findingsView(checked, actions));
  byId('tab-findings').dataset.count = findings.length ? String(findings.length) : '';
  byId('picture').replaceChildren(...checked.pictures.map((p) => pictureView(p, findings, {
    go, finding: (i) => { show('findings'); byId(`finding-${i}`).scrollIntoView({ block: 'center' }); },
  })));
  const shown = await ask<Shown[]>({ op: 'show', ...s });
  byId('show').replaceChildren(shownView(shown, { goLine, explain: actions.explain }));
  await limits();
  const verdict = empty ? 'nothing to check' : findings.length ? plural(findings.length, 'finding') : 'nothing was found';
  say(verdict);
  if (Object.keys(s.evidence).length === 0) {
    byId('diagnosis').replaceChildren(h('p', {}, 'Paste what ss, netstat, nstat or dmesg printed, or lines of an error log, and this says what causes it. Counters want two readings, in files named before and after.'));
    byId('tab-diagnosis').dataset.count = '';
    return;
  }
  const d = await ask<Diagnosed>({ op: 'diagnose', ...s });
  say(d.answers.length ? `${verdict}, ${plural(d.answers.length, 'cause')}` : verdict); // in place of what was said while more was loaded
  byId('diagnosis').replaceChildren(diagnosisView(d, { go, goLine, explain: actions.explain }));
  byId('tab-diagnosis').dataset.count = d.answers.length ? String(d.answers.length) : '';
}

// Texts are checked a moment after they changed, one check at a time.
let timer = 0;
let running = false;
let again = false;
function later(wait = 150): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void run(), wait);
}
async function run(): Promise<void> {
  if (running) { again = true; return; }
  running = true;
  try {
    await check();
  } catch (e) {
    byId('findings').replaceChildren(h('p', { class: 'failed' }, (e as Error).message));
    say((e as Error).message);
  }
  running = false;
  document.body.dataset.checks = String(Number(document.body.dataset.checks ?? 0) + 1);
  if (again) { again = false; later(0); }
}

async function share(): Promise<void> {
  const fragment = await pack(state());
  const box = byId('shared');
  if (fragment.length > longest) {
    box.replaceChildren(h('p', {}, `This is too much for a link: ${fragment.length} characters of at most ${longest}.`));
    return;
  }
  history.replaceState(null, '', fragment);
  const link = h('input', { type: 'text', readonly: true, value: location.href, 'aria-label': 'link' }) as HTMLInputElement;
  box.replaceChildren(h('p', {}, 'The link holds all that you have entered; whoever has it can read it. It is not sent anywhere.'), link,
    h('button', { type: 'button', click: () => void navigator.clipboard.writeText(link.value).then(() => say('copied'), () => link.select()) }, 'copy'),
    h('button', { type: 'button', click: () => box.replaceChildren() }, 'close'));
  link.select();
  say('the link is ready');
}

function themes(): void {
  const names = ['auto', 'dark', 'light'];
  let theme = 'auto';
  try { theme = localStorage.getItem('tcplint-theme') ?? 'auto'; } catch { /* a page without storage */ }
  const set = (name: string): void => {
    theme = names.includes(name) ? name : 'auto';
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    byId('theme').textContent = `theme: ${theme}`;
  };
  set(theme);
  byId('theme').addEventListener('click', () => {
    set(names[(names.indexOf(theme) + 1) % names.length] ?? 'auto');
    try { localStorage.setItem('tcplint-theme', theme); } catch { /* it is forgotten */ }
  });
}

async function begin(): Promise<void> {
  themes();
  views();
  const choice = byId<HTMLSelectElement>('example');
  examples.forEach((e, i) => choice.append(h('option', { value: i }, e.title)));
  choice.addEventListener('change', () => {
    const e = examples[Number(choice.value)];
    if (choice.value !== '' && e) put(e.state);
  });
  for (const input of [server, kernel]) input.addEventListener('input', edited);
  byId('asked').addEventListener('submit', (e) => {
    e.preventDefault();
    const id = byId<HTMLInputElement>('name').value.trim();
    if (id) void explain(id);
  });
  byId('load').addEventListener('submit', (e) => { e.preventDefault(); });
  byId('load').addEventListener('input', () => void limits());
  document.addEventListener('view', () => void limits());
  byId('share').addEventListener('click', () => void tried(share));
  const open = async (): Promise<boolean> => {
    const s = await unpack(location.hash);
    if (s) put(s);
    return s !== undefined;
  };
  window.addEventListener('hashchange', () => void open());
  say('the engine is being loaded');
  const shared = await open();
  if (!shared && location.hash.length > 1) byId('shared').replaceChildren(h('p', {}, 'The link is damaged or incomplete: nothing could be read from it.'));
  if (!shared && examples[0]) {
    choice.value = '0';
    put(examples[0].state);
  }
}

begin().catch((e: unknown) => byId('findings').replaceChildren(h('p', { class: 'failed' }, `The engine could not be started: ${String(e)}`)));
