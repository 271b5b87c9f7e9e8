package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxFastcgiNotKept = lint.Rule{
	ID:       "nginx-fastcgi-not-kept",
	Title:    "a FastCGI connection is kept by one side only",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `A FastCGI server closes the connection after the response unless the request says otherwise, and only "fastcgi_keep_conn on" lets nginx say so. It takes both: that line in the location, and a pool in the upstream.

With keepalive in the upstream and no fastcgi_keep_conn the pool stays empty. With fastcgi_keep_conn and no pool, nginx closes the connection itself, so that TIME_WAIT, and the ephemeral port with it, moves from the FastCGI server to nginx.

Measured (experiment 11, php-fpm 8.2, 2000 requests): neither of the two 2000 connections, with 1957 in TIME_WAIT at php-fpm; keepalive alone the same; fastcgi_keep_conn alone 2000, all in TIME_WAIT at nginx; both 8. From 1.29.7 on an upstream has a pool without a line, so that fastcgi_keep_conn is enough; an address in fastcgi_pass has none in any version.

The patch adds the missing line where keepalive is written, and takes fastcgi_keep_conn away where there is no pool. Each kept connection occupies a process of php-fpm: with keepalive 8 and pm.max_children 4 four requests ended in 504, and another client got no answer at all. So the patch is safe only where .tcplint.toml says that the backend has room for the pool (max_children).

` + backendFirst + `

Ignore it where fastcgi_keep_conn is there for the sake of streaming: with it, nginx passes each record on at once.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_keep_conn",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
	},
	Examples: []lint.Example{
		{
			Name: "a pool that nothing goes into, and room for it",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"php": {MaxChildren: 16}}
			},
			Bad: `upstream php {
    server 127.0.0.1:9000;
    keepalive 4;
}
server {
    location ~ \.php$ {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass php;
       #^^^^^^^^^^^^^^^^^ keepalive 4 of upstream "php" keeps nothing: fastcgi_keep_conn is off
    }
}
`,
			Good: `upstream php {
    server 127.0.0.1:9000;
    keepalive 4;
    keepalive_timeout 1s;
}
server {
    location ~ \.php$ {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass php;
        fastcgi_keep_conn on;
    }
}
`,
		},
		{
			Name: "kept connections without a pool",
			Bad: `server {
    location ~ \.php$ {
        fastcgi_keep_conn on;
        fastcgi_pass 127.0.0.1:9000;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 127.0.0.1:9000 has no pool
    }
}
`,
			Good: `server {
    location ~ \.php$ {
        fastcgi_keep_conn off;
        fastcgi_pass 127.0.0.1:9000;
    }
}
`,
		},
		{
			Name:  "an upstream without a pool, set for the whole server",
			Nginx: "1.28.3",
			Bad: `upstream php {
    server 127.0.0.1:9000;
}
server {
    fastcgi_keep_conn on;
    location ~ \.php$ {
        fastcgi_pass php;
       #^^^^^^^^^^^^^^^^^ upstream "php" has no pool
    }
}
`,
			Good: `upstream php {
    server 127.0.0.1:9000;
}
server {
    fastcgi_keep_conn on;
    location ~ \.php$ {
        fastcgi_pass php;
        fastcgi_keep_conn off;
    }
}
`,
		},
		{
			Name:  "a pool that the backend has room for",
			Nginx: "1.28.3",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"php": {MaxChildren: 16}}
			},
			Bad: `upstream php {
    server 127.0.0.1:9000;
}
server {
    location ~ \.php$ {
        fastcgi_keep_conn on;
        fastcgi_pass php;
       #^^^^^^^^^^^^^^^^^ upstream "php" has no pool
    }
}
`,
			Good: `upstream php {
    server 127.0.0.1:9000;
    keepalive 8;
    keepalive_timeout 1s;
}
server {
    location ~ \.php$ {
        fastcgi_keep_conn on;
        fastcgi_pass php;
    }
}
`,
		},
		{
			Name:  "a pool that would occupy every process is only shown",
			Nginx: "1.24.0",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"php": {MaxChildren: 5}}
			},
			Bad: `upstream php {
    server unix:/run/php.sock;
    keepalive 64;
}
server {
    location ~ \.php$ {
        fastcgi_pass php;
       #^^^^^^^^^^^^^^^^^ keepalive 64 of upstream "php" keeps nothing
    }
}
`,
			Good: `upstream php {
    server unix:/run/php.sock;
    keepalive 2;
}
server {
    location ~ \.php$ {
        fastcgi_keep_conn on;
        fastcgi_pass php;
    }
}
`,
		},
		{
			Name: "silent: both, neither, and a unix socket",
			Bad: `upstream kept {
    server 127.0.0.1:9000;
    keepalive 4;
}
upstream plain {
    server 127.0.0.1:9001;
}
upstream socket {
    server unix:/run/php.sock;
}
server {
    location /a {
        fastcgi_keep_conn on;
        fastcgi_pass kept;
    }
    location /b {
        fastcgi_pass plain;
    }
    location /c {
        fastcgi_keep_conn on;
        fastcgi_pass socket;
    }
    location /d {
        fastcgi_pass 127.0.0.1:9000;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, pass := range p.Host.Nginx.Passes() {
			if pass.Protocol != "fastcgi" {
				continue
			}
			kept := pass.Scope.Get("fastcgi_keep_conn")
			switch {
			case kept.Sure && kept.Text() != "on":
				fastcgiCloses(p, pass, kept)
			case kept.Sure:
				fastcgiUnpooled(p, pass, kept)
			}
		}
	},
}

var _ = add(&nginxFastcgiNotKept)

// fastcgiCloses reports a pass to a pool that somebody wrote, whose connections
// the backend closes. The pool that nginx makes by itself is no sign that
// anybody wants them kept.
func fastcgiCloses(p *lint.Pass, pass *model.Pass, kept model.Value) {
	u := pass.Target.Upstream
	if u == nil || !u.HasKeepalive {
		return
	}
	pool, ok := u.Pool()
	if !ok || pool.Empty() {
		return
	}
	c := newCure(pass, pool)
	c.set("fastcgi_keep_conn", "on")
	switch slots := p.Host.Backend(u).Slots; {
	case slots.Known() && larger(p.Host, u).over():
		c.lessSafe(lint.Shown) // the pool would occupy every process
	case kept.Set() || !slots.Known():
		c.lessSafe(lint.Unsafe) // somebody switched it off, or the pool may occupy every process
	}
	f := lint.Finding{
		At:       lint.At(pass.Directive),
		Msg:      fmt.Sprintf("keepalive %s of upstream %q keeps nothing: fastcgi_keep_conn is off, so every request opens a new connection", u.Keepalive.Arg(0), u.Name),
		Notes:    append([]lint.Note{{Msg: "the pool", At: lint.At(u.Keepalive.Directive)}}, assumed(kept)...),
		Versions: p.NginxVersions(pool, "where the upstream keeps idle connections"),
		Fix:      c.result(),
	}
	closingFirst(u, &f)
	p.Report(f)
}

// fastcgiUnpooled reports a pass whose connections the backend keeps open, while
// nginx has no pool for them.
func fastcgiUnpooled(p *lint.Pass, pass *model.Pass, kept model.Value) {
	u := pass.Target.Upstream
	in := p.Host.Target.Nginx
	f := lint.Finding{
		At:    lint.At(pass.Directive),
		Notes: []lint.Note{{Msg: "the backend is asked to keep it here", At: lint.At(kept.Settings[0].Directive)}},
	}
	name := pass.Arg(0)
	switch {
	case u == nil && (pass.Target.Kind != model.TargetAddress || bareWord(pass.Target)):
		return
	case u == nil:
	default:
		if in = unpooled(u); in.Empty() {
			return
		}
		name = fmt.Sprintf("upstream %q", u.Name)
		f.Versions = p.NginxVersions(in, "which pools only with a keepalive line")
		if p.Host.Backend(u).Slots.Known() {
			f.Fix = addPool(p.Host, u)
			closingFirst(u, &f)
		}
	}
	f.Msg = name + " has no pool: nginx closes each connection that fastcgi_keep_conn keeps open, and holds its port for 60 seconds"
	if f.Fix == nil {
		f.Fix = closeAgain(pass, in)
	}
	p.Report(f)
}

// closeAgain lets the backend close its connections. Without knowing how many
// processes it has, a pool could occupy them all.
func closeAgain(pass *model.Pass, in facts.Range) *lint.Fix {
	c := newCure(pass, in)
	c.set("fastcgi_keep_conn", "off")
	c.lessSafe(lint.Unsafe)
	return c.result()
}
