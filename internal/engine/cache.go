package engine

import (
	"maps"
	"slices"
	"sync"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// Cache keeps what was found in hosts that are still the same. One Check at a time
// may use it.
type Cache struct {
	mu       sync.Mutex
	old, now map[*model.Host][]judged
	judged   int
}

// judged is the result of a group.
type judged struct {
	group  *group
	result *lint.Result
}

// NewCache returns an empty cache.
func NewCache() *Cache { return &Cache{} }

// Judged is the number of groups of hosts that rules were run over.
func (c *Cache) Judged() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.judged
}

func (c *Cache) begin() {
	if c != nil {
		c.now = make(map[*model.Host][]judged, len(c.old))
	}
}

// end forgets what was not asked for again.
func (c *Cache) end() {
	if c != nil {
		c.old = c.now
	}
}

// result returns what the rules find in a group. It belongs to the caller, but for
// the findings themselves.
func (c *Cache) result(g *group) *lint.Result {
	if c == nil {
		return judge(g)
	}
	first := g.hosts[0].Model
	have, ok := c.find(first, g)
	if !ok {
		have = judged{g, judge(g)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now[first] = append(c.now[first], have)
	if !ok {
		c.judged++
	}
	r := *have.result
	r.Findings = slices.Clone(r.Findings)
	r.Suppressed, r.NotChecked = slices.Clone(r.Suppressed), slices.Clone(r.NotChecked)
	return &r
}

func (c *Cache) find(first *model.Host, g *group) (judged, bool) {
	for _, j := range c.old[first] { // nothing is added to it
		if j.group.same(g) {
			return j, true
		}
	}
	return judged{}, false
}

// same reports whether two groups have the same findings.
func (g *group) same(o *group) bool {
	return g.settings == o.settings && (g.only == nil) == (o.only == nil) && maps.Equal(g.only, o.only) && slices.Equal(g.models(), o.models())
}
