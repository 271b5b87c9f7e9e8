package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
)

// queue is what is seen at a listener: who was accepted, and who waits.
type queue struct {
	listener *evidence.Listener
	// accepted are connections that a process holds, waiting those that nobody
	// does; both are known only where the processes were listed.
	accepted, waiting []*evidence.Connection
	// unserved are those of accepted whose bytes the process has not read.
	unserved int
	// ended are those of accepted that the other side has closed.
	ended int
	// moves says that the process took something out of the queue while several
	// tools looked at it; stays that all of them saw the same connections wait, looks
	// by how many others.
	moves, stays bool
	looks        int
	// gaveUp are those of waiting that the other side has closed.
	gaveUp []*evidence.Connection
	// owners says that processes were listed.
	owners bool
}

// leastRequest is shorter than any request is. Less than that lies unread in
// connections that are being served, too: the end of one that the other side has
// closed counts as a byte, and php-fpm leaves the last record of a request, 8 bytes,
// until it has answered.
const leastRequest = 16

// queueAt looks at a listener.
func (p *Pass) queueAt(l *evidence.Listener) queue {
	// Who may not see the process that listens does not see what it accepted.
	q := queue{listener: l, owners: p.ShowsOwners() && len(l.Owners) > 0}
	if l.Path != "" {
		return q
	}
	lasting := p.lasting(evidence.CloseWait) // while tools look, one may be accepted and closed
	for _, c := range p.Connections() {
		if !l.Takes(c.Local) {
			continue
		}
		switch c.State {
		case evidence.Established, evidence.CloseWait:
		default:
			continue
		}
		if len(c.Owners) > 0 {
			q.accepted = append(q.accepted, c)
			if c.State == evidence.CloseWait {
				q.ended++
			}
			if c.Unread >= leastRequest {
				q.unserved++
			}
			continue
		}
		q.waiting = append(q.waiting, c)
		if c.State == evidence.CloseWait && lasting(c) {
			q.gaveUp = append(q.gaveUp, c)
		}
	}
	q.moves, q.looks = p.seenAgain(q)
	q.stays = q.looks > 0
	return q
}

// seenAgain compares who waits with what other tools saw, earlier or later. Only
// the process takes a connection out of the queue, even one that was given up; so if
// some are gone and others have come, it accepts.
func (p *Pass) seenAgain(q queue) (moves bool, looks int) {
	type pair [2]netip.AddrPort
	seen := map[pair]bool{}
	for _, c := range slices.Concat(q.waiting, q.accepted) {
		seen[pair{c.Local, c.Remote}] = true
	}
	for _, t := range p.evidence.Tables {
		if len(q.waiting) == 0 || t.ListenersOnly || t.Filtered || t.Source.Moment == evidence.Before || t.Source.Name == q.waiting[0].File {
			continue
		}
		again := map[pair]bool{}
		came := 0
		for _, c := range t.Connections {
			if !q.listener.Takes(c.Local) || c.State != evidence.Established && c.State != evidence.CloseWait {
				continue
			}
			again[pair{c.Local, c.Remote}] = true
			if !seen[pair{c.Local, c.Remote}] {
				came++
			}
		}
		gone := 0
		for _, c := range q.waiting {
			if !again[pair{c.Local, c.Remote}] {
				gone++
			}
		}
		moves = moves || gone > 0 && came > 0
		if gone*10 <= len(q.waiting) {
			looks++
		}
	}
	if moves {
		return true, 0
	}
	return false, looks
}

// hangs reports whether a process that takes nothing out of its queue has done so for
// longer than a moment: it holds requests that it does not read, clients or nginx have
// given up, or several tools, one after the other, saw nothing move.
func (p *Pass) hangs(q queue) bool {
	const several = 2
	hosts := p.spoken(q.listener)
	return len(q.accepted) > 0 || len(q.gaveUp) >= 3 || q.looks >= several ||
		slices.ContainsFunc(p.Errors(evidence.UpstreamTimedOut), func(g *evidence.ErrorGroup) bool { return slices.Contains(hosts, g.Host()) })
}

// givenUp reports whether nginx or clients gave requests up before they were
// answered.
func (p *Pass) givenUp() bool {
	return len(p.Errors(evidence.UpstreamTimedOut, evidence.ClientClosed)) > 0 ||
		p.Access().Count(func(a *evidence.AccessGroup) bool { return a.Status == 499 || a.Status == 504 }) > 0
}

// answersOn reports whether the backend behind a listener answered requests after
// others to it had run into a time-out: then it is slow, or short of something, and
// does not hang. none says that it answered none since.
func (p *Pass) answersOn(l *evidence.Listener) (some, none bool) {
	var timed time.Time
	hosts := p.spoken(l)
	for _, g := range p.Errors(evidence.UpstreamTimedOut) {
		if slices.Contains(hosts, g.Host()) && (timed.IsZero() || g.First.Before(timed)) {
			timed = g.First
		}
	}
	var answered, last time.Time
	for _, g := range p.Access().Groups() {
		at, ok := accessTime(g.Last())
		if !ok {
			continue
		}
		if at.After(last) {
			last = at
		}
		all := g.Upstreams()
		if g.Status < 500 && g.Status != 499 && len(all) > 0 && slices.Contains(hosts, all[len(all)-1]) && at.After(answered) {
			answered = at
		}
	}
	if answered.IsZero() {
		return false, !last.IsZero()
	}
	if timed.IsZero() { // nothing failed: the log may end where it began to hang
		return false, false
	}
	// The error log's times are of the local zone, and have none.
	answered = time.Date(answered.Year(), answered.Month(), answered.Day(), answered.Hour(), answered.Minute(), answered.Second(), 0, timed.Location())
	return answered.Sub(timed) > time.Second, answered.Before(timed)
}

// process names who listens.
func (q queue) process() string {
	if len(q.listener.Owners) > 0 {
		return fmt.Sprintf("%s (pid %d)", q.listener.Owners[0].Name, q.listener.Owners[0].PID)
	}
	return "the process"
}

// harm says what shows that a queue does harm: some who waited have given up, it
// is full, or requests to the backend ran into a time-out. A busy process may have
// many waiting at the moment that somebody looks.
func (p *Pass) harm(q queue) (says string, ok bool) {
	l := q.listener
	if len(q.gaveUp) >= 3 && len(q.gaveUp) <= l.Queued {
		return fmt.Sprintf("%d of those that wait have been closed by the other side", len(q.gaveUp)), true
	}
	if l.Queued >= 3 && q.full() {
		return "the queue is full", true
	}
	if l.Queued < 5 {
		return "", false
	}
	// A backend that answers within milliseconds takes them out of the queue while
	// several tools look, one after the other.
	if len(q.accepted) > 0 && len(q.waiting) >= 5 && q.stays && p.quickly(l) {
		return "the same connections wait in each listing", true
	}
	if len(q.accepted) == 0 && len(q.waiting) >= 5 && q.stays && p.quickly(l) && p.late(l) {
		return "nobody is accepted, and some requests have waited for seconds", true
	}
	if _, fits := p.fileLimit(q); fits && q.owners {
		return "the process holds as many connections as its descriptors allow", true
	}
	if _, _, all := q.lastDescriptor(); all {
		return "all descriptors of the process are taken", true
	}
	if p.queueing(l) {
		return "most of what requests take is waiting", true
	}
	hosts := p.spoken(l)
	for _, g := range p.Errors(evidence.UpstreamTimedOut) {
		if slices.Contains(hosts, g.Host()) {
			return fmt.Sprintf("%s upstream timed out while %s", times(g.Count), g.Phase), true
		}
	}
	if len(p.Backend(evidence.BackendFiles, evidence.MaxChildren, evidence.MaxWorkers, evidence.ListenQueueFull)) > 0 {
		return "the backend's log speaks of it", true
	}
	return "", false
}

// late reports whether a few requests took seconds at a backend that is quick.
func (p *Pass) late(l *evidence.Listener) bool {
	const fewLate = 3
	return slices.ContainsFunc(p.spoken(l), func(host string) bool {
		ok := p.failuresAt(host).ok
		return ok.Between(2*quick, 1<<40) >= fewLate
	})
}

// queueing reports whether requests to a backend are answered late since they wait:
// half of them take twice as long as the quick ones of the same kind.
func (p *Pass) queueing(l *evidence.Listener) bool {
	return p.slow(l) && slices.ContainsFunc(p.spoken(l), func(host string) bool {
		f := p.failuresAt(host)
		return len(f.answered) == 1 && f.ok.Quantile(0.5) >= 2*f.ok.Quantile(0.02)
	})
}

// full reports whether the queue is full: the kernel lets one more in than its
// length says.
func (q queue) full() bool { return q.listener.Cap > 0 && q.listener.Queued >= q.listener.Cap }

// lines are some lines that show who waits.
func (q queue) lines() []evidence.Line {
	out := []evidence.Line{q.listener.Line}
	for _, c := range q.gaveUp[:min(len(q.gaveUp), 2)] {
		out = append(out, c.Line)
	}
	return out
}

// fileLimit returns the limit of descriptors that the accepted connections fill;
// ok is false if none that was recorded fits.
func (p *Pass) fileLimit(q queue) (l evidence.Limit, ok bool) {
	p.ask(evidence.Limits)
	n := len(q.accepted)
	highest, _ := q.highestDescriptor()
	for _, l := range p.evidence.Limits {
		// Some descriptors are files, pipes and the listening sockets. The lowest one that
		// is free is taken: who has one of the last has had all of them in use.
		few := n >= l.Soft-max(24, l.Soft/16) || n > 0 && highest >= l.Soft-lastDescriptors-1
		if l.Name == "Max open files" && l.Soft > 16 && n <= l.Soft && highest < l.Soft && few {
			return l, true
		}
	}
	return l, false
}

// lastDescriptor returns the limit of descriptors of a process that uses all below
// a number which people choose as a limit: the highest one is one less.
func (q queue) lastDescriptor() (limit int, line evidence.Line, ok bool) {
	highest, line := q.highestDescriptor()
	for limit = highest + 1; limit <= highest+lastDescriptors; limit++ {
		exactly := limit == highest+1 && limit%50 == 0
		if limit >= 32 && (limit&(limit-1) == 0 || exactly) {
			return limit, line, len(q.accepted)*10 >= limit*3
		}
	}
	return highest + 1, line, false
}

// lastDescriptors are so many below the limit that the one in use may be the last but
// few: others were closed a moment ago.
const lastDescriptors = 2

// highestDescriptor is the highest one of an accepted connection; -1 if none is known.
func (q queue) highestDescriptor() (highest int, line evidence.Line) {
	highest = -1
	for _, c := range q.accepted {
		for _, o := range c.Owners {
			if o.FD > highest {
				highest, line = o.FD, c.Line
			}
		}
	}
	return highest, line
}

// roundBelow reports whether a number lies a little below a power of two from 64
// upwards, as the connections of a process at its limit of descriptors do.
func roundBelow(n int) (limit int, ok bool) {
	for limit = 64; limit <= 1<<20; limit *= 2 {
		if n < limit && n >= limit-max(24, limit/50) && n > limit*3/5 {
			return limit, true
		}
	}
	return 0, false
}
