// Colours for nginx configuration and kernel settings. What is what is decided by the
// engine; this is only paint.
import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StreamParser } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

const nginx: StreamParser<{ first: boolean }> = {
  name: 'nginx',
  startState: () => ({ first: true }),
  token(s, state) {
    if (s.eatSpace()) return null;
    if (s.match(/^#.*/)) return 'comment';
    if (s.match(/^[{};]/)) { state.first = true; return 'bracket'; }
    if (s.match(/^"(?:[^"\\]|\\.)*"?|^'(?:[^'\\]|\\.)*'?/)) { state.first = false; return 'string'; }
    if (state.first && s.match(/^[^\s;{}"'#]+/)) { state.first = false; return 'keyword'; }
    if (s.match(/^\$\{?\w+\}?/)) return 'variableName';
    if (s.match(/^\d+(?:ms|[smhdwMykKgG])?(?=[\s;])/)) return 'number';
    s.next();
    s.match(/^[^\s;{}"'$]*/);
    return null;
  },
  languageData: { commentTokens: { line: '#' } },
};

const sysctl: StreamParser<{ value: boolean }> = {
  name: 'sysctl',
  startState: () => ({ value: false }),
  token(s, state) {
    if (s.sol()) state.value = false;
    if (s.eatSpace()) return null;
    if (!state.value && s.match(/^[#;].*/)) return 'comment';
    if (s.match(/^=/)) { state.value = true; return 'bracket'; }
    if (!state.value && s.match(/^[^=\s]+/)) return 'keyword';
    if (s.match(/^\d+/)) return 'number';
    s.next();
    return null;
  },
  languageData: { commentTokens: { line: '#' } },
};

const paint = syntaxHighlighting(HighlightStyle.define([
  { tag: tags.comment, class: 'tok-comment' },
  { tag: tags.keyword, class: 'tok-keyword' },
  { tag: tags.string, class: 'tok-string' },
  { tag: tags.number, class: 'tok-number' },
  { tag: tags.variableName, class: 'tok-variable' },
  { tag: tags.bracket, class: 'tok-bracket' },
]));

const languages = { nginx: StreamLanguage.define(nginx), sysctl: StreamLanguage.define(sysctl) };

// language is that of a file by its name.
export function language(path: string): Extension {
  if (/\.conf$/.test(path)) return [/sysctl/.test(path) ? languages.sysctl : languages.nginx, paint];
  return [];
}
