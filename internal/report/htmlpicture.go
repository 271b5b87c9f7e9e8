package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/topology"
)

// The data of the picture. Effective values that several nodes share are rows,
// which they name by number.
type (
	htmlNode struct {
		Stage    topology.Stage `json:"stage"`
		Label    string         `json:"label"`
		Note     string         `json:"note"`
		Server   int            `json:"server"`
		At       string         `json:"at"`
		Rows     []int          `json:"rows"`
		Findings []int          `json:"findings"`
	}
	htmlEdge struct {
		From     int            `json:"from"`
		To       int            `json:"to"`
		State    topology.State `json:"state"`
		Label    string         `json:"label"`
		Findings []int          `json:"findings"`
	}
)

// pictureWriter writes data as JSON, piece by piece. A hundred thousand locations have
// many.
type pictureWriter struct {
	w   *bufio.Writer
	buf bytes.Buffer
	enc *json.Encoder // into buf
	err error
}

// text writes what is JSON already; the writer keeps its errors.
func (p *pictureWriter) text(parts ...string) {
	for _, s := range parts {
		_, _ = p.w.WriteString(s)
	}
}

// value writes a value. Of <, > and & JSON has escapes, so that it ends no element.
func (p *pictureWriter) value(v any) {
	p.buf.Reset()
	if err := p.enc.Encode(v); err != nil && p.err == nil {
		p.err = err
	}
	_, _ = p.w.Write(bytes.TrimSuffix(p.buf.Bytes(), []byte("\n")))
}

// list writes a key and the elements of a list.
func (p *pictureWriter) list(key string, n int, element func(i int) any) {
	p.text(`,"`, key, `":[`)
	for i := range n {
		if i > 0 {
			p.text(",")
		}
		p.value(element(i))
	}
	p.text("]")
}

// writePicture writes the element of the page that holds the data of the picture.
func writePicture(w *bufio.Writer, hosts []*topology.Graph) error {
	p := &pictureWriter{w: w}
	p.enc = json.NewEncoder(&p.buf)
	p.text(`<script type="application/json" id="data">[`)
	names := namesApart(hosts)
	for i, g := range hosts {
		if i > 0 {
			p.text(",")
		}
		p.host(names[i], g)
	}
	p.text("]</script>\n")
	return p.err
}

// hasFacts reports whether there is something to show of a host that has no
// connections to draw.
func hasFacts(g *topology.Graph) bool {
	for _, n := range g.Nodes {
		if len(n.Facts) > 0 {
			return true
		}
	}
	return false
}

func (p *pictureWriter) host(name string, g *topology.Graph) {
	numbers := map[show.Value]int{}
	var rows []show.Value
	of := make([][]int, len(g.Nodes)) // the rows of each node
	for i, n := range g.Nodes {
		of[i] = make([]int, len(n.Facts))
		for j, v := range n.Facts {
			k, known := numbers[v]
			if !known {
				k = len(rows)
				numbers[v] = k
				rows = append(rows, v)
			}
			of[i][j] = k
		}
	}
	p.text(`{"name":`)
	p.value(name)
	p.text(`,"hidden":`, strconv.Itoa(g.Hidden))
	p.list("rows", len(rows), func(i int) any {
		return [3]string{visible(rows[i].Name), visible(rows[i].Value), visible(rows[i].From)}
	})
	p.list("nodes", len(g.Nodes), func(i int) any {
		n := g.Nodes[i]
		j := htmlNode{Stage: n.Stage, Label: visible(n.Label), Note: visible(n.Note), Server: n.Server, Rows: of[i], Findings: some(n.Findings)}
		if n.At.File != nil {
			j.At = visible(show.Place(n.At.File, n.At.Span))
		}
		return j
	})
	p.list("edges", len(g.Edges), func(i int) any {
		e := g.Edges[i]
		return htmlEdge{e.From, e.To, e.State, visible(e.Label), some(e.Findings)}
	})
	p.text("}")
}

// some is a list that JSON writes as one even if it is empty.
func some(list []int) []int {
	if list == nil {
		return []int{}
	}
	return list
}

// namesApart are the names of hosts; those of the same name are numbered.
func namesApart(hosts []*topology.Graph) []string {
	seen := map[string]int{}
	names := make([]string, len(hosts))
	for i, g := range hosts {
		names[i] = visible(g.Name)
		if seen[names[i]]++; seen[names[i]] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", names[i], seen[names[i]])
		}
	}
	return names
}
