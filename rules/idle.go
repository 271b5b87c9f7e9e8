package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

// idleTimeoutSince is the first release whose upstreams close idle connections
// by themselves.
var idleTimeoutSince = facts.V(1, 15, 3)

// A closing is what a fix that lets the connections of an upstream live longer has
// to do about the backend's own idle timeout: a POST on a connection that the
// backend is closing is lost, and the client gets 502 (measured: E6).
type closing struct {
	// line is the directive to be written, empty if none has to be.
	line string
	// edits write it, and done says so.
	edits []lint.FileEdit
	done  string
	// safety is the most that the fix may be. lint.NoFix says that nothing makes
	// it right.
	safety lint.Safety
	// notes say what is known of the backend, or taken for granted.
	notes []lint.Note
}

// closeFirst lets nginx close idle connections before the backend does: after less
// than the backend's time, or, where nobody knows that, than that of common ones.
func closeFirst(u *model.UpstreamBlock) closing {
	c, _ := u.Memo("closing first", func() any { return workOutClosing(u) }).(closing)
	return c
}

func workOutClosing(u *model.UpstreamBlock) closing {
	kept := u.Scope.Get("keepalive_timeout")
	keeps, idle, from := behindAll(u)
	switch keeps {
	case facts.KeepsForever, facts.ClosesAnnounced:
		return closing{safety: lint.Safe}
	case facts.ClosesUnannounced:
		return closing{notes: append(from, lint.Note{Msg: "the backend closes its connections without saying so: one that is kept is dead already"})}
	case facts.KeepsFor, facts.KeepsUnknown:
	}
	known := keeps == facts.KeepsFor
	d, ok := kept.Duration()
	switch {
	case peers(u) == 1 && len(u.Passes) > 0 && retriesAll(u):
		return closing{safety: lint.Safe}
	case ok && kept.Set() && d < idle:
		return closing{safety: lint.Safe}
	case !ok:
		return closing{safety: lint.Unsafe, notes: []lint.Note{{Msg: "what keepalive_timeout of the upstream is cannot be seen: it has to be less than the idle timeout of the backend"}}}
	case !known && kept.Set():
		return closing{safety: lint.Unsafe, notes: []lint.Note{{Msg: "keepalive_timeout " + kept.Text() + " is right if the backend keeps idle connections for longer than that: " + losesPosts}}}
	case !facts.Since(idleTimeoutSince).Contains(u.Scope.Host().Target.Nginx):
		return closing{safety: lint.Shown, notes: []lint.Note{{Msg: "nginx before 1.15.3 keeps idle connections until the backend closes them: " + losesPosts}}}
	}
	value := seconds(belowIdle(idle))
	c := closing{safety: lint.Safe, line: "keepalive_timeout " + value + ";"}
	var note string
	switch {
	case !known:
		note = "nothing says when the backend closes idle connections (gunicorn after 2s, Node.js after 5s): " + losesPosts
	case kept.Set():
		note = fmt.Sprintf("the backend closes idle connections after %s: %s", seconds(idle), losesPosts)
	default:
		note = fmt.Sprintf("the backend closes idle connections after %s, nginx by default after 60s: %s", seconds(idle), losesPosts)
	}
	c.notes = append(c.notes, from...)
	c.notes = append(c.notes, lint.Note{Msg: note})
	c.done = `add "` + c.line + `" to the upstream`
	if kept.Set() {
		c.done = "set keepalive_timeout to " + value
	}
	c.edits = setIdle(u, kept, c.line)
	if kept.Set() && kept.Settings[0].In != u.Scope.Body() {
		c.safety = lint.Shown // the line stands in a file that others may include
	}
	return c
}

// backendFirst is what rules about reuse say of a backend that closes first.
const backendFirst = `A backend that closes an idle connection first may take a request with it: nginx repeats a GET over another connection, and a POST ends in 502 ("upstream prematurely closed connection while reading response header", or "104: Connection reset by peer"); with several servers each such failure also takes one out for fail_timeout. gunicorn's threads close after 2 s, Node.js, Apache and uvicorn after 5 s, and nginx keeps an idle connection for 60 s by default. So the patch writes a keepalive_timeout below the time of the backend, if .tcplint.toml or the backend's own files say that, and of 1 s if they do not: raise it to less than yours, and more is reused. One that is written already, and longer than 2 s, stays, and makes the patch unsafe. Measured (nginx 1.22.1 and 1.30.6, POSTs after pauses as long as the server waits, 100 ms away): behind Node.js 20, uvicorn 0.17, gunicorn 20.1 with threads and Apache 2.4 between 6 and 32 of 42 fail without the line, and none with it.`

// behindAll is what all servers of an upstream do with idle connections, and the time
// of the one that closes first: facts.CommonIdle if nobody knows, or not of each. The
// notes say where it comes from.
func behindAll(u *model.UpstreamBlock) (keeps facts.Keeping, idle time.Duration, from []lint.Note) {
	h := u.Scope.Host()
	backend := h.Backend(u)
	keeps, idle = backend.Keeps.Value, backend.Idle.Value
	all := backend.All || h.Backends[u.Name].Keeping() != facts.KeepsUnknown
	switch {
	case keeps == facts.ClosesUnannounced:
		return keeps, 0, whence(backend, backend.Keeps)
	case keeps == facts.KeepsUnknown || keeps == facts.KeepsFor && !all && idle >= facts.CommonIdle, keeps != facts.KeepsFor && !all:
		return facts.KeepsUnknown, facts.CommonIdle, nil
	case keeps == facts.KeepsFor:
		return keeps, idle, whence(backend, backend.Idle)
	}
	return keeps, 0, nil
}

const losesPosts = "a POST that meets that ends in 502"

// setIdle writes keepalive_timeout in place of the one that is there, below
// keepalive, or at the end of the block.
func setIdle(u *model.UpstreamBlock, kept model.Value, line string) []lint.FileEdit {
	switch {
	case kept.Set():
		_, value, _ := strings.Cut(strings.TrimSuffix(line, ";"), " ")
		return setArg(kept.Settings[0].Directive, 0, value)
	case u.HasBalancer && u.LastBalancer().In == u.Scope.Body(): // below which keepalive is moved
		return lint.In(u.LastBalancer().Directive, nginx.AddAfter(u.LastBalancer().Directive, line))
	case u.HasKeepalive && u.Keepalive.In == u.Scope.Body():
		return lint.In(u.Keepalive.Directive, nginx.AddAfter(u.Keepalive.Directive, line))
	}
	return insideOf(u.Scope, line)
}

// belowIdle is a time well below the one after which a backend closes.
func belowIdle(idle time.Duration) time.Duration {
	if value := (idle * 3 / 4).Truncate(time.Second); value > 0 {
		return value
	}
	return (idle / 2).Truncate(time.Millisecond)
}

// closingFirst adds to a fix what closeFirst says, and the note to its finding. A
// fix that nothing makes right is taken away.
func closingFirst(u *model.UpstreamBlock, f *lint.Finding) {
	// A fix that writes "keepalive" has been left out already; the pool that nginx
	// makes by itself is divided by location.
	byLocation := u.HasKeepalive && u.Keepalive.Arg(1) == "local" || !u.HasKeepalive && f.Fix != nil
	if one := mixesSources(u, byLocation); one != nil {
		_, set, _ := boundTo(one)
		note := lint.Note{Msg: "there is no fix, since requests that should come from different addresses would share connections: each address needs an upstream of its own"}
		if set.Directive != nil {
			note.At = lint.At(set.Directive)
		}
		f.Fix, f.Notes = nil, append(f.Notes, note)
		return
	}
	if f.Fix == nil {
		return
	}
	c := closeFirst(u)
	f.Notes = append(f.Notes, c.notes...)
	if c.safety == lint.NoFix {
		f.Fix = nil
		return
	}
	f.Fix.Safety = min(f.Fix.Safety, c.safety)
	if c.line != "" {
		f.Fix.Edits = append(f.Fix.Edits, c.edits...)
		f.Fix.Title = together(f.Fix.Title, c)
	}
}

// together is the title of a fix with what closeFirst adds to it, before the
// condition that it may end with.
func together(title string, c closing) string {
	head, condition, conditional := strings.Cut(title, ", if ")
	if strings.HasPrefix(head, `add "keepalive `) {
		head += ` and "` + c.line + `"`
	} else {
		head += ", and " + c.done
	}
	if conditional {
		head += ", if " + condition
	}
	return head
}
