package report

import (
	"bytes"
	"fmt"
	"image"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/oracle/browser"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/internal/topology"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

const (
	// shownFindings are the numbers of the findings in the list.
	shownFindings = `[...document.querySelectorAll('article.finding')].filter(a => a.offsetParent).map(a => Number(a.id.slice(1)))`
	// edgeStates are the hops that are drawn.
	edgeStates = `[...document.querySelectorAll('#picture .edge')].map(g => [g.dataset.from, g.dataset.to, g.getAttribute('class').match(/state-(\w+)/)[1]].join('|')).sort()`
)

// middle is a point on a hop that is drawn.
func middle(b *browser.Browser, from, to string) (x, y float64) {
	b.T.Helper()
	at := browser.Get[[]float64](b, fmt.Sprintf(`(() => {
		const g = [...document.querySelectorAll('#picture .edge')].find(g => g.dataset.from === %q && g.dataset.to === %q);
		const path = g.querySelector('.wire');
		const p = path.getPointAtLength(path.getTotalLength() * 0.3).matrixTransform(path.getScreenCTM());
		return [p.x, p.y];
	})()`, from, to))
	return at[0], at[1]
}

// TestPage tries the page as its reader would.
func TestPage(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	text, graph, found := reporttest.Page(t, reporttest.FrontTier, "net.ipv4.tcp_tw_recycle = 1\nnet.core.somaxconn = 128\n")
	open(b, text)

	var want []string
	for _, e := range graph.Edges {
		want = append(want, strings.Join([]string{graph.Nodes[e.From].Label, graph.Nodes[e.To].Label, string(e.State)}, "|"))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, browser.Get[[]string](b, edgeStates)); diff != "" {
		t.Errorf("the hops drawn differ from those there are, -want +got:\n%s", diff)
	}
	all := browser.Get[[]int](b, shownFindings)
	if len(all) != len(found) {
		t.Errorf("%d findings are listed, want %d", len(all), len(found))
	}
	// The file with the worst finding stands first, and within a file the worst finding.
	worst := map[*source.File]lint.Severity{}
	for _, f := range found {
		worst[f.At.File] = max(worst[f.At.File], f.Severity)
	}
	for i := 1; i < len(all); i++ {
		a, z := found[all[i-1]], found[all[i]]
		if worst[a.At.File] < worst[z.At.File] || a.At.File == z.At.File && a.Severity < z.Severity {
			t.Errorf("a finding of %v in %s stands above one of %v in %s", a.Severity, a.At.File.Path, z.Severity, z.At.File.Path)
		}
	}
	shown := func() []int {
		list := browser.Get[[]int](b, shownFindings)
		slices.Sort(list)
		return list
	}
	light := b.Picture("page-light")

	// A click on a hop shows what was found about it, and the values in force.
	hop := graph.Edges[slices.IndexFunc(graph.Edges, func(e *topology.Edge) bool {
		return graph.Nodes[e.From].Label == "/events" && graph.Nodes[e.To].Label == "app"
	})]
	if len(hop.Findings) == 0 || len(hop.Findings) == len(found) {
		t.Fatalf("the hop has %d of %d findings: it shows nothing", len(hop.Findings), len(found))
	}
	x, y := middle(b, "/events", "app")
	b.Do(chromedp.MouseClickXY(x, y))
	if diff := cmp.Diff(hop.Findings, shown()); diff != "" {
		t.Errorf("findings of the hop, -want +got:\n%s", diff)
	}
	if title := browser.Get[string](b, `document.getElementById('selection-title').textContent`); title != "/events \u2192 app" {
		t.Errorf("selected %q", title)
	}
	if facts := browser.Get[string](b, `document.getElementById('selection-facts').innerText`); !strings.Contains(facts, "proxy_http_version") || !strings.Contains(facts, "nginx.conf:19") {
		t.Errorf("the values of the hop are %q", facts)
	}
	b.Picture("selected")

	// Escape shows everything again; the keyboard gets everywhere.
	b.Do(chromedp.KeyEvent(kb.Escape))
	if got := shown(); len(got) != len(found) {
		t.Errorf("%d findings after Escape, want %d", len(got), len(found))
	}
	b.Do(browser.Script(`document.querySelector('#picture [tabindex="0"]').focus()`))
	reached := map[string]bool{}
	for _, key := range []string{kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft} {
		b.Do(chromedp.KeyEvent(key))
	}
	for range 13 {
		reached[browser.Get[string](b, `document.activeElement.getAttribute('class').split(' ').slice(0, 2).join(' ')`)] = true
		b.Do(chromedp.KeyEvent(kb.ArrowRight))
	}
	for _, stage := range []string{"node clients", "node listen", "node server", "node location", "node upstream", "node peer", "node kernel", "edge state-plain"} {
		if !reached[stage] {
			t.Errorf("the keyboard does not get to %s: %v", stage, slices.Sorted(maps.Keys(reached)))
		}
	}
	b.Do(chromedp.KeyEvent(kb.Enter))
	kernel := graph.Nodes[slices.IndexFunc(graph.Nodes, func(n *topology.Node) bool { return n.Stage == topology.Kernel })]
	if diff := cmp.Diff(kernel.Findings, shown()); diff != "" || len(kernel.Findings) == 0 {
		t.Errorf("findings of the kernel, -want +got:\n%s", diff)
	}
	b.Do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent("/"))
	if id := browser.Get[string](b, `document.activeElement.id`); id != "find" {
		t.Errorf("/ goes to %q", id)
	}

	// What is looked for is drawn with the ways to and from it.
	b.Do(chromedp.KeyEvent("reports"))
	if got := browser.Get[[]string](b, edgeStates); !slices.Contains(got, "/reports/|reports|unpooled") || slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "/events|") }) {
		t.Errorf("looking for reports leaves %q", got)
	}
	b.Set("find", "", "input")

	// The filters.
	choose := func(id, value string) { b.Set(id, value, "change") }
	of := func(keep func(lint.Finding) bool) []int {
		out := []int{}
		for i, f := range found {
			if keep(f) {
				out = append(out, i)
			}
		}
		return out
	}
	choose("rule", "nginx-proxy-http10")
	if diff := cmp.Diff(of(func(f lint.Finding) bool { return f.Rule.ID == "nginx-proxy-http10" }), shown()); diff != "" {
		t.Errorf("findings of a rule, -want +got:\n%s", diff)
	}
	choose("rule", "")
	choose("file", "sysctl.conf")
	if diff := cmp.Diff(of(func(f lint.Finding) bool { return f.At.File.Path == "sysctl.conf" }), shown()); diff != "" {
		t.Errorf("findings of a file, -want +got:\n%s", diff)
	}
	choose("file", "")
	b.Do(chromedp.Click(chromedp.CSS(`input[name=severity][value=warning]`)))
	if diff := cmp.Diff(of(func(f lint.Finding) bool { return f.Severity != lint.Warning }), shown()); diff != "" {
		t.Errorf("findings without warnings, -want +got:\n%s", diff)
	}
	b.Do(chromedp.Click(chromedp.CSS(`input[name=severity][value=warning]`)))

	// The number of findings of what is selected follows the filters.
	x, y = middle(b, "/events", "app")
	b.Do(chromedp.MouseClickXY(x, y))
	note := `document.getElementById('selection-note').textContent`
	if got, want := browser.Get[string](b, note), fmt.Sprintf("%d findings", len(hop.Findings)); !strings.HasSuffix(got, want) {
		t.Errorf("the hop is said to have %q, want %q", got, want)
	}
	for _, severity := range []string{"error", "warning", "info"} {
		b.Do(browser.Script(fmt.Sprintf(`document.querySelector('input[name=severity][value=%s]').click()`, severity)))
	}
	if got := browser.Get[string](b, note); !strings.Contains(got, "nothing was found here, or it is filtered") {
		t.Errorf("without any severity the hop is said to have %q", got)
	}
	for _, severity := range []string{"error", "warning", "info"} {
		b.Do(browser.Script(fmt.Sprintf(`document.querySelector('input[name=severity][value=%s]').click()`, severity)))
	}

	// From a finding to its place.
	b.Do(browser.Script(fmt.Sprintf(`document.querySelector('#f%d header button').click()`, hop.Findings[len(hop.Findings)-1])))
	if title := browser.Get[string](b, `document.getElementById('selection-title').textContent`); title != "/events \u2192 app" {
		t.Errorf("the finding is shown at %q", title)
	}
	b.Do(chromedp.KeyEvent(kb.Escape))

	browser.Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	b.Do(browser.Script(`document.activeElement.blur(); scrollTo(0, 0)`))
	if dark := b.Picture("page-dark"); bright(dark) > 0.4 || bright(light) < 0.6 {
		t.Errorf("brightness %.2f dark, %.2f light", bright(dark), bright(light))
	}
	clean(b)
}

// bright is how bright a picture is, from 0 to 1.
func bright(img image.Image) float64 {
	sum, n := 0.0, 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 7 {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 7 {
			r, g, b, _ := img.At(x, y).RGBA()
			sum += float64(r+g+b) / 3 / 0xffff
			n++
		}
	}
	return sum / float64(n)
}

// TestPageContrast holds every text and hop against what lies behind it, in both
// colour schemes: 4.5 to 1 for text, 3 to 1 for what is drawn (WCAG 2.1, 1.4.3 and
// 1.4.11).
func TestPageContrast(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	text, _, _ := reporttest.Page(t, reporttest.Tagged, "net.ipv4.tcp_tw_recycle = 1\n")
	open(b, text)
	if got := browser.Get[bool](b, `[...document.querySelectorAll('.node.server')].some(g => g.dataset.label === '</script><b>x')`); !got {
		t.Error("the server with the name of a tag is not drawn")
	}
	for _, scheme := range []string{"light", "dark"} {
		b.Do(browser.Script(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, scheme)))
		for _, low := range browser.Get[[]string](b, `(() => {
			const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
			const rgb = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
			const luminance = (c) => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
			const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
			const behind = (el) => { for (; el; el = el.parentElement) { const c = rgb(getComputedStyle(el).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
			const low = new Set();
			for (const el of document.querySelectorAll('body *')) {
				if (el.closest('svg') || ![...el.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !el.offsetParent) continue;
				const r = ratio(rgb(getComputedStyle(el).color), behind(el));
				if (r < 4.5) low.add(el.tagged + '.' + el.className + ' ' + r.toFixed(2));
			}
			const back = behind(document.getElementById('picture'));
			for (const el of document.querySelectorAll('.wire')) {
				const r = ratio(rgb(getComputedStyle(el).stroke), back);
				if (r < 3) low.add(el.parentElement.getAttribute('class') + ' ' + r.toFixed(2));
			}
			return [...low];
		})()`) {
			t.Errorf("%s: too little contrast: %s", scheme, low)
		}
	}
	clean(b)
}

// TestPageLarge opens a page with a thousand locations.
func TestPageLarge(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	text, graph, found := reporttest.Page(t, gen.Nginx(100, 10, 50), "")
	open(b, text)
	count := func(selector string) int {
		return browser.Get[int](b, fmt.Sprintf(`document.querySelectorAll(%q).length`, selector))
	}
	servers := 0
	locations := 0
	for _, n := range graph.Nodes {
		switch n.Stage {
		case topology.Server:
			servers++
		case topology.Location:
			locations++
		default:
		}
	}
	if locations < 1000 {
		t.Fatalf("the host has %d locations only", locations)
	}
	if got := count(".node.server"); got != servers {
		t.Errorf("%d servers are drawn, want %d", got, servers)
	}
	if got := count(".node.location"); got != servers {
		t.Errorf("%d nodes stand for the locations, want one for each of %d servers", got, servers)
	}
	apart(b)
	b.Picture("large")

	// One is opened by a click, all of them by a button.
	b.Do(browser.Script(`document.querySelector('.node.group').dispatchEvent(new MouseEvent('click'))`))
	if got := count(".node.location:not(.group)"); got < 10 || got > 12 {
		t.Errorf("an open server shows %d locations", got)
	}
	// What one looks at stays where it is.
	b.Do(browser.Script(`document.getElementById('picture').scrollTop = 900`))
	b.Do(browser.Script(`[...document.querySelectorAll('.node.group')].find(g => Number(g.querySelector('rect').getAttribute('y')) > 950).dispatchEvent(new MouseEvent('click'))`))
	if top := browser.Get[float64](b, `document.getElementById('picture').scrollTop`); top != 900 {
		t.Errorf("opening a server scrolls to %v", top)
	}
	b.Do(chromedp.Click(chromedp.CSS("#expand")))
	if got := count(".node.location"); got != locations {
		t.Errorf("%d locations are drawn, want %d", got, locations)
	}
	apart(b)
	b.Do(browser.Script(`document.getElementById('find').value = 'nothing like it'; document.getElementById('find').dispatchEvent(new Event('input'))`))
	if got := count(".node"); got != 0 {
		t.Errorf("%d nodes match nothing", got)
	}
	b.Do(chromedp.KeyEvent(kb.Escape))
	if got := count(".node.server"); got != servers {
		t.Errorf("Escape shows %d servers, want %d", got, servers)
	}
	b.Do(chromedp.Click(chromedp.CSS("#collapse")), chromedp.SendKeys(chromedp.CSS("#find"), "backend_7"))
	apart(b)
	b.Picture("large-found")
	if got := browser.Get[[]int](b, shownFindings); len(got) != len(found) {
		t.Errorf("%d findings are listed, want %d", len(got), len(found))
	}
	clean(b)
}

// TestPageHosts chooses among several hosts.
func TestPageHosts(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	var hosts []*model.Host
	for i, text := range []string{reporttest.FrontTier, "events {}\nhttp { server { listen 8080; location /only/ { proxy_pass http://10.9.9.9; } } }\n"} {
		hosts = append(hosts, model.Build(model.Input{
			Target: model.Target{Nginx: facts.Only(facts.V(1, 28, 0)), Kernel: facts.KernelWindow()}, Main: source.NewFile(fmt.Sprintf("host%d/nginx.conf", i+1), text),
		}))
	}
	r := lint.Run(hosts, lint.Options{Rules: rules.All()})
	var page bytes.Buffer
	if err := report.HTML(&page, r, report.Options{Hosts: func() []*model.Host { return hosts }}); err != nil {
		t.Fatal(err)
	}
	open(b, page.Bytes())
	if got := browser.Get[[]string](b, `[...document.querySelectorAll('#host option')].map(o => o.textContent)`); !slices.Equal(got, []string{"host1/nginx.conf", "host2/nginx.conf"}) {
		t.Errorf("the hosts are %q", got)
	}
	if got := browser.Get[[]string](b, edgeStates); slices.Contains(got, "/only/|10.9.9.9|http10") || len(got) < 10 {
		t.Errorf("the host with the most findings does not come first: %q", got)
	}
	b.Set("host", "1", "change")
	want := []string{"*:8080|server|plain", "/only/|10.9.9.9|http10", "10.9.9.9|10.9.9.9|http10", "10.9.9.9|kernel|plain", "clients|*:8080|plain", "server|/only/|plain"}
	if diff := cmp.Diff(want, browser.Get[[]string](b, edgeStates)); diff != "" {
		t.Errorf("the second host, -want +got:\n%s", diff)
	}
	clean(b)
}

// TestPageWithoutScript reads the page where scripts are off, as some services show
// artifacts.
func TestPageWithoutScript(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	browser.Call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	text, _, found := reporttest.Page(t, reporttest.FrontTier, "")
	open(b, text)
	there, err := chromedp.Run(b, chromedp.QueryNodeIDs(chromedp.CSSAll("article.finding")))
	if err != nil || len(there) != len(found) {
		t.Errorf("%d findings are there, want %d: %v", len(there), len(found), err)
	}
	// What only the script can fill stays hidden.
	for _, id := range []string{"#topology", "#selection"} {
		if hidden, err := chromedp.Run(b, chromedp.AttributeValue(chromedp.CSS(id), "hidden")); err != nil || !hidden.Exists {
			t.Errorf("%s is not hidden: %v", id, err)
		}
	}
	clean(b)
}

// apart checks that no two places that are drawn overlap, and that all lie within
// the picture.
func apart(b *browser.Browser) {
	b.T.Helper()
	for _, bad := range browser.Get[[]string](b, `(() => {
		const drawing = document.querySelector('#picture svg:not(.heads)');
		const boxes = [...drawing.querySelectorAll('.node')].map(g => { const r = g.querySelector('rect'); const v = (n) => Number(r.getAttribute(n)); return { name: g.dataset.label, x: v('x'), y: v('y'), w: v('width'), h: v('height'), text: Math.max(...[...g.querySelectorAll(':scope > text')].filter(t => !t.getAttribute('transform')).map(t => t.getBBox().x + t.getBBox().width), 0) }; });
		const bad = [];
		boxes.sort((a, b) => a.x - b.x || a.y - b.y);
		boxes.forEach((a, i) => {
			const b = boxes[i + 1];
			if (b && b.x === a.x && b.y < a.y + a.h) bad.push(a.name + ' overlaps ' + b.name);
			if (a.y < 0 || a.y + a.h > Number(drawing.getAttribute('height')) || a.x + a.w > Number(drawing.getAttribute('width'))) bad.push(a.name + ' lies outside');
			if (a.text > a.x + a.w) bad.push('the text of ' + a.name + ' is wider than its box');
		});
		return bad;
	})()`) {
		b.T.Error(bad)
	}
}

// TestPageServices shows what is behind peers, with its limits, on a page of 1280 pixels
// that has the kernel in sight as well.
func TestPageServices(t *testing.T) {
	t.Parallel()
	h := model.Build(model.Input{
		Main: source.NewFile("nginx.conf", "events {}\nhttp { upstream php { server 127.0.0.1:9000; } server { listen 80; location ~ \\.php$ { fastcgi_pass php; } } }\n"),
		Services: service.Read([]*source.File{
			source.NewFile("pool.d/www.conf", "[www]\nlisten = 127.0.0.1:9000\nlisten.backlog = 128\npm = static\npm.max_children = 5\n"),
		}, nil),
	})
	var page bytes.Buffer
	if err := report.HTML(&page, &lint.Result{}, report.Options{Hosts: func() []*model.Host { return []*model.Host{h} }}); err != nil {
		t.Fatal(err)
	}
	b := browser.Start(t)
	browser.Call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 800, DeviceScaleFactor: 1})
	open(b, page.Bytes())
	b.Picture("services")
	if got := browser.Get[string](b, `document.querySelector('#picture .node.service').textContent`); !strings.Contains(got, "php-fpm") || !strings.Contains(got, "5 at a time, idle for ever") {
		t.Errorf("the service is drawn as %q", got)
	}
	if wide := browser.Get[int](b, `document.getElementById('picture').scrollWidth - document.getElementById('picture').clientWidth`); wide > 0 {
		t.Errorf("%d pixels of the picture are out of sight", wide)
	}
	b.Do(browser.Script(`document.querySelector('#picture .node.service').dispatchEvent(new MouseEvent('click', { bubbles: true }))`))
	if got := browser.Get[string](b, `document.getElementById('selection-facts').textContent`); !strings.Contains(got, "pool.d/www.conf:5:1: pm.max_children") {
		t.Errorf("of the service is said %q", got)
	}
	apart(b)
	clean(b)
}
