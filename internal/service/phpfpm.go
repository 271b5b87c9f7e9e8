package service

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/parser/source"
)

// phpfpm: pool files, each section a pool that listens by itself; several files of
// one folder are read in the order of their names, as the image's www.conf,
// docker.conf and zz-docker.conf are.
//
//	listen = /run/php/php8.2-fpm.sock
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens
//	pm.max_children = 8
//	^^^^^^^^^^^^^^^^^^^ it takes eight connections at a time, idle ones included
//	pm.max_requests = 500
//	^^^^^^^^^^^^^^^^^^^^^ a child ends, with its connection, after 500 requests
//	;listen.backlog = 511
//	 a comment: the queue is what the kernel allows
//
// Source: www.php.net/manual/en/install.fpm.configuration.php; facts measured with
// 8.2 and 8.4.
func phpfpm() *software {
	return &software{
		name: "php-fpm", programs: []string{"php-fpm", "php-fpm7", "php-fpm8", "php-fpm7.4", "php-fpm8.0", "php-fpm8.1", "php-fpm8.2", "php-fpm8.3", "php-fpm8.4", "php-fpm8.5", "php-fpm81", "php-fpm82", "php-fpm83", "php-fpm84"},
		images: []string{"php"},
		flags:  map[string]string{"-y": "config", "--fpm-config": "config", "-c": "ini", "-p": "prefix", "-g": "pid", "-d": "define"},
		derive: func(p *process) []*Service {
			var files []*source.File
			for _, m := range p.mounts {
				if !isPoolFolder(path.Dir(m.inside)) && !isPoolFolder(m.inside) {
					continue
				}
				if f := p.repo.file(m.outside); f != nil && isPool(f) {
					files = append(files, p.use(f))
					continue
				}
				for _, f := range p.repo.order {
					if within(path.Clean(f.Path), m.outside) && isPool(f) {
						files = append(files, p.use(f))
					}
				}
			}
			return p.pools(files)
		},
	}
}

// isPoolFolder reports whether php-fpm reads its pools from a folder.
func isPoolFolder(dir string) bool {
	base := path.Base(dir)
	return base == "php-fpm.d" || base == "pool.d"
}

// isPool reports whether a file is one of php-fpm's pools.
func isPool(f *source.File) bool {
	if path.Ext(f.Path) != ".conf" && !strings.HasSuffix(f.Path, ".pool") || !strings.Contains(f.Text, "[") {
		return false
	}
	for line := range strings.Lines(f.Text) {
		key, _, ok := strings.Cut(strings.TrimSpace(line), "=")
		if key = strings.TrimSpace(key); ok && (key == "pm" || key == "pm.max_children" || key == "listen.backlog" || key == "pm.max_requests" || key == "request_terminate_timeout") {
			return true
		}
	}
	return false
}

// pools makes a service of every pool. The image of php has one that listens on
// port 9000, whatever files come on top.
func (p *process) pools(files []*source.File) []*Service {
	byPool := map[string]settings{}
	var order []string
	if p.Image.Known() {
		order = []string{"www"}
		byPool["www"] = settings{
			"listen":          {Value: "9000", Sure: Default, At: p.Image.At, Name: "listen"},
			"pm.max_children": {Value: "5", Sure: Default, At: p.Image.At, Name: "pm.max_children"},
		}
	}
	for _, f := range files {
		for _, s := range readINI(f) {
			if s.name == "global" || s.name == "" || unknown(s.name) {
				continue
			}
			if byPool[s.name] == nil {
				order = append(order, s.name)
			}
			byPool[s.name] = byPool[s.name].over(s.set)
		}
	}
	var out []*Service
	for _, name := range order {
		pool := *p.Service
		q := &process{Service: &pool, settings: byPool[name]}
		pool.Variant, pool.Listens, pool.AllListens = "php-fpm", nil, false
		if len(order) > 1 || p.Kind == File {
			pool.Name = strings.TrimSuffix(p.Name+" pool "+name, " pool www")
		}
		q.listen(q.settings.text("listen"), "fastcgi")
		pool.AllListens = !q.doubtful
		pool.Slots = q.settings.number("pm.max_children")
		pool.Busy = pool.Slots
		pool.Recycle = positive(q.settings.number("pm.max_requests"))
		pool.Backlog = q.settings.number("listen.backlog").or(Field[int]{Value: -1, Sure: Preset, Name: "listen.backlog"})
		pool.InFlight = positiveTime(q.settings.fpmTime("request_terminate_timeout"))
		if len(pool.Listens) > 0 {
			pool.At = pool.Listens[0].At
		}
		out = append(out, &pool)
	}
	if len(out) == 0 {
		p.Variant = "php-fpm"
		return p.itself()
	}
	return out
}

func positiveTime(f Field[time.Duration]) Field[time.Duration] {
	if f.Known() && f.Value <= 0 {
		return unread[time.Duration](f)
	}
	return f
}

// phpServer: "php -S", the server for development.
//
//	php -S 0.0.0.0:8000 -t public
//	       ^^^^^^^^^^^^ where it listens; it keeps no connection
func phpServer() *software {
	return &software{
		name: "php-server", programs: []string{"php"},
		flags: map[string]string{"-S": "bind", "-t": "root", "--server": "bind", "--docroot": "root", "-d": "define", "-c": "ini"},
		derive: func(p *process) []*Service {
			if bind := p.settings.text("bind"); bind.Known() {
				p.Variant = "php-server"
				p.listen(bind, "http")
				p.AllListens = !p.doubtful
			}
			return []*Service{p.Service}
		},
	}
}

// fpmTime reads a time as php-fpm does (fpm_conf_set_time in sapi/fpm/fpm/fpm_conf.c): the
// last letter is the unit, s, m, h or d, and of what stands before it the digits at its
// beginning count. PHP 8.2 takes "1m30s" as 1 s, "500ms" as 500 s and "1.5h" as an hour.
func (s settings) fpmTime(name string) Field[time.Duration] {
	f, ok := s[name]
	text := strings.TrimSpace(f.Value)
	switch {
	case !ok || text == "":
		return Field[time.Duration]{}
	case unknown(text):
		return unread[time.Duration](f)
	}
	unit := time.Second
	switch text[len(text)-1] {
	case 'm':
		unit = time.Minute
	case 'h':
		unit = time.Hour
	case 'd':
		unit = 24 * time.Hour
	}
	n, err := strconv.Atoi(leadingDigits(text))
	if err != nil {
		return Field[time.Duration]{}
	}
	return as(f, time.Duration(n)*unit)
}

// leadingDigits are what C's atoi takes of a text.
func leadingDigits(text string) string {
	return text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
}
