package evidence

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// LogFormat is a log_format of nginx, taken apart.
type LogFormat struct {
	Name  string
	parts []formatPart
}

// formatPart is a text that stands as it is, or a variable.
type formatPart struct {
	text     string
	variable string // without "$"; empty for a text
	use      use
}

// use is what the reader takes of a variable.
type use uint8

const (
	unused use = iota
	useStatus
	useUpstreamStatus
	useUpstreamAddr
	useRequest
	useMethod
	useURI
	useRequestTime
	useConnectTime
	useHeaderTime
	useResponseTime
	useBytes
	useUpstreamBytes
	useTimeLocal
	useTimeISO
	useMsec
	useProtocol
	useCache
)

var uses = map[string]use{
	"status": useStatus, "upstream_status": useUpstreamStatus, "upstream_addr": useUpstreamAddr, "request": useRequest,
	"request_method": useMethod, "uri": useURI, "request_uri": useURI, "document_uri": useURI, "request_time": useRequestTime,
	"upstream_connect_time": useConnectTime, "upstream_header_time": useHeaderTime, "upstream_response_time": useResponseTime,
	"body_bytes_sent": useBytes, "bytes_sent": useBytes, "upstream_bytes_received": useUpstreamBytes, "upstream_response_length": useUpstreamBytes,
	"time_local": useTimeLocal, "time_iso8601": useTimeISO, "msec": useMsec, "server_protocol": useProtocol, "upstream_cache_status": useCache,
}

// Combined returns the format that nginx has by itself (ngx_http_log_module.c).
var Combined = sync.OnceValue(func() LogFormat {
	return mustFormat("combined", `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`)
})

// packaged is the format that the nginx.conf of nginx.org's packages and images sets,
// under the name main.
var packaged = sync.OnceValue(func() LogFormat {
	return mustFormat("main", `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"`)
})

func mustFormat(name, text string) LogFormat {
	f, err := ParseLogFormat(name, text)
	if err != nil {
		return LogFormat{Name: name}
	}
	return f
}

// ParseLogFormat takes a format apart; text is the arguments of log_format joined
// without anything between them.
func ParseLogFormat(name, text string) (LogFormat, error) {
	f := LogFormat{Name: name}
	for text != "" {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			f.parts = append(f.parts, formatPart{text: text})
			break
		}
		if i > 0 {
			f.parts = append(f.parts, formatPart{text: text[:i]})
		}
		text = text[i+1:]
		var name string
		if rest, ok := strings.CutPrefix(text, "{"); ok {
			if name, text, ok = strings.Cut(rest, "}"); !ok {
				return f, fmt.Errorf("log_format %s: a brace is not closed", f.Name)
			}
		} else {
			end := strings.IndexFunc(text, func(r rune) bool {
				return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
			})
			if end < 0 {
				end = len(text)
			}
			name, text = text[:end], text[end:]
		}
		if name == "" {
			return f, fmt.Errorf("log_format %s: a variable has no name", f.Name)
		}
		f.parts = append(f.parts, formatPart{variable: name, use: uses[name]})
	}
	for i := 1; i < len(f.parts); i++ {
		if f.parts[i].variable != "" && f.parts[i-1].variable != "" {
			return f, fmt.Errorf("log_format %s: nothing stands between $%s and $%s", f.Name, f.parts[i-1].variable, f.parts[i].variable)
		}
	}
	if len(f.parts) < 2 {
		return f, errors.New("log_format " + f.Name + " holds nothing to go by")
	}
	return f, nil
}

// Has reports whether the format writes a variable.
func (f LogFormat) Has(variable string) bool {
	for _, p := range f.parts {
		if p.variable == variable {
			return true
		}
	}
	return false
}

// match takes a line apart. Values of the variables in use are put into fields,
// which point into the line.
func (f *LogFormat) match(line []byte, fields *[useCache + 1][]byte) bool {
	at := 0
	for i := range f.parts {
		p := &f.parts[i]
		if p.variable == "" {
			if len(line)-at < len(p.text) || string(line[at:at+len(p.text)]) != p.text {
				return false
			}
			at += len(p.text)
			continue
		}
		end := len(line)
		if i+1 < len(f.parts) {
			n := valueEnd(line[at:], p.use, f.parts[i+1].text)
			if n < 0 {
				return false
			}
			end = at + n
		}
		if p.use != unused {
			fields[p.use] = line[at:end]
		}
		at = end
	}
	return at == len(line)
}

// valueEnd finds where a value ends, given the text that follows it. Lists of
// upstreams hold ", " and " : ", which may be that text's beginning.
func valueEnd(rest []byte, u use, next string) int {
	from := 0
	for {
		i := indexString(rest[from:], next)
		if i < 0 {
			return -1
		}
		end := from + i
		if !isList(u) {
			return end
		}
		tail := rest[end:]
		if (end > 0 && rest[end-1] == ',' || hasPrefix(tail, ", ") || hasPrefix(tail, " : ") || end >= 2 && rest[end-1] == ':' && rest[end-2] == ' ') && !strings.HasPrefix(next, "\"") {
			from = end + len(next)
			if hasPrefix(tail, " : ") {
				from = end + 3
			}
			continue
		}
		return end
	}
}

func isList(u use) bool {
	switch u {
	case useUpstreamAddr, useUpstreamStatus, useConnectTime, useHeaderTime, useResponseTime, useUpstreamBytes:
		return true
	default:
		return false
	}
}

func hasPrefix(b []byte, p string) bool { return len(b) >= len(p) && string(b[:len(p)]) == p }
