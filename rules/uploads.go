package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
)

// largeBody is the limit of a request's body from which on a location counts as
// one for uploads.
const largeBody = 16 << 20

// offset reads nginx's offsets, which unlike its sizes may count in gigabytes.
func offset(text string) (bytes int64, ok bool) {
	if digits, giga := strings.CutSuffix(strings.ToLower(text), "g"); giga {
		n, ok := model.Size(digits)
		return int64(n) << 30, ok && n < 1<<30
	}
	n, ok := model.Size(text)
	return int64(n), ok
}

// takesUploads reports whether large bodies may come to a location, as it says.
func takesUploads(s *model.Scope) bool {
	v := s.Get("client_max_body_size")
	limit, ok := offset(v.Text())
	return v.Sure && v.Set() && ok && (limit == 0 || limit >= largeBody)
}

// speaksHTTP2 reports whether clients reach a server over HTTP/2 for certain.
func speaksHTTP2(all map[string]*model.Listener, server *model.Scope) bool {
	for _, l := range all {
		if !slices.Contains(l.Servers, server) {
			continue
		}
		if l.Has("http2") {
			return true
		}
		// What the default server of an address says holds for clients that name
		// none; each other server speaks for itself (ngx_http_v2_module).
		if v := server.Get("http2"); v.Sure && strings.EqualFold(v.Text(), "on") {
			return true
		}
	}
	return false
}

// unbuffered reports whether a pass sends the body of a request on while it
// comes in.
func unbuffered(pass *model.Pass) (set model.Setting, ok bool) {
	v := pass.Scope.Get(pass.Protocol + "_request_buffering")
	if !v.Sure || !strings.EqualFold(v.Text(), "off") {
		return model.Setting{}, false
	}
	return v.Settings[0], true
}
