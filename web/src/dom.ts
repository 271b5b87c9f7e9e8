type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((e: Event) => void) | undefined>;

function fill<E extends Element>(el: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') el.addEventListener(name, value);
    else if (value !== undefined && value !== false) el.setAttribute(name, value === true ? '' : String(value));
  }
  for (const c of children) if (c) el.append(c);
  return el;
}

// h makes an element of HTML; a function among the attributes listens to the event of
// its name.
export const h = (name: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement =>
  fill(document.createElement(name), attributes, children);

// svg makes an element of SVG.
export const svg = (name: string, attributes: Attributes = {}, ...children: Child[]): SVGElement =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

export const byId = <E extends HTMLElement = HTMLElement>(id: string): E => document.getElementById(id) as E;

export const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

// say lets screen readers, and everybody else, read what has happened.
export function say(text: string): void { byId('status').textContent = text; }
