package capacity

import (
	"strconv"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

// Question is the load to ask about.
type Question struct {
	// Rate are requests per second, Clients connected clients; 0 asks for the load at
	// which a limit is reached alone.
	Rate, Clients float64
	// Latency is how long a request takes.
	Latency time.Duration
	// Assumed says that nobody named the latency.
	Assumed bool
}

// DefaultLatency is taken where nobody names one.
const DefaultLatency = 100 * time.Millisecond

// Limit is a row of the table.
type Limit struct {
	// ID names the limit, in kebab case; Subject what of it, such as an address.
	ID, Title, Subject string
	// Known says whether the value is; Value is in Unit.
	Known bool
	Value float64
	Unit  string
	// From says where the value comes from: a place, or "the kernel's default".
	From []string
	// Missing says what would tell the value, if it is not known.
	Missing string
	Arithmetic
	// Reached is the load at which the limit is reached, if that is known.
	Reached float64
	// Asked is what the load that was asked about needs; HasAsked says that one was.
	Asked    float64
	HasAsked bool
	// Used is how much is taken now, by the evidence; HasUsed says that there is any.
	Used    float64
	HasUsed bool
	UsedAt  evidence.Line
	// Soft says that nothing fails where it is reached, or that the need is the worst
	// that can be thought of.
	Soft bool
	// Note says what the numbers leave out.
	Note string
}

// Full is the share of the limit that is taken now.
func (l *Limit) Full() (share float64, ok bool) {
	if !l.HasUsed || !l.Known || l.Value <= 0 {
		return 0, false
	}
	return l.Used / l.Value, true
}

// Overrun reports whether the load that was asked about needs more than there is, or
// what is configured to be held does.
func (l *Limit) Overrun() bool { return l.Known && l.HasAsked && !l.Soft && l.Asked > l.Value }

// Host is the table of one host.
type Host struct {
	// Name is the path of its main file; empty if there is only evidence.
	Name   string
	Limits []Limit
}

// Result is what is known of the capacity of hosts.
type Result struct {
	Question Question
	Hosts    []Host
}

// Overrun reports whether any limit is.
func (r *Result) Overrun() bool {
	for _, h := range r.Hosts {
		for i := range h.Limits {
			if h.Limits[i].Overrun() {
				return true
			}
		}
	}
	return false
}

// Run makes the table of each host; evidence belongs to all of them, since it is that
// of one machine.
func Run(hosts []*model.Host, set *evidence.Set, q Question) *Result {
	if q.Latency <= 0 {
		q.Latency, q.Assumed = DefaultLatency, true
	}
	r := &Result{Question: q}
	for _, h := range hosts {
		if h.Nginx == nil && len(hosts) > 1 {
			continue
		}
		t := &table{host: h, set: set, question: q}
		r.Hosts = append(r.Hosts, Host{Name: t.name(), Limits: t.all()})
	}
	if len(r.Hosts) == 0 {
		t := &table{host: &model.Host{}, set: set, question: q}
		r.Hosts = append(r.Hosts, Host{Limits: t.all()})
	}
	return r
}

// table makes the rows of one host.
type table struct {
	host     *model.Host
	set      *evidence.Set
	question Question
	limits   []Limit
}

func (t *table) name() string {
	if t.host.Nginx == nil || len(t.host.Nginx.Trees) == 0 {
		return ""
	}
	return t.host.Nginx.Trees[0].File.OnDisk().Path
}

func (t *table) all() []Limit {
	t.nginxLimits()
	t.backendLimits()
	t.kernelLimits()
	return t.limits
}

// add works out what can be of a row.
func (t *table) add(l Limit) {
	if l.Known {
		l.Reached = l.Load(l.Value)
	}
	switch {
	case l.Driver == Rate && t.question.Rate > 0:
		l.Asked, l.HasAsked = l.Need(t.question.Rate), true
	case l.Driver == Clients && t.question.Clients > 0:
		l.Asked, l.HasAsked = l.Need(t.question.Clients), true
	}
	t.limits = append(t.limits, l)
}

func itoa(n int) string { return strconv.Itoa(n) }
