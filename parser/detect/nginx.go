package detect

import (
	"regexp"
	"strings"

	"github.com/tcplint/tcplint/parser/nginx"
)

// evidence is what speaks for and against nginx.
type evidence struct {
	strong int // statements that hardly occur elsewhere
	weak   int // statements that other languages know as well
	alien  int // what nginx would refuse
	// tags are template tags where nginx would not take them.
	tags    []string
	witness string
}

// enough weighs the evidence. A name that suggests nginx replaces strong words.
func (e *evidence) enough(n name) bool {
	switch n.hint {
	case hintNginx:
		return e.strong+e.weak > 0 && 2*e.strong+e.weak >= e.alien
	case hintSysctl:
		return e.strong > 2 && e.strong > e.alien
	case hintNone:
	}
	return e.strong > 0 && 2*e.strong+e.weak > 2*e.alien
}

// plenty is the evidence beyond which reading on changes nothing.
const plenty = 24

// nginxEvidence reads the text as nginx does and looks at its statements.
func nginxEvidence(text string, n name) *evidence {
	e := &evidence{}
	tagged := mayHoldTags(text)
	var words []string
	opened := -1 // offset behind the last "{"
	for t := range nginx.Tokens(text) {
		switch t.Kind {
		case nginx.Word:
			word := text[t.Span.Start:t.Span.End]
			if tagged && word[0] != '"' && word[0] != '\'' {
				e.tagInWord(word, opened == t.Span.Start)
			}
			words = append(words, word)
			continue
		case nginx.Open:
			if opened == t.Span.Start {
				e.tags = append(e.tags, "{{")
			}
			opened = t.Span.End
			e.statement(words, true)
		case nginx.Semi:
			e.statement(words, false)
		case nginx.Close:
			if len(words) > 0 && !strings.HasPrefix(words[0], "%") {
				e.alien++
			}
		case nginx.Space, nginx.Comment, nginx.Lua:
			continue
		}
		words = words[:0]
		if !tagged && !n.generated && n.engine == "" && e.strong > plenty && e.strong > 4*e.alien {
			break
		}
	}
	if len(words) > 0 {
		e.alien++
	}
	return e
}

// tagInWord notes a template tag in a word without quotes. behindOpen says that
// the word stands directly behind a "{".
func (e *evidence) tagInWord(word string, behindOpen bool) {
	switch {
	case behindOpen && word[0] == '%':
		e.tags = append(e.tags, "{%")
	case strings.Contains(word, "<%"):
		e.tags = append(e.tags, "<%")
	}
}

// statement weighs one statement.
func (e *evidence) statement(words []string, block bool) {
	if len(words) == 0 {
		return
	}
	name, args := words[0], words[1:]
	weight := weigh(name, args, block)
	switch {
	case weight >= strong:
		e.strong++
	case weight == weak:
		e.weak++
	case !plausible(name), len(args) > 0 && (args[0] == "=" || args[0] == "+=" || args[0] == ":=" || args[0] == "=>"):
		e.alien++
		return
	default:
		return
	}
	if e.witness == "" || weight >= strong && e.strong == 1 {
		e.witness = "it holds " + name
		if len(args) > 0 && len(args[0]) < 40 {
			e.witness += " " + args[0]
		}
	}
}

// plausible reports whether a word can begin a statement, be it in a map.
func plausible(word string) bool {
	return !strings.ContainsAny(word, "()=<>[]") || word[0] == '"' || word[0] == '\'' || word[0] == '~'
}

// The weights of a statement.
const (
	nothing = iota
	weak
	strong
)

// weigh tells how much a statement speaks for nginx.
func weigh(name string, args []string, block bool) int {
	if len(args) > 0 && strings.HasPrefix(args[0], "=") {
		return nothing // an assignment of another language
	}
	if block {
		return weighBlock(name, args)
	}
	if len(args) == 0 {
		if name == "internal" || name == "stub_status" || name == "ip_hash" || name == "least_conn" {
			return strong
		}
		return nothing
	}
	if takes, common := commonWords[name]; common {
		if takes.MatchString(args[0]) {
			return strong
		}
		return nothing
	}
	if telltale[name] {
		return strong
	}
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return strong
		}
	}
	if strings.HasSuffix(name, "_by_lua") || strings.HasSuffix(name, "_by_lua_file") {
		return strong
	}
	first := args[0]
	switch name {
	case "set":
		if first[0] == '$' && len(args) == 2 {
			return strong
		}
	case "return":
		if len(first) == 3 && digits(first) {
			return strong
		}
	case "listen":
		return strong
	case "root", "alias", "include", "user", "pid", "deny", "allow", "server", "keepalive", "daemon",
		"index", "expires", "charset", "break", "resolver", "zone", "hash", "env", "use", "etag":
		if !strings.ContainsAny(first, "=({") {
			return weak
		}
	}
	return nothing
}

func weighBlock(name string, args []string) int {
	switch name {
	case "http", "events", "stream", "mail", "types", "charset_map":
		if len(args) == 0 || len(args) == 2 && name == "charset_map" {
			return strong
		}
	case "server":
		if len(args) == 0 {
			return weak
		}
	case "location":
		if n := len(args); n > 0 && n < 3 {
			return strong
		}
	case "upstream":
		if len(args) == 1 {
			return strong
		}
	case "map", "geo", "split_clients":
		if n := len(args); n > 0 && args[n-1][0] == '$' {
			return strong
		}
	case "if":
		if len(args) > 0 && (strings.HasPrefix(args[0], "($") || args[0] == "(" && len(args) > 1 && args[1][0] == '$') {
			return weak // Perl and PHP write the same
		}
	case "limit_except":
		return strong
	}
	if strings.HasSuffix(name, "_by_lua_block") {
		return strong
	}
	return nothing
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// prefixes begin the names of directives that no other program has.
var prefixes = []string{
	"proxy_", "fastcgi_", "uwsgi_", "scgi_", "grpc_", "memcached_", "gzip_", "ssl_", "worker_", "client_", "limit_conn", "limit_req",
	"limit_rate", "server_name", "types_hash_", "map_hash_", "variables_hash_", "open_file_cache", "auth_basic", "auth_request",
	"real_ip_", "keepalive_", "lua_", "js_", "perl_", "more_set_", "more_clear_", "modsecurity", "brotli", "http2", "http3", "quic_",
	"large_client_", "secure_link", "resolver_", "sub_filter", "image_filter", "xslt_", "dav_", "mirror", "postpone_", "output_buffers",
	"random_index", "userid", "zstd", "vod_", "vhost_traffic_", "push_stream", "nchan_", "mail_", "imap_", "smtp_", "pop3_",
}

// commonWords are names of directives that are words of other languages, too, with
// what their first argument is like.
var commonWords = map[string]*regexp.Regexp{
	"gzip": onOff, "ssl": onOff, "ssi": onOff, "hls": onOff, "aio": regexp.MustCompile(`^(on|off|threads(=.+)?)$`),
	"satisfy": regexp.MustCompile(`^(any|all)$`), "slice": regexp.MustCompile(`^\d+[kKmM]?$`), "mirror": regexp.MustCompile(`^([/@$]|off$)`),
}

var onOff = regexp.MustCompile(`^(on|off|\$\w+)$`)

// telltale are further names of such directives.
var telltale = func() map[string]bool {
	const names = `absolute_redirect access_log add_header add_trailer ancient_browser autoindex chunked_transfer_encoding
		default_type directio disable_symlinks error_log error_page expires_by ignore_invalid_headers
		if_modified_since internal lingering_close lingering_timeout load_module log_format log_not_found log_subrequest
		master_process merge_slashes min_delete_depth msie_padding multi_accept pcre_jit port_in_redirect rds_json
		recursive_error_pages rewrite rewrite_log send_timeout sendfile sendfile_max_chunk server_tokens
		set_real_ip_from source_charset ssi_types ssi_silent_errors stub_status tcp_nodelay tcp_nopush timer_resolution try_files
		underscores_in_headers valid_referers reset_timedout_connection least_conn ip_hash max_ranges health_check
		preread_buffer_size autoindex_exact_size thread_pool accept_mutex status_zone js_include set_by_lua`
	m := map[string]bool{}
	for n := range strings.FieldsSeq(names) {
		m[n] = true
	}
	return m
}()
