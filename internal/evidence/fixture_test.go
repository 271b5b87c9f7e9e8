package evidence

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fixtures are what tools of several releases printed, see testdata/record.sh.
func fixtures(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", pattern, err)
	}
	return files
}

func readFile(t *testing.T, s *Set, file string) *Source {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if err := s.Read(filepath.ToSlash(file), f, Options{}); err != nil {
		t.Fatal(err)
	}
	return s.Sources[len(s.Sources)-1]
}

// TestFixtures reads all of them: every line is understood, but for those of a tool
// that does not know an option, and names in place of numbers.
func TestFixtures(t *testing.T) {
	for _, file := range fixtures(t, "*/*/*.txt") {
		s := NewSet()
		src := readFile(t, s, file)
		switch base := filepath.ToSlash(file); {
		case strings.Contains(base, "busybox") && strings.HasSuffix(base, "antp.txt"):
			if len(src.Formats) > 0 || src.Read > strings.Count(base, "x")*20 {
				t.Errorf("%s: a usage text was taken for %v", file, src.Formats)
			}
		case strings.HasSuffix(base, "names.txt"):
			if len(src.Problems) == 0 || src.Read == src.Lines {
				t.Errorf("%s: nobody says that names stand there: %+v", file, src)
			}
		default:
			if src.Read != src.Lines || len(src.Formats) == 0 {
				t.Errorf("%s: %v, %d of %d lines read, not %v", file, src.Formats, src.Read, src.Lines, src.Unread)
			}
		}
	}
}

// sockets writes all sockets of tables, without what only some tools know.
func sockets(tables []*Table) []string {
	var out []string
	for _, t := range tables {
		for _, c := range t.Connections {
			out = append(out, fmt.Sprint(c.State, c.Unread, c.Unacked, c.Local, c.Remote))
		}
		for _, l := range t.Listeners {
			if l.Path == "" {
				out = append(out, fmt.Sprint("LISTEN", l.Queued, l.Address))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestToolsAgree compares what the tools said of the same sockets.
func TestToolsAgree(t *testing.T) {
	want := NewSet()
	readFile(t, want, "testdata/ss/iproute2-6.1.0/tanp.txt")
	all := sockets(want.Tables)
	if len(all) < 20 {
		t.Fatalf("only %d sockets: %v", len(all), all)
	}
	for _, state := range []State{Established, CloseWait, FinWait2, TimeWait} {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, state.String()) }) {
			t.Errorf("no connection is in %s", state)
		}
	}
	for _, pattern := range []string{"ss/*/tan.txt", "ss/*/tanp.txt", "ss/*/tanieop.txt", "netstat/*/an.txt", "netstat/net-tools*/antp.txt", "netstat/net-tools*/anto.txt"} {
		for _, file := range fixtures(t, pattern) {
			got := NewSet()
			readFile(t, got, file)
			if d := cmp.Diff(all, sockets(got.Tables)); d != "" {
				t.Errorf("%s: %s", file, d)
			}
		}
	}
	proc := NewSet()
	for _, file := range fixtures(t, "proc/*/tcp*.txt") {
		readFile(t, proc, file)
	}
	if d := cmp.Diff(all, sockets(proc.Tables)); d != "" {
		t.Errorf("/proc/net/tcp and tcp6: %s", d)
	}
}

// TestCountersAgree compares nstat, netstat -s and /proc/net.
func TestCountersAgree(t *testing.T) {
	names := []string{"TcpActiveOpens", "TcpPassiveOpens", "TcpExtListenOverflows", "TcpExtTW", "TcpAttemptFails"}
	count := func(files ...string) map[string]uint64 {
		s := NewSet()
		for _, f := range files {
			readFile(t, s, f)
		}
		out := map[string]uint64{}
		for _, n := range names {
			if g, ok := s.Growth(n); ok {
				out[n] = g.By
			}
		}
		return out
	}
	want := count("testdata/nstat/iproute2-6.1.0/az.txt")
	if len(want) != len(names) || want["TcpPassiveOpens"] == 0 {
		t.Fatal(want)
	}
	for _, file := range fixtures(t, "nstat/*/*.txt") {
		if d := cmp.Diff(want, count(file)); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
	if d := cmp.Diff(want, count(fixtures(t, "netstat/net-tools*/s.txt")...)); d != "" {
		t.Errorf("netstat -s: %s", d)
	}
	proc := fixtures(t, "proc/*/snmp.txt")
	if d := cmp.Diff(want, count(append(proc, fixtures(t, "proc/*/netstat.txt")...)...)); d != "" {
		t.Errorf("/proc/net: %s", d)
	}
}

// TestRoundTrip prints what was read, and reads it again.
func TestRoundTrip(t *testing.T) {
	for _, file := range fixtures(t, "ss/*/tanp.txt") {
		first, again := NewSet(), NewSet()
		readFile(t, first, file)
		var text strings.Builder
		text.WriteString("State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n")
		for _, tb := range first.Tables {
			for _, l := range tb.Listeners {
				fmt.Fprintln(&text, l)
			}
			for _, c := range tb.Connections {
				fmt.Fprintln(&text, c)
			}
		}
		if err := again.Read("x", strings.NewReader(text.String()), Options{}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(sockets(first.Tables), sockets(again.Tables)); d != "" {
			t.Errorf("%s: %s", file, d)
		}
		for i, c := range first.Tables[0].Connections {
			if d := cmp.Diff(c.Owners, again.Tables[0].Connections[i].Owners); d != "" {
				t.Errorf("%s: %s", file, d)
			}
		}
	}
}
