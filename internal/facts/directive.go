package facts

//go:generate go run ./gen

import (
	"iter"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
)

// Context is a set of places in an nginx configuration in which a directive can
// stand. Blocks whose content is data rather than directives (map, geo, types,
// split_clients, charset_map) are no contexts; see Directive.Data.
type Context uint32

// The contexts that nginx's own modules know.
const (
	Main           Context = 1 << iota // outside every block
	Events                             // events {}
	HTTP                               // http {}
	Server                             // server {} in http
	Location                           // location {}
	ServerIf                           // if {} in a server
	If                                 // if {} in a location
	LimitExcept                        // limit_except {}
	Upstream                           // upstream {} in http
	Stream                             // stream {}
	StreamServer                       // server {} in stream
	StreamUpstream                     // upstream {} in stream
	Mail                               // mail {}
	MailServer                         // server {} in mail

	// Anywhere is every context: include alone is allowed in all of them.
	Anywhere = MailServer<<1 - 1
)

// contextNames are the names of the single contexts by bit position. They are
// the words of the data files and of messages.
var contextNames = [...]string{
	"main", "events", "http", "server", "location", "if-in-server", "if-in-location",
	"limit_except", "upstream", "stream", "stream-server", "stream-upstream", "mail", "mail-server",
}

// ParseContext is the single context of a name such as "http", "location" or
// "stream-server"; zero if there is none of that name.
func ParseContext(name string) Context {
	for i, n := range contextNames {
		if n == name {
			return 1 << i
		}
	}
	return 0
}

// Has reports whether every context of o is in c. The empty set is in none.
func (c Context) Has(o Context) bool { return o != 0 && c&o == o }

// Names are the names of the contexts in c, outermost first.
func (c Context) Names() []string {
	var names []string
	for i, n := range contextNames {
		if c&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String lists the contexts for a message: "http, server, location".
func (c Context) String() string {
	if c == 0 {
		return "nowhere"
	}
	if c == Anywhere {
		return "any context"
	}
	return strings.Join(c.Names(), ", ")
}

// ArgSpec says how many arguments nginx's command table allows.
type ArgSpec struct {
	Min  int
	Max  int  // -1: no upper bound
	Flag bool // exactly one, "on" or "off" in any case
}

// Allows reports whether n arguments are accepted.
func (a ArgSpec) Allows(n int) bool { return n >= a.Min && (a.Max < 0 || n <= a.Max) }

// Default is the value that holds where nothing is written, for a span of
// releases. Text is in the syntax of the configuration; alternatives that depend
// on the platform are divided by "|" ("4k|8k" for a memory page).
type Default struct {
	In   Range
	Text string
	Ref  string // what says so, https; "" where the row's own Ref does
}

// Deprecation says that nginx still takes a directive, with a warning.
type Deprecation struct {
	Since   Version // zero: not recorded
	Instead string  // the directive to use, or ""
	Ignored bool    // the value has no effect any more
}

// Directive is what one module says of one directive, for a span of releases. A
// name can have several rows: one per module (keepalive_timeout in a location and
// in an upstream), and one per release in which its contexts or arguments changed.
type Directive struct {
	Name       string
	Module     string       // "ngx_http_proxy_module"
	In         Range        // the nginx releases that have it in this form
	Contexts   Context      // where it may stand
	Opens      Context      // the contexts that its block opens; zero for a simple directive or Data
	Block      bool         // it takes a { } block
	Data       bool         // its block holds data ("pattern value;"), not directives
	Once       bool         // nginx refuses a second one in the same block
	Args       ArgSpec      // arguments before the block or semicolon
	Defaults   []Default    // by version; nil if there is none or it is not known
	Doc        string       // what it does, in a few words; "" if not recorded
	Unit       string       // "seconds", "bytes"; "" if it has none or that is not recorded
	Deprecated *Deprecation // nil if it is not
	Ref        string       // nginx source of the command table entry, https
}

// ReuseByDefault is the first nginx release in which an explicit upstream keeps
// idle connections without being told to ("keepalive 32 local"), proxy_pass
// speaks HTTP/1.1, and no "Connection: close" is sent. No 1.28.x release has it.
// Source: nginx commits 6bb27a631 and 4fbe4b627; measured on 1.22.1, 1.29.6,
// 1.29.7 and 1.31.5.
var ReuseByDefault = Version{1, 29, 7}

// OldestNginx is where the supported window of nginx releases begins. A claim for
// "every nginx" is checked from here on.
var OldestNginx = Version{1, 18, 0}

// NginxWindow is the range of nginx versions that findings speak of where no
// version is given: the oldest supported one and later.
func NginxWindow() Range { return Since(OldestNginx) }

// ListenBacklog is the backlog that nginx asks for on Linux when listen has no
// backlog= (src/os/unix/ngx_linux_config.h, NGX_LISTEN_BACKLOG); the kernel caps
// it at net.core.somaxconn. Unit: connections waiting in the accept queue.
const ListenBacklog = 511

// Directives are all rows of a name, in the order of module and release: http,
// stream and mail, present and removed. It is empty for a name that nginx's own
// modules never had. The slice must not be changed.
func Directives(name string) []Directive {
	if n := NameOf(name); n != nil {
		return n.rows
	}
	return nil
}

// Name is what is known of the directives of one name. It must not be changed.
type Name struct {
	// Number tells the name from all others here; it is above 0 and at most
	// NameCount.
	Number int
	// Merge and Defaults are what MergeOf and DefaultsOf say of the name.
	Merge    Merge
	Defaults []Default

	name string
	rows []Directive
	// read are how the arguments of each row are read.
	read []reading
}

// reading is what SlotsOf and ParametersOf say.
type reading struct {
	slots      []Slot
	parameters []Parameter
}

// readingOf is how a module reads the arguments of a directive.
func readingOf(name, module string) reading {
	if n := NameOf(name); n != nil {
		for i := range n.rows {
			if n.rows[i].Module == module {
				return n.read[i]
			}
		}
	}
	return reading{}
}

// names are the names that were asked for, a hash table with open addressing: a small
// configuration has few of all there are, and in a big one every directive asks.
var names [nameSlots]atomic.Pointer[Name]

// nameSlots is a power of two, and above twice the number of all names.
const nameSlots = 1 << 11

// NameOf returns what is known of a name, nil if nothing is. It is always the same.
func NameOf(name string) *Name {
	at := hash(name)
	var made *Name
	for ; ; at++ {
		slot := &names[at%nameSlots]
		n := slot.Load()
		if n == nil && made == nil {
			if made = newName(name); made == nil {
				return nil
			}
		}
		if n == nil && slot.CompareAndSwap(nil, made) {
			return made
		}
		if n == nil {
			n = slot.Load() // somebody was faster
		}
		if n.name == name {
			return n
		}
	}
}

// hash mixes a name, eight bytes at a time.
func hash(name string) uint32 {
	const prime, half = 0x9e3779b97f4a7c15, 32
	h := uint64(len(name))
	for ; len(name) >= 8; name = name[8:] {
		h ^= uint64(name[0]) | uint64(name[1])<<8 | uint64(name[2])<<16 | uint64(name[3])<<24 |
			uint64(name[4])<<32 | uint64(name[5])<<40 | uint64(name[6])<<48 | uint64(name[7])<<56
		h *= prime
		h ^= h >> half
	}
	for i := range len(name) {
		h = h<<8 ^ h>>56 ^ uint64(name[i])
	}
	h *= prime
	return uint32(h >> half)
}

// NameCount is a number that the Number of no name is above.
func NameCount() int { return len(directives) + len(merges) }

// newName puts together what is known of a name; nil if nothing is. The string that it
// is asked with is not kept: it is a part of a file.
func newName(name string) *Name {
	lo, hi := span(len(directives), func(i int) int { return strings.Compare(directives[i].Name, name) })
	m, listed := slices.BinarySearchFunc(merges, name, func(m mergeRow, name string) int { return strings.Compare(m.name, name) })
	if lo == hi && !listed {
		return nil
	}
	n := &Name{}
	if listed {
		n.Number, n.name, n.Merge = len(directives)+m+1, merges[m].name, merges[m].merge
	}
	if lo < hi {
		n.Number, n.name = lo+1, directives[lo].Name
		n.rows = directives[lo:hi:hi]
		n.Defaults = defaultsOf(n.rows)
		n.read = make([]reading, len(n.rows))
		for i := range n.rows {
			n.read[i] = reading{slotsOf(name, n.rows[i].Module), parametersOf(name, n.rows[i].Module)}
		}
	}
	return n
}

// span finds the rows of a table of so many that is in order. compare says of a row
// whether it is what is looked for (0), or comes before or after it.
func span(rows int, compare func(i int) int) (lo, hi int) {
	lo = sort.Search(rows, func(i int) bool { return compare(i) >= 0 })
	for hi = lo; hi < rows && compare(hi) == 0; hi++ {
		continue
	}
	return lo, hi
}

// KnownDirective reports whether any nginx release, or a module or relative of
// nginx that the tables name (NGINX Plus, OpenResty, Angie, Tengine, njs, ...),
// has a directive of that name. The list of others is not exhaustive.
func KnownDirective(name string) bool {
	return len(Directives(name)) > 0 || OtherDirective(name)
}

// OtherDirective reports whether the name is known from something other than
// nginx's own modules: a third-party module, NGINX Plus or a fork. Some names,
// such as sticky, are both.
func OtherDirective(name string) bool {
	_, found := slices.BinarySearch(otherNames, name)
	return found || slices.ContainsFunc(otherFamilies, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// otherFamilies are what the directives of modules of third parties begin with
// that have many of them, and that no directive of nginx begins with.
var otherFamilies = []string{
	"passenger_", "rails_", "rack_", // Phusion Passenger, https://www.phusionpassenger.com/docs/references/config_reference/nginx/
	"opentracing", "zipkin_", "jaeger_", "lightstep_", "datadog_", // https://github.com/opentracing-contrib/nginx-opentracing
	"opentelemetry",              // https://github.com/open-telemetry/opentelemetry-cpp-contrib/tree/main/instrumentation/nginx
	"app_protect_", "f5_metrics", // F5 NGINX App Protect, https://docs.nginx.com/nginx-app-protect-waf/
	"push_",        // https://github.com/slact/nginx_http_push_module
	"nchan_",       // https://nchan.io
	"mruby_",       // https://github.com/matsumotory/ngx_mruby
	"ssl_dyn_rec_", // https://github.com/nginx-modules/ngx_http_tls_dyn_size
	"vod_",         // https://github.com/kaltura/nginx-vod-module
	"pagespeed",    // https://github.com/apache/incubator-pagespeed-ngx
	"brotli", "zstd", "modsecurity", "naxsi_",
	// What OpenResty bundles, https://openresty.org/en/components.html, and Debian
	// ships as libnginx-mod-*.
	"set_quote_", "set_encode_", "set_decode_", "set_secure_random_", "set_hmac_", "set_form_input",
	"redis2_", "redis_", "memc_", "srcache_", "drizzle_", "postgres_", "rds_", "iconv_", "encrypted_session_", "xss_", "array_",
	"server_traffic_status", "stream_server_traffic_status", // https://github.com/vozlt/nginx-module-sts
	"slowfs_", "websockify_", "testcookie", "security_headers", "statsd_", "graphite_", "kafka_", "upsync", "ajp_",
	"cookie_flag", "set_cookie_flag", "aws_", "auth_digest", "auth_spnego", "cors_", "upstream_fair", "echo_", "jwt_", "waf_",
	"vhost_traffic_status", "upload_", "pinba_", "shibboleth_", "auth_ldap", "auth_pam", "auth_gss",
}

// familyOrder is the order in which DefaultsOf asks the rows of one name.
var familyOrder = [...]Context{
	HTTP | Server | Location | If, Main | Events, Upstream,
	Stream | StreamServer | StreamUpstream, Mail | MailServer,
}

// DefaultsOf is the default of a directive by version, nil if it has none or none
// is known. Where one name belongs to several modules, the row for http, server
// and location speaks, then events and main, then upstream, stream and mail;
// DefaultsIn asks for a certain context.
func DefaultsOf(name string) []Default {
	if n := NameOf(name); n != nil {
		return n.Defaults
	}
	return nil
}

func defaultsOf(rows []Directive) []Default {
	for _, in := range familyOrder {
		if defaults := defaultsIn(in, rows); defaults != nil {
			return defaults
		}
	}
	return nil
}

// DefaultsIn is the default, by version, of the directive of that name which can
// stand in one of the contexts: 60s for keepalive_timeout in Upstream, 75s in
// Location. It is nil if there is none or none is known.
func DefaultsIn(in Context, name string) []Default { return defaultsIn(in, Directives(name)) }

func defaultsIn(in Context, rows []Directive) []Default {
	for i := range rows {
		if rows[i].Contexts&in != 0 && rows[i].Defaults != nil {
			return rows[i].Defaults
		}
	}
	return nil
}

// OneDefault is the default that holds for every version in the range; not ok
// where it changed inside the range or is not known for all of it.
func OneDefault(defaults []Default, in Range) (text string, ok bool) {
	for _, d := range defaults {
		if d.In.Contains(in) {
			return d.Text, true
		}
	}
	return "", false
}

// DirectiveNames yields every name that KnownDirective knows, nginx's own first,
// each part in order.
func DirectiveNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range directives {
			if (i == 0 || directives[i].Name != directives[i-1].Name) && !yield(directives[i].Name) {
				return
			}
		}
		for _, n := range otherNames {
			if !yield(n) {
				return
			}
		}
	}
}
