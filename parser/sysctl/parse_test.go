package sysctl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// show writes an entry as one line: what it does, the key, the value.
func show(e *sysctl.Entry) string {
	var b strings.Builder
	if e.Ignore {
		b.WriteString("ignore ")
	}
	if e.Glob {
		b.WriteString("glob ")
	}
	if e.Exclude {
		fmt.Fprintf(&b, "exclude %q", e.Key.Value)
		return b.String()
	}
	fmt.Fprintf(&b, "set %q %q", e.Key.Value, e.Value.Value)
	return b.String()
}

const invalid = "invalid syntax, continuing..."

// syntaxTests say how procps 4 reads a line, or a file. The oracle test asks
// procps itself about them, which is why most use keys that exist everywhere.
var syntaxTests = []struct {
	name, text string
	want       []string // entries, then errors as "error TEXT: MESSAGE"
}{
	{"empty file", "", nil},
	{"blank lines", "\n \t\n\r\n", nil},
	{"comments", "# net.core.somaxconn = 1\n  ; net.core.somaxconn = 2\n#\n;\n", nil},
	{"comment at the end", "#", nil},

	{"simple", "net.core.somaxconn = 1000\n", []string{`set "net.core.somaxconn" "1000"`}},
	{"no blanks", "net.core.somaxconn=1000\n", []string{`set "net.core.somaxconn" "1000"`}},
	{"blanks around key and value", " \tnet.core.somaxconn\t \v=\f 1000 \t\n", []string{`set "net.core.somaxconn" "1000"`}},
	{"several words", "net.ipv4.ip_local_port_range =  1024\t 65000 \n", []string{`set "net.ipv4.ip_local_port_range" "1024\t 65000"`}},
	{"no final newline", "net.core.somaxconn = 1000", []string{`set "net.core.somaxconn" "1000"`}},
	{"the same key twice", "net.core.somaxconn = 1\nnet.core.somaxconn = 2\n", []string{
		`set "net.core.somaxconn" "1"`, `set "net.core.somaxconn" "2"`,
	}},
	{"CRLF", "net.core.somaxconn = 1\r\n\r\nvm.swappiness = 2\r\n", []string{
		`set "net.core.somaxconn" "1"`, `set "vm.swappiness" "2"`,
	}},
	{"CR only", "net.core.somaxconn = 1\rvm.swappiness = 2\r", []string{
		`set "net.core.somaxconn" "1\rvm.swappiness = 2"`,
	}},

	{"comment behind a number", "vm.swappiness = 30 # text\n", []string{`set "vm.swappiness" "30 # text"`}},
	{"comment without a blank", "vm.swappiness = 30#text\n", []string{`set "vm.swappiness" "30#text"`}},
	{"comment behind a word", "net.core.default_qdisc = fq ; text\n", []string{`set "net.core.default_qdisc" "fq ; text"`}},
	{"quotes are text", "vm.swappiness = \"30\"\n", []string{`set "vm.swappiness" "\"30\""`}},
	{"two on one line", "vm.swappiness = 6 net.core.somaxconn = 30\n", []string{`set "vm.swappiness" "6 net.core.somaxconn = 30"`}},
	{"no continuation lines", "net.ipv4.ip_local_port_range = 1024 \\\n 65000\n", []string{
		`set "net.ipv4.ip_local_port_range" "1024 \\"`, "error 65000: " + invalid,
	}},
	{"two equals signs", "vm.swappiness == 1\n", []string{`set "vm.swappiness" "= 1"`}},

	{"empty value", "vm.swappiness =\n", []string{`set "vm.swappiness" ""`}},
	{"blank value", "vm.swappiness= \t\r\n", []string{`set "vm.swappiness" ""`}},
	{"no equals sign", "net.core.somaxconn 1004\n", []string{"error net.core.somaxconn 1004: " + invalid}},
	{"section", "[net]\nvm.swappiness = 1\n", []string{`set "vm.swappiness" "1"`, "error [net]: " + invalid}},
	{"section with equals sign is a glob", "[a=b]\n", []string{`glob set "[a" "b]"`}},
	{"command in the file", "sysctl -w vm.swappiness=1\n", []string{`set "sysctl -w vm.swappiness" "1"`}},
	{"no key", " = 5\n=5\n=\n", []string{
		"error = 5: Path is not under /proc/sys/: /proc/sys/",
		"error =5: Path is not under /proc/sys/: /proc/sys/",
		"error =: Path is not under /proc/sys/: /proc/sys/",
	}},
	{"separators only", "/ = 1\n. = 1\n.. = 1\n-/=1\n", []string{
		"error / = 1: Path is not under /proc/sys/: /proc/sys//",
		"error . = 1: Path is not under /proc/sys/: /proc/sys//",
		"error .. = 1: Path is not under /proc/sys/: /proc/sys///",
		"error -/=1: Path is not under /proc/sys/: /proc/sys//",
	}},
	{"one letter", "x\n", []string{"error x: " + invalid}},
	{"one letter at the end", "x", []string{"error x: a line of one character is skipped"}},
	{"equals sign at the end", " =", []string{"error =: a line of one character is skipped"}},

	{"failure ignored", "-vm.swappiness = 1\n", []string{`ignore set "vm.swappiness" "1"`}},
	{"failure ignored twice", "--vm.swappiness = 1\n", []string{`ignore set "vm.swappiness" "1"`}},
	{"blank behind minus belongs to the key", "- vm.swappiness = 1\n", []string{`ignore set " vm.swappiness" "1"`}},
	{"exclusion", "-net.core.somaxconn \n", []string{`exclude "net.core.somaxconn"`}},
	{"exclusion with a glob", "-net.ipv4.conf.l?.rp_filter\n", []string{`glob exclude "net.ipv4.conf.l?.rp_filter"`}},
	{"minus without a key", "-\n--\n- \n", []string{
		`error -: "-" without a key excludes nothing`,
		`error --: "-" without a key excludes nothing`,
		`error -: "-" without a key excludes nothing`,
	}},
	{"minus and value without a key", "-=1\n- = 1\n--=1\n-- =1\n", []string{
		"error -=1: Path is not under /proc/sys/: /proc/sys/",
		"error - = 1: cannot stat /proc/sys/ : No such file or directory",
		"error --=1: Path is not under /proc/sys/: /proc/sys/",
		"error -- =1: Path is not under /proc/sys/: /proc/sys/",
	}},

	{"globs", "net.ipv4.conf.*.rp_filter = 1\nnet.ipv4.conf.l?.rp_filter = 2\nnet.ipv4.conf.[a-l]*.rp_filter = 3\n", []string{
		`glob set "net.ipv4.conf.*.rp_filter" "1"`,
		`glob set "net.ipv4.conf.l?.rp_filter" "2"`,
		`glob set "net.ipv4.conf.[a-l]*.rp_filter" "3"`,
	}},
	{"glob, exclusion and a line of its own", "net.ipv4.conf.*.rp_filter = 1\n-net.ipv4.conf.lo.rp_filter\nnet.ipv4.conf.all.rp_filter = 2\n", []string{
		`glob set "net.ipv4.conf.*.rp_filter" "1"`,
		`exclude "net.ipv4.conf.lo.rp_filter"`,
		`set "net.ipv4.conf.all.rp_filter" "2"`,
	}},
	{"braces are text", "net.ipv4.conf.{lo,all}.rp_filter = 1\n", []string{`set "net.ipv4.conf.{lo,all}.rp_filter" "1"`}},

	{"slashes", "net/core/somaxconn = 1\n", []string{`set "net.core.somaxconn" "1"`}},
	{"leading slash", "/net/core/somaxconn = 1\n", []string{`set "net.core.somaxconn" "1"`}},
	{"the whole path is not found", "/proc/sys/net/core/somaxconn = 1\n", []string{`set "proc.sys.net.core.somaxconn" "1"`}},
	{"slash behind a dot", "net.core/somaxconn = 1\n", []string{`set "net.core/somaxconn" "1"`}},
	{"repeated dot", "net..core.somaxconn = 1\n", []string{`set "net.core.somaxconn" "1"`}},
	{"VLAN with dots", "net.ipv4.conf.eth0/100.rp_filter = 1\n", []string{`set "net.ipv4.conf.eth0/100.rp_filter" "1"`}},
	{"VLAN with slashes", "net/ipv4/conf/eth0.100/rp_filter = 1\n", []string{`set "net.ipv4.conf.eth0/100.rp_filter" "1"`}},
	{"VLAN written wrongly", "net.ipv4.conf.eth0.100.rp_filter = 1\n", []string{`set "net.ipv4.conf.eth0.100.rp_filter" "1"`}},
	{"upper case", "VM.SWAPPINESS = 1\n", []string{`set "VM.SWAPPINESS" "1"`}},

	{"byte order mark", "\ufeffvm.swappiness = 1\n", []string{`set "\ufeffvm.swappiness" "1"`}},
	{"byte order mark in front of a comment", "\ufeff# c\nvm.swappiness = 1\n", []string{
		`set "vm.swappiness" "1"`, "error \ufeff# c: " + invalid,
	}},
	{"no-break space is no blank", "\u00a0vm.swappiness = 1\u00a0\n", []string{`set "\u00a0vm.swappiness" "1\u00a0"`}},
	{"not UTF-8", "kernel.core_pattern = \xff\xa0\n\x85vm.swappiness = 1\n", []string{
		`set "kernel.core_pattern" "\xff\xa0"`, `set "\x85vm.swappiness" "1"`,
	}},
	{"NUL", "vm.swappiness = 1\x00 2\n\x00vm.swappiness = 3\nab\x00=4\na\x00=5\n#\x00\n", []string{
		`set "vm.swappiness" "1"`,
		"error \x00 2: everything from a NUL byte to the end of the line is skipped",
		"error \x00vm.swappiness = 3: everything from a NUL byte to the end of the line is skipped",
		"error ab\x00=4: " + invalid,
		"error a\x00=5: a line of one character is skipped",
	}},
	{"long line", "net.ipv4.ip_local_reserved_ports = " + strings.Repeat("65535,", 20000) + "1\n", []string{
		`set "net.ipv4.ip_local_reserved_ports" "` + strings.Repeat("65535,", 20000) + `1"`,
	}},
}

func TestParse(t *testing.T) {
	for _, tt := range syntaxTests {
		t.Run(tt.name, func(t *testing.T) {
			tree := sysctl.Parse(source.NewFile("sysctl.conf", tt.text))
			var got []string
			for _, e := range tree.Entries {
				got = append(got, show(e))
			}
			for _, e := range tree.Errors {
				got = append(got, "error "+tree.File.Slice(e.Span)+": "+e.Msg)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			checkLaws(t, tt.text)
		})
	}
}

// Spans are those of the text as written, without "-" and outer blanks.
func TestSpans(t *testing.T) {
	const text = "# c \r\n -net/core/somaxconn =  1 2 \r\n-a\nb=\nc = \n"
	tree := sysctl.Parse(source.NewFile("sysctl.conf", text))
	span := func(s source.Span) string { return fmt.Sprintf("%d-%d %q", s.Start, s.End, tree.File.Slice(s)) }
	var got []string
	for _, c := range tree.Comments {
		got = append(got, "comment "+span(c))
	}
	for _, e := range tree.Entries {
		got = append(
			got, "line "+span(e.Line), "key "+span(e.Key.Span),
			"equals "+span(e.Equals), "value "+span(e.Value.Span),
		)
	}
	want := []string{
		`comment 0-4 "# c "`,
		`line 6-34 " -net/core/somaxconn =  1 2 "`, `key 8-26 "net/core/somaxconn"`, `equals 27-28 "="`, `value 30-33 "1 2"`,
		`line 36-38 "-a"`, `key 37-38 "a"`, `equals 38-38 ""`, `value 38-38 ""`,
		`line 39-41 "b="`, `key 39-40 "b"`, `equals 40-41 "="`, `value 41-41 ""`,
		`line 42-46 "c = "`, `key 42-43 "c"`, `equals 44-45 "="`, `value 45-45 ""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFields(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one", "k = 1", []string{"1"}},
		{"blanks and tabs", "k = 4096 \t 87380\t6291456 ", []string{"4096", "87380", "6291456"}},
		{"trailing comment", "k = 1 # two", []string{"1", "#", "two"}},
		{"list with commas", "k = 1,2-3", []string{"1,2-3"}},
		{"vertical tab does not separate", "k = 1\v2 \v3", []string{"1\v2", "3"}},
		{"no value", "k = ", nil},
		{"exclusion", "-key", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := sysctl.Parse(source.NewFile("sysctl.conf", tt.text))
			var got []string
			for _, s := range tree.Entries[0].Fields() {
				got = append(got, tree.File.Slice(s))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	const part = `# Kernel sysctl configuration file
# net.core.somaxconn caps the backlog argument of listen(2).
net.core.somaxconn = 4096
net.ipv4.tcp_max_syn_backlog=8192

; buffers
net.ipv4.tcp_rmem = 4096 131072 33554432
net/ipv4/conf/eth0.100/rp_filter = 2
-net.netfilter.nf_conntrack_max = 262144
net.ipv4.conf.*.accept_redirects = 0
`
	file := source.NewFile("sysctl.conf", strings.Repeat(part, 200))
	b.SetBytes(int64(len(file.Text)))
	b.ReportAllocs()
	for b.Loop() {
		sysctl.Parse(file)
	}
}
