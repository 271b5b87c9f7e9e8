'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId('data').textContent);
  // By their numbers, which the picture knows; they stand on the page by severity.
  const articles = [...document.querySelectorAll('article.finding')].sort((a, b) => a.id.slice(1) - b.id.slice(1));
  const ranks = { info: 0, warning: 1, error: 2 };

  // ---- theme ----------------------------------------------------------------
  const themes = ['auto', 'dark', 'light'];
  const setTheme = (name) => {
    if (name === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    byId('theme').textContent = 'theme: ' + name;
  };
  let theme = 'auto';
  try { // a page opened from a file may have no storage
    const kept = localStorage.getItem('tcplint-theme');
    if (themes.includes(kept)) theme = kept;
  } catch { /* then it is forgotten */ }
  setTheme(theme);
  byId('theme').addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    setTheme(theme);
    try { localStorage.setItem('tcplint-theme', theme); } catch { /* it is forgotten */ }
  });

  const plural = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

  // ---- findings and their filters ---------------------------------------------
  const findings = articles.map((article) => ({
    article,
    rule: article.dataset.rule,
    severity: article.dataset.severity,
    file: article.closest('section.file').dataset.file,
    passes: true,
  }));
  let selection = null; // {title, note, facts, findings: Set, lit: Set of keys, key}

  const options = (select, values) => {
    const counts = new Map();
    for (const v of values) counts.set(v, (counts.get(v) || 0) + 1);
    for (const v of [...counts.keys()].sort()) {
      const option = document.createElement('option');
      option.value = v;
      option.textContent = `${v} (${counts.get(v)})`;
      select.append(option);
    }
  };
  options(byId('rule'), findings.map((f) => f.rule));
  options(byId('file'), findings.map((f) => f.file));

  const filter = () => {
    const rule = byId('rule').value;
    const file = byId('file').value;
    const severities = new Set([...document.querySelectorAll('input[name=severity]:checked')].map((i) => i.value));
    for (const f of findings) {
      f.passes = (!rule || f.rule === rule) && (!file || f.file === file) && severities.has(f.severity);
    }
  };
  const list = () => {
    let shown = 0;
    findings.forEach((f, i) => {
      const here = f.passes && (!selection || selection.findings.has(i));
      f.article.hidden = !here;
      if (here) shown++;
    });
    for (const section of document.querySelectorAll('section.file')) {
      section.hidden = !section.querySelector('article:not([hidden])');
    }
    if (selection) {
      const found = passing([...selection.findings]).length;
      byId('selection-note').textContent = [selection.note, found ? plural(found, 'finding') : 'nothing was found here, or it is filtered'].filter(Boolean).join(' \u00b7 ');
    }
    byId('count').textContent = shown === findings.length ? `${shown} shown` : `${shown} of ${findings.length} shown`;
  };
  const passing = (all) => all.filter((i) => findings[i] && findings[i].passes);
  const worst = (all) => all.reduce((w, i) => (w === '' || ranks[findings[i].severity] > ranks[w] ? findings[i].severity : w), '');

  const refresh = () => {
    filter();
    if (topology) topology.draw();
    list();
  };
  for (const input of byId('filters').querySelectorAll('select, input')) input.addEventListener('change', refresh);

  // ---- the picture ------------------------------------------------------------
  const stages = ['clients', 'listen', 'server', 'location', 'upstream', 'peer', 'service', 'kernel'];
  const heads = ['clients', 'listens on', 'servers', 'locations', 'upstreams', 'peers', 'behind them', 'kernel'];
  const last = stages.length - 1;
  // With a column of services, the others have to be narrower.
  const wider = [30, 122, 190, 230, 190, 170, 0, 30];
  const narrower = [30, 122, 140, 180, 150, 136, 208, 30];
  // Between two columns there are as many pixels as let all of them be seen.
  const wide = 52;
  const narrow = 30;
  const order = ['plain', 'uncertain', 'pooled', 'events', 'unpooled', 'http10'];
  const manyLocations = 60; // from here on, servers begin closed
  const manyRows = 100; // from here on, rows are low
  const tallRows = 24; // from here on, not all rows are in sight

  const svg = (name, attributes, ...children) => {
    const el = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, v);
    el.append(...children);
    return el;
  };
  const cut = (text, width) => {
    const most = Math.floor((width - 14) / 7.25);
    const letters = [...text];
    return letters.length <= most ? text : letters.slice(0, most - 1).join('') + '\u2026';
  };
  const union = (a, b) => [...new Set([...a, ...b])].sort((x, y) => x - y);

  // Topology shows one host at a time.
  class Topology {
    constructor(hosts) {
      this.hosts = hosts;
      this.box = byId('picture');
      this.opened = new Set();
      this.elements = new Map(); // by key
      byId('topology').hidden = false;
      const weight = (h) => h.nodes.reduce((n, x) => n + x.findings.length, 0) * 1000 + h.nodes.length;
      let best = 0;
      hosts.forEach((h, i) => {
        const option = document.createElement('option');
        option.value = i;
        option.textContent = h.name;
        byId('host').append(option);
        if (weight(h) > weight(hosts[best])) best = i;
      });
      byId('host').value = best;
      byId('host-label').hidden = hosts.length < 2;
      this.use(best);
      byId('host').addEventListener('change', () => { this.use(Number(byId('host').value)); this.clear(); });
      byId('find').addEventListener('input', () => this.draw());
      byId('only').addEventListener('change', () => this.draw());
      byId('expand').addEventListener('click', () => this.openAll(true));
      byId('collapse').addEventListener('click', () => this.openAll(false));
      byId('clear').addEventListener('click', () => this.clear());
      this.box.addEventListener('keydown', (e) => this.key(e));
      document.addEventListener('keydown', (e) => {
        if (e.key === 'Escape') {
          byId('find').value = '';
          byId('only').checked = false;
          this.clear();
        }
        if (e.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
          e.preventDefault();
          byId('find').focus();
        }
      });
    }

    use(i) {
      this.host = this.hosts[i];
      this.host.out ||= this.host.nodes.map(() => []);
      this.host.in ||= this.host.nodes.map(() => []);
      if (!this.host.joined) {
        this.host.joined = true;
        this.host.edges.forEach((e, k) => { this.host.out[e.from].push(k); this.host.in[e.to].push(k); });
      }
      const locations = this.host.nodes.filter((n) => stages[n.stage] === 'location').length;
      this.closable = locations > manyLocations;
      this.opened.clear();
      for (const id of ['expand', 'collapse']) byId(id).hidden = !this.closable;
      this.current = null;
      const { hidden } = this.host;
      byId('left-out').hidden = !hidden;
      byId('left-out').textContent = `Not drawn: ${plural(hidden, 'location')} that ${hidden === 1 ? 'passes' : 'pass'} nothing on and in which nothing was found.`;
    }

    openAll(open) {
      this.opened.clear();
      if (open) this.host.nodes.forEach((n, i) => { if (stages[n.stage] === 'server') this.opened.add(i); });
      this.draw();
    }

    toggle(server, open) {
      if (open) this.opened.add(server);
      else this.opened.delete(server);
      this.current = 'n' + server;
      this.draw();
    }

    // kept are the nodes to draw: those that are asked for, with the ways to and
    // from them.
    kept() {
      const { nodes, edges } = this.host;
      const query = byId('find').value.trim().toLowerCase();
      const only = byId('only').checked;
      if (!query && !only) return new Set(nodes.keys());
      const back = new Set();
      const forth = new Set();
      nodes.forEach((n, i) => {
        if (query && !(n.label + ' ' + n.note).toLowerCase().includes(query)) return;
        if (only && !passing(n.findings).length) return;
        back.add(i);
        forth.add(i);
      });
      if (only && !query) {
        for (const e of edges) {
          if (passing(e.findings).length) { back.add(e.from); forth.add(e.to); }
        }
      }
      const walk = (set, next) => { for (const i of set) for (const j of next(i)) set.add(j); };
      walk(back, (i) => this.host.in[i].map((k) => edges[k].from));
      walk(forth, (i) => this.host.out[i].map((k) => edges[k].to));
      return new Set([...back, ...forth]);
    }

    // view is what is drawn: nodes, with the locations of a closed server as one,
    // and edges, with those between the same two nodes as one.
    view() {
      const { nodes, edges } = this.host;
      const kept = this.kept();
      const locations = new Map(); // of a server
      for (const i of kept) {
        const n = nodes[i];
        if (stages[n.stage] === 'location') locations.set(n.server, [...(locations.get(n.server) || []), i]);
      }
      const closed = (server) => this.closable && !this.opened.has(server) && !byId('find').value && locations.get(server).length > 1;
      const shown = new Map(); // by index in the host
      const list = [];
      const add = (v) => { list.push(v); return v; };
      nodes.forEach((n, i) => {
        if (!kept.has(i)) return;
        if (stages[n.stage] === 'location' && closed(n.server)) {
          const all = locations.get(n.server);
          if (all[0] === i) {
            const found = all.reduce((f, j) => union(f, nodes[j].findings), []);
            const group = add({ key: 'g' + n.server, stage: n.stage, label: plural(all.length, 'location'), note: 'open with Enter or a click', at: '', rows: [], findings: found, server: n.server, group: true });
            for (const j of all) shown.set(j, group);
          }
          return;
        }
        shown.set(i, add({ ...n, key: 'n' + i, index: i, closes: stages[n.stage] === 'server' && this.closable && this.opened.has(i) }));
      });
      const joined = new Map();
      for (const e of edges) {
        const from = shown.get(e.from);
        const to = shown.get(e.to);
        if (!from || !to) continue;
        const key = from.key + '-' + to.key;
        const old = joined.get(key);
        if (!old) {
          joined.set(key, { key, from, to, state: e.state, labels: new Set([e.label]), findings: e.findings, count: 1 });
          continue;
        }
        old.count++;
        old.labels.add(e.label);
        old.findings = union(old.findings, e.findings);
        if (order.indexOf(e.state) > order.indexOf(old.state)) old.state = e.state;
      }
      return { nodes: list, edges: [...joined.values()] };
    }

    // place gives every node its coordinates.
    place(v) {
      const columns = stages.map((_, s) => v.nodes.filter((n) => n.stage === s));
      const into = new Map(v.nodes.map((n) => [n, []]));
      const outof = new Map(v.nodes.map((n) => [n, []]));
      for (const e of v.edges) { into.get(e.to).push(e.from); outof.get(e.from).push(e.to); }
      // Servers with their locations are the rows; the other columns follow them.
      let row = 0;
      const rows = new Map();
      for (const server of columns[2]) {
        const own = outof.get(server).filter((n) => stages[n.stage] === 'location');
        for (const n of own) rows.set(n, row++);
        rows.set(server, own.length ? (rows.get(own[0]) + rows.get(own[own.length - 1])) / 2 : row++);
      }
      const spread = (column, wish) => {
        const sorted = column.map((n, i) => ({ n, i, y: wish(n) })).sort((a, b) => a.y - b.y || a.i - b.i);
        let last = -1;
        for (const s of sorted) { s.y = Math.max(s.y, last + 1); last = s.y; }
        const end = Math.max(row - 1, sorted.length - 1);
        let limit = end;
        for (const s of sorted.reverse()) { s.y = Math.min(s.y, limit); limit = s.y - 1; rows.set(s.n, s.y); }
      };
      // What many rows share lies in their middle, or at the first of them where the
      // middle would be out of sight.
      const tall = row > tallRows;
      const mean = (all) => {
        const known = all.filter((n) => rows.has(n)).map((n) => rows.get(n));
        if (!known.length) return 0;
        return tall ? Math.min(...known) : known.reduce((a, b) => a + b, 0) / known.length;
      };
      spread(columns[1], (n) => mean(outof.get(n)));
      spread(columns[4], (n) => (into.get(n).length ? mean(into.get(n)) : 1e9));
      spread(columns[5], (n) => mean(into.get(n)));
      spread(columns[6], (n) => mean(into.get(n)));
      const widths = columns[6].length ? narrower : wider;
      const count = Math.max(1, row, ...columns.slice(1, last).map((c) => c.length));
      const low = count > manyRows;
      const step = low ? 26 : 46;
      const height = low ? 20 : 36;
      const top = 8;
      let x = 10;
      const used = stages.filter((_, s) => columns[s].length);
      const taken = stages.reduce((sum, _, s) => sum + (columns[s].length ? widths[s] : 0), 2 * x);
      const gap = Math.max(narrow, Math.min(wide, Math.floor((this.box.clientWidth - taken) / Math.max(1, used.length - 1))));
      stages.forEach((_, s) => {
        if (!columns[s].length) return;
        for (const n of columns[s]) {
          const bar = s === 0 || s === last;
          Object.assign(n, { x, w: widths[s], bar, y: bar ? top : top + rows.get(n) * step, h: bar ? count * step - (step - height) : height, low });
        }
        v.heads = [...(v.heads || []), { text: heads[s], x, w: widths[s], bar: s === 0 || s === last }];
        x += widths[s] + gap;
      });
      Object.assign(v, { tall, low });
      v.width = x - gap + 10;
      v.height = top + count * step + 6;
      // The neighbours of a node in the order in which they are drawn.
      for (const n of v.nodes) { n.outs = []; n.ins = []; }
      for (const e of v.edges) { e.from.outs.push(e); e.to.ins.push(e); }
      for (const n of v.nodes) {
        n.outs.sort((a, b) => a.to.y - b.to.y);
        n.ins.sort((a, b) => a.from.y - b.from.y);
      }
    }

    draw() {
      const v = this.view();
      this.elements.clear();
      if (!v.nodes.some((n) => n.findings.length || !n.bar && stages[n.stage] !== 'clients')) {
        this.box.replaceChildren(Object.assign(document.createElement('p'), { textContent: 'nothing of this host matches' }));
        return;
      }
      this.place(v);
      const drawing = svg('svg', { width: v.width, height: v.height, class: (v.tall ? 'tall ' : '') + (v.low ? 'low' : ''), role: 'group', 'aria-label': `the way of connections through ${this.host.name}` });
      const headline = svg('svg', { width: v.width, height: 24, class: 'heads', 'aria-hidden': 'true' });
      for (const h of v.heads) if (!h.bar) headline.append(svg('text', { x: h.x, y: 17, class: 'head' }, h.text));
      const wires = svg('g', {});
      const boxes = svg('g', {});
      for (const e of v.edges) wires.append(this.edge(e));
      for (const n of v.nodes) boxes.append(this.node(n));
      drawing.append(wires, boxes);
      const had = this.box.contains(document.activeElement);
      const { scrollTop, scrollLeft } = this.box;
      this.box.replaceChildren(headline, drawing);
      Object.assign(this.box, { scrollTop, scrollLeft });
      this.drawing = drawing;
      const key = this.elements.has(this.current) ? this.current : this.elements.keys().next().value;
      this.focusOn(key, had, false);
      if (selection && this.elements.has(selection.key)) this.light();
      else if (selection) this.clear();
    }

    badge(x, y, all) {
      const severity = worst(all);
      return svg('g', { class: 'badge ' + severity },
        svg('circle', { cx: x, cy: y, r: all.length > 99 ? 11 : 8 }),
        svg('text', { x, y: y + 3.5 }, all.length > 999 ? '1k+' : String(all.length)));
    }

    // say is an element in words, for readers of the screen.
    say(what, all) {
      return all.length ? `${what}; ${plural(all.length, 'finding')}` : what;
    }

    edge(e) {
      const found = passing(e.findings);
      const y1 = e.from.bar ? e.to.y + e.to.h / 2 : e.from.y + e.from.h / 2;
      const y2 = e.to.bar ? y1 : e.to.y + e.to.h / 2;
      const x1 = e.from.x + e.from.w;
      const x2 = e.to.x;
      const bend = Math.min(90, (x2 - x1) * 0.55);
      const d = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
      const label = [...e.labels].filter(Boolean).join('; ');
      e.words = `${e.from.label} to ${e.to.label}` + (label ? ': ' + label : '');
      e.note = label;
      const g = svg('g', { class: `edge state-${e.state}${found.length && e.state !== 'plain' ? ' found' : ''}`, 'data-from': e.from.label, 'data-to': e.to.label, role: 'button', tabindex: -1, 'aria-label': this.say(e.words, found) },
        svg('title', {}, this.say(e.words, found)),
        svg('path', { class: 'hit', d }),
        svg('path', { class: 'wire', d }));
      if (found.length && e.state !== 'plain') g.append(this.badge((x1 + x2) / 2, (y1 + y2) / 2, found));
      this.elements.set(e.key, { g, edge: e, key: e.key });
      g.addEventListener('click', () => this.select(e.key));
      return g;
    }

    node(n) {
      const found = passing(n.findings);
      const g = svg('g', { class: `node ${stages[n.stage]} ${worst(found)}${n.group ? ' group' : ''}`, 'data-label': n.label, role: 'button', tabindex: -1, 'aria-label': this.say(`${stages[n.stage]} ${n.label}${n.note ? ', ' + n.note : ''}`, found) },
        svg('title', {}, this.say([n.label, n.note, n.at].filter(Boolean).join('\n'), found)),
        svg('rect', { x: n.x, y: n.y, width: n.w, height: n.h, rx: 5 }));
      if (n.bar) {
        for (let y = n.y + 78; y < n.y + n.h || y === n.y + 78; y += 500) {
          const at = Math.min(y, n.y + n.h - 4);
          g.append(svg('text', { transform: `rotate(-90 ${n.x + 19} ${at})`, x: n.x + 19, y: at }, cut(n.label, n.h)));
        }
      } else {
        g.append(svg('text', { x: n.x + 8, y: n.y + (n.low || !n.note ? n.h / 2 + 4 : 15) }, cut(n.label, n.w - (found.length ? 16 : 0))));
        if (!n.low && n.note) g.append(svg('text', { class: 'note', x: n.x + 8, y: n.y + 29 }, cut(n.note, (n.w - 6) * 1.08)));
      }
      if (found.length) g.append(this.badge(n.bar ? n.x + n.w / 2 : n.x + n.w - 2, n.y + (n.bar ? 12 : 3), found));
      if (n.closes) {
        const toggle = svg('text', { class: 'toggle', x: n.x + n.w - 20, y: n.y + n.h / 2 + 4 }, '\u25be');
        toggle.addEventListener('click', (e) => { e.stopPropagation(); this.toggle(n.index, false); });
        g.append(toggle);
      }
      const key = n.key;
      this.elements.set(key, { g, node: n, key });
      g.addEventListener('click', () => (n.group ? this.toggle(n.server, true) : this.select(key)));
      return g;
    }

    // focusOn makes an element the one that the keyboard is at.
    focusOn(key, really, moves = true) {
      const old = this.elements.get(this.current);
      if (old) old.g.setAttribute('tabindex', -1);
      this.current = key;
      const el = this.elements.get(key);
      if (!el) return;
      el.g.setAttribute('tabindex', 0);
      if (really) {
        el.g.focus({ preventScroll: true });
        if (moves) this.reveal(el);
      }
    }

    reveal(el) {
      const n = el.node || (el.edge.to.bar ? el.edge.from : el.edge.to);
      const box = this.box;
      if (!n.bar && (n.y < box.scrollTop || n.y + n.h > box.scrollTop + box.clientHeight)) box.scrollTop = n.y - box.clientHeight / 2;
      if (n.x < box.scrollLeft || n.x + n.w > box.scrollLeft + box.clientWidth) box.scrollLeft = n.x - 40;
    }

    key(event) {
      const el = this.elements.get(this.current);
      if (!el || event.ctrlKey || event.altKey || event.metaKey) return;
      let to;
      const n = el.node;
      const e = el.edge;
      const beside = (all, by) => {
        const next = all[all.indexOf(n || e) + by];
        return next && next.key;
      };
      switch (event.key) {
        case 'ArrowRight': to = n ? n.outs[0] && n.outs[0].key : e.to.key; this.along = 'outs'; break;
        case 'ArrowLeft': to = n ? n.ins[0] && n.ins[0].key : e.from.key; this.along = 'ins'; break;
        case 'ArrowDown':
        case 'ArrowUp': {
          const by = event.key === 'ArrowDown' ? 1 : -1;
          if (n) to = beside([...this.elements.values()].map((x) => x.node).filter((x) => x && x.stage === n.stage).sort((a, b) => a.y - b.y), by);
          else to = beside(this.along === 'ins' ? e.to.ins : e.from.outs, by);
          break;
        }
        case 'Enter':
        case ' ':
          event.preventDefault();
          if (n && n.group) this.toggle(n.server, true);
          else this.select(el.key);
          return;
        case '+':
          if (n && n.group) this.toggle(n.server, true);
          else if (n && stages[n.stage] === 'server') this.toggle(n.index, true);
          return;
        case '-':
          if (n && stages[n.stage] === 'server') this.toggle(n.index, false);
          else if (n && stages[n.stage] === 'location' && n.server >= 0) this.toggle(n.server, false);
          return;
        default: return;
      }
      event.preventDefault();
      if (to) this.focusOn(to, true);
    }

    select(key) {
      const el = this.elements.get(key);
      const of = (n) => n.rows.map((r) => this.host.rows[r]);
      if (el.node) {
        const n = el.node;
        selection = { key, title: `${stages[n.stage]} ${n.label}`.replace(/^(clients|kernel) \1$/, '$1'), note: [n.note, n.at].filter(Boolean).join(' \u00b7 '), facts: of(n), findings: new Set(n.findings) };
      } else {
        const e = el.edge;
        const facts = e.from.rows.length && stages[e.from.stage] === 'location' ? of(e.from) : of(e.to);
        selection = { key, title: `${e.from.label} \u2192 ${e.to.label}`, note: [e.note, e.count > 1 ? plural(e.count, 'hop') : ''].filter(Boolean).join(' \u00b7 '), facts, findings: new Set(e.findings) };
      }
      this.focusOn(key, false);
      this.light();
      byId('selection-title').textContent = selection.title;
      byId('selection-facts').replaceChildren(...selection.facts.map(([name, value, from]) => {
        const row = document.createElement('div');
        for (const [tag, text] of [['dt', name], ['dd', value], ['dd', from]]) {
          row.append(Object.assign(document.createElement(tag), { textContent: text }));
        }
        return row;
      }));
      byId('selection').hidden = false;
      list();
    }

    // light shows the ways that go through what is selected.
    light() {
      const el = this.elements.get(selection.key);
      const lit = new Set([selection.key]);
      const go = (n, edges, end) => {
        if (lit.has(n.key) && n.key !== selection.key) return;
        lit.add(n.key);
        for (const e of n[edges]) { lit.add(e.key); go(e[end], edges, end); }
      };
      if (el.node) { go(el.node, 'outs', 'to'); go(el.node, 'ins', 'from'); }
      else { go(el.edge.to, 'outs', 'to'); go(el.edge.from, 'ins', 'from'); }
      for (const [key, other] of this.elements) {
        other.g.classList.toggle('lit', lit.has(key));
        other.g.classList.toggle('selected', key === selection.key);
      }
      this.drawing.classList.add('dimmed');
    }

    clear() {
      selection = null;
      byId('selection').hidden = true;
      this.draw();
      if (this.drawing) this.drawing.classList.remove('dimmed');
      list();
    }

    // show selects the place of a finding.
    show(i) {
      const at = this.places.get(i);
      byId('host').value = at.host;
      if (this.host !== this.hosts[at.host]) this.use(at.host);
      byId('find').value = '';
      const nodes = this.host.nodes;
      const open = (n) => { if (nodes[n].server >= 0) this.opened.add(nodes[n].server); };
      let key;
      if (at.edge === undefined) {
        open(at.node);
        key = 'n' + at.node;
      } else {
        const e = this.host.edges[at.edge];
        open(e.from);
        open(e.to);
        key = `n${e.from}-n${e.to}`;
      }
      selection = null;
      this.draw();
      this.select(key);
      this.focusOn(key, true);
      byId('topology').scrollIntoView({ block: 'start' });
    }

    // offer puts a button into each finding that the picture has a place for.
    offer() {
      // The hop out of the location that it stands in, else any from a location,
      // else the place that it stands in.
      this.places = new Map();
      const offer = (i, place) => { if (!this.places.has(i)) this.places.set(i, place); };
      const hops = (keep) => this.hosts.forEach((h, host) => h.edges.forEach((e, edge) => {
        if (stages[h.nodes[e.from].stage] !== 'location') return;
        for (const i of e.findings) if (keep(h.nodes[e.from], i)) offer(i, { host, edge });
      }));
      hops((from, i) => from.findings.includes(i));
      hops(() => true);
      this.hosts.forEach((h, host) => h.nodes.forEach((n, node) => { for (const i of n.findings) offer(i, { host, node }); }));
      for (const i of this.places.keys()) {
        const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'show in the picture' });
        button.addEventListener('click', () => this.show(i));
        findings[i].article.querySelector('header').append(' ', button);
      }
    }
  }

  let topology = null;
  if (data.length && byId('topology')) {
    topology = new Topology(data);
    topology.offer();
  }
  refresh();
})();
