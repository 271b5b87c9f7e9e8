import { byId } from './dom';

const names = ['findings', 'picture', 'show', 'explain', 'diagnosis', 'capacity'];
const tab = (name: string): HTMLElement => byId(`tab-${name}`);

const shown = (name: string): void => { document.dispatchEvent(new CustomEvent('view', { detail: name })); };

// show brings one of the views to the front, and tells the document by an event "view".
export function show(name: string): void {
  for (const n of names) {
    byId(n).hidden = n !== name;
    tab(n).setAttribute('aria-selected', String(n === name));
    tab(n).tabIndex = n === name ? 0 : -1;
  }
  shown(name);
}

export function views(): void {
  names.forEach((n, i) => {
    tab(n).addEventListener('click', () => show(n));
    tab(n).addEventListener('keydown', (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      const next = names[(i + step + names.length) % names.length] ?? 'findings';
      show(next);
      tab(next).focus();
      e.preventDefault();
    });
  });
}
