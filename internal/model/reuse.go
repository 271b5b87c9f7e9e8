package model

import "github.com/tcplint/tcplint/internal/facts"

// Reuse returns the versions of the target in which the connections of a pass
// surely go back to a pool, from which later requests take them: the upstream
// keeps one, and nothing in the request closes the connection (facts §1 and §2,
// measured: E1, E11).
func (p *Pass) Reuse() facts.Range {
	if known := p.reuse.Load(); known != nil {
		return *known
	}
	in := p.reused()
	switch in { // most often it is one of two
	case facts.Never:
		p.reuse.Store(&never)
	case p.Scope.host.Target.Nginx:
		p.reuse.Store(&p.Scope.host.Target.Nginx)
	default:
		other := in
		p.reuse.Store(&other)
	}
	return in
}

var never = facts.Never

func (p *Pass) reused() facts.Range {
	if p.Target.Upstream == nil {
		return facts.Never
	}
	pool, ok := p.Target.Upstream.Pool()
	if !ok {
		return facts.Never
	}
	switch p.Protocol {
	case "grpc", "memcached":
		return pool
	case "fastcgi":
		// php-fpm and the like close the connection unless asked to keep it.
		if v := p.Scope.Get("fastcgi_keep_conn"); v.Sure && v.Text() == "on" {
			return pool
		}
	case "proxy":
		version := p.Scope.Get("proxy_http_version")
		if in := pool.Intersect(version.Where("2")); !in.Empty() {
			return in
		}
		if conn := p.Scope.Connection(); conn.Sure {
			return pool.Intersect(version.Where("1.1")).Without(conn.Close)
		}
	}
	return facts.Never
}
