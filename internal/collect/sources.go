package collect

import "github.com/tcplint/tcplint/internal/snapshot"

// Sizes of what is taken at most of one source; of what is longer the end is taken.
const (
	mostOfLog     = 4 << 20
	mostOfCommand = 16 << 20
	mostOfFile    = 1 << 20
	mostLogs      = 20
	mostIncludes  = 2000
)

// command is a command that is run, and what it needs.
type command struct {
	path string // in the archive
	args []string
	// module must be in the kernel already, as asking would load it.
	module string
	// instead is a file of /proc that is read where the command cannot be run.
	instead []procFile
	// keep, if not empty, is what a line must match to be taken.
	keep string
}

// procFile is a file of /proc that holds numbers and addresses.
type procFile struct{ path, source string }

// commands are all that is run. None of them changes anything: ss asks the kernel
// over netlink, for which the kernel would load a module if it were not there.
var commands = []command{
	{path: "evidence/ss-tanp.txt", args: []string{"ss", "-tanp"}, module: "tcp_diag", instead: []procFile{
		{"evidence/proc-net-tcp.txt", "/proc/net/tcp"}, {"evidence/proc-net-tcp6.txt", "/proc/net/tcp6"},
	}},
	{path: "evidence/ss-xl.txt", args: []string{"ss", "-xl"}, module: "unix_diag"},
	{path: "evidence/ip-route.txt", args: []string{"ip", "route"}},
	{path: "evidence/ip-neigh.txt", args: []string{"ip", "neigh"}, keep: `^[0-9a-fA-F:.]+ dev `},
	{path: "evidence/dmesg.txt", args: []string{"dmesg"}, keep: kernelLines},
	{path: "evidence/nginx-V.txt", args: []string{"nginx", "-V"}, keep: `^(nginx|angie|Tengine|openresty|freenginx)[a-z ]* version: `},
}

// kernelLines are the messages of the kernel that say something about connections.
const kernelLines = `nf_conntrack: .*table full|ip_conntrack: table full|eighbou?r table overflow|ossible SYN flooding|` +
	`out of memory -- consider tuning tcp_mem|too many orphaned sockets|time wait bucket table overflow|file-max limit|` +
	`Killed process |NIC Link is |martian source `

// growing are counters, read twice.
var growing = []procFile{
	{"evidence/proc-net-netstat", "/proc/net/netstat"},
	{"evidence/proc-net-snmp", "/proc/net/snmp"},
}

// procFiles are read once.
var procFiles = []procFile{
	{"evidence/sockstat.txt", "/proc/net/sockstat"},
	{"evidence/sockstat6.txt", "/proc/net/sockstat6"},
	{"evidence/conntrack-stat.txt", "/proc/net/stat/nf_conntrack"},
	{"evidence/neighbours-stat.txt", "/proc/net/stat/arp_cache"},
	{"evidence/neighbours6-stat.txt", "/proc/net/stat/ndisc_cache"},
}

// lines are files of which only some lines are taken; the others become empty ones,
// so that places stay right.
type lines struct {
	patterns []string
	keep     string
}

// never are words that no line of a file of settings may hold to be taken.
const never = `[Pp]ass|[Ss]ecret|[Tt]oken|_key|[Kk]ey *=|[Cc]ookie|[Aa]uthorization|PASS|SECRET|TOKEN|KEY`

var lineFiles = []lines{
	{
		patterns: []string{"/etc/sysctl.conf", "/etc/sysctl.d/*.conf", "/run/sysctl.d/*.conf", "/usr/local/lib/sysctl.d/*.conf", "/usr/lib/sysctl.d/*.conf"},
		keep:     `^[ 	]*-?(net|fs|kernel|vm)[./][a-z0-9_./*-]+[ 	]*=[ 	]*[0-9a-z_ 	-]*$`,
	},
	{
		patterns: unitFiles("nginx", "php*fpm", "apache2", "httpd", "uwsgi*", "gunicorn*", "puma*", "haproxy"),
		keep:     `^(\[(Unit|Service|Install)\]|(Limit(NOFILE|NPROC)|TasksMax|Type|PIDFile|User|Group|PrivateNetwork|NetworkNamespacePath|JoinsNamespaceOf|CPUQuota|MemoryMax|MemoryHigh)=[A-Za-z0-9/._:@%-]*)$`,
	},
	{
		patterns: []string{"/etc/php/*/fpm/pool.d/*.conf", "/etc/php-fpm.d/*.conf"},
		keep:     `^(\[[A-Za-z0-9_.-]+\]|(user|group|listen|listen\.backlog|pm|pm\.(max_children|start_servers|min_spare_servers|max_spare_servers|max_spawn_rate|process_idle_timeout|max_requests)|process_priority|request_terminate_timeout|rlimit_files)[ 	]*=[ 	]*[A-Za-z0-9/._:-]+)$`,
	},
	{patterns: []string{"/etc/hosts"}, keep: `^[0-9a-fA-F:.]+[ 	]+[A-Za-z0-9._ 	-]+$`},
	{patterns: []string{"/etc/os-release"}, keep: `^(ID|VERSION_ID)=["A-Za-z0-9._-]*$`},
}

// unitFiles are the units of services and their drop-ins.
func unitFiles(names ...string) []string {
	var all []string
	for _, n := range names {
		n += ".service"
		all = append(all, "/etc/systemd/system/"+n, "/etc/systemd/system/"+n+".d/*.conf", "/run/systemd/system/"+n+".d/*.conf", "/usr/lib/systemd/system/"+n)
	}
	return all
}

// settings are the kernel's parameters that are read below /proc/sys, but for keys
// that hold a secret: tcp_fastopen_key, stable_secret.
const (
	settings      = `^(net[.](core|ipv4|ipv6|netfilter|unix|mptcp)[.].*|net[.]nf_conntrack_max|fs[.](file-max|file-nr|nr_open)|kernel[.](osrelease|pid_max|threads-max))$`
	neverSettings = `key|secret`
	settingsPath  = snapshot.SettingsPath
	processesPath = "evidence/processes.txt"
)

// settingsRoots are the folders of these parameters.
var settingsRoots = []string{"net/core", "net/ipv4", "net/ipv6", "net/netfilter", "net/unix", "net/mptcp", "net/nf_conntrack_max", "fs/file-max", "fs/file-nr", "fs/nr_open", "kernel/osrelease", "kernel/pid_max", "kernel/threads-max"}

// mainFiles are where nginx keeps its main file, if no process and no nginx says so.
var mainFiles = []string{"/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/openresty/nginx/conf/nginx.conf", "/etc/angie/angie.conf", "/usr/local/etc/nginx/nginx.conf"}

// defaultLogs are nginx's logs where the configuration names none.
var defaultLogs = []string{"/var/log/nginx/error.log", "/var/log/nginx/access.log"}
