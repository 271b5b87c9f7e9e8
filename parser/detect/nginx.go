package detect

import (
	"strings"
	"sync"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
)

// evidence is what speaks for and against nginx.
type evidence struct {
	strong int // statements that hardly occur elsewhere
	weak   int // statements that other languages know as well
	alien  int // what nginx would refuse
	// prose are statements that read like a sentence, strange those whose names
	// tell nothing, outside of blocks of data.
	prose, strange int
	// of counts directives of other programs, other is one that has two.
	of    map[string]int
	other string
	data  []bool // for each open block, whether it holds data
	// tags are template tags where nginx would not take them.
	tags    []string
	witness string
}

// enough weighs the evidence. A name that suggests nginx replaces strong words,
// one that suggests a note asks for nothing but configuration, and one that says
// nothing for more than one statement.
func (e *evidence) enough(n name) bool {
	if e.other != "" && !n.certain {
		return false
	}
	if n.loose && (e.prose > 0 || e.alien > 0 || e.strong+e.weak < 2) {
		return false
	}
	switch n.hint {
	case hintNginx:
		return e.strong+e.weak > 0 && 2*e.strong+e.weak >= e.alien+2*e.prose
	case hintSysctl:
		return e.strong > 2 && e.strong > e.alien
	case hintNone:
	}
	if e.strong+e.weak < 2 && (!n.plain || e.alien+e.prose+e.strange > 0) {
		return false
	}
	return e.strong > 0 && 2*e.strong+e.weak > 2*(e.alien+e.prose) && 2*e.strong+e.weak >= e.strange
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
			e.data = e.data[:max(0, len(e.data)-1)]
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
		if block {
			e.data = append(e.data, false)
		}
		return
	}
	name, args := words[0], words[1:]
	weight := weigh(name, args, block)
	inData := len(e.data) > 0 && e.data[len(e.data)-1]
	if block {
		e.data = append(e.data, inData || weight == nothing || holdsData[name])
	}
	if who := foreign()[name]; who != "" && !inData {
		if e.of == nil {
			e.of = map[string]int{}
		}
		if e.of[who]++; e.of[who] > 1 {
			e.other = who
		}
	}
	if weight == nothing && !inData && !strings.HasPrefix(name, tagWord) {
		e.strange++
		if sentence(words) {
			e.prose++
		}
	}
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

// holdsData are blocks in which no directives stand.
var holdsData = map[string]bool{"map": true, "geo": true, "split_clients": true, "types": true, "charset_map": true, "match": true}

// sentence reports whether words read like prose: a capital letter, small ones
// behind it, and more of them.
func sentence(words []string) bool {
	first := words[0]
	if len(words) < 3 || first[0] < 'A' || first[0] > 'Z' {
		return false
	}
	return strings.Trim(first[1:], "abcdefghijklmnopqrstuvwxyz,'") == ""
}

// plausible reports whether a word can begin a statement, be it in a map.
func plausible(word string) bool {
	return !strings.ContainsAny(word, "()=<>[]") || word[0] == '"' || word[0] == '\'' || word[0] == '~'
}

// foreign are directives of programs whose configuration has nginx's shape. Two of
// one program tell such a file.
var foreign = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for who, names := range map[string]string{
		"Shiny Server": `run_as site_dir app_dir user_dirs log_dir directory_index bookmark_state_dir preserve_logs sanitize_errors
			app_init_timeout app_idle_timeout simple_scheduler utilization_scheduler http_keepalive_timeout members_of allow_app_override`,
		"dhcpd":      "subnet range option max-lease-time ddns-update-style authoritative shared-network",
		"BIND":       "directory recursion allow-query allow-transfer forwarders dnssec-validation listen-on listen-on-v6",
		"Keepalived": "vrrp_instance vrrp_script vrrp_sync_group virtual_server global_defs",
		"nftables":   "flush table chain policy",
		"Caddy":      "reverse_proxy file_server encode tls handle handle_path import",
		"Dovecot":    "passdb userdb",
		"syslog-ng":  "source destination filter options log",
	} {
		for n := range strings.FieldsSeq(names) {
			m[n] = who
		}
	}
	return m
})

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
	if telltale()[name] {
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
var commonWords = map[string]*lazyre.Regexp{
	"gzip": onOff, "ssl": onOff, "ssi": onOff, "hls": onOff, "aio": lazyre.New(`^(on|off|threads(=.+)?)$`),
	"satisfy": lazyre.New(`^(any|all)$`), "slice": lazyre.New(`^\d+[kKmM]?$`), "mirror": lazyre.New(`^([/@$]|off$)`),
}

var onOff = lazyre.New(`^(on|off|\$\w+)$`)

// telltale are further names of such directives.
var telltale = sync.OnceValue(func() map[string]bool {
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
})
