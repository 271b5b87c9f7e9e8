import { h } from './dom';

// diffView shows a unified diff. The signs stay, so that colour is not all that tells.
export function diffView(diff: string): HTMLElement {
  const pre = h('pre', { class: 'diff', tabindex: 0, 'aria-label': 'the patch as a diff' });
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('diff ')) continue;
    const kind = /^(\+\+\+|---|@@)/.test(line) ? 'head' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : '';
    pre.append(h('span', { class: kind }, line + '\n'));
  }
  return pre;
}
