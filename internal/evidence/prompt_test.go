package evidence

import (
	"strings"
	"testing"
)

// TestPrompts reads what was copied from terminals: the lines of commands are not counted
// as lines that nobody understands, and do not hide what follows.
func TestPrompts(t *testing.T) {
	t.Parallel()
	const out = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 3      511    0.0.0.0:80         0.0.0.0:*\n"
	for _, line := range []string{
		"$ ss -ltn", "# ss -ltn", "root@web-01:~# ss -ltn", "[root@web01 nginx]# ss -ltn", "ops@web-01:/etc/nginx$ sudo ss -ltn",
		"19:01:02 root@web01 ~ # ss -ltn", "ops@web01 ~ % ss -ltn", "core@node-1 ~ $ ss -ltn", "root@web-01:~#",
		"\x1b[01;32mroot@web\x1b[00m:\x1b[01;34m~\x1b[00m# ss -ltn", "\x1b[?2004hroot@web:~# ss -ltn", "```", "```console",
	} {
		set := NewSet()
		if err := set.Read("paste.txt", strings.NewReader(line+"\n"+out), Options{}); err != nil {
			t.Fatal(err)
		}
		if s := set.Sources[0]; s.Read != s.Lines || s.Lines != 3 {
			t.Errorf("%q: %d of %d lines are read", line, s.Read, s.Lines)
		}
		if len(set.Tables) != 1 || len(set.Tables[0].Listeners) != 1 {
			t.Errorf("%q: the listening socket is not read", line)
		}
	}
	for _, line := range []string{
		"the mail of ops@example.com is full", "ops@example.com wrote: restart it", "See https://a@b.example/x#y for more", "a > b",
	} {
		set := NewSet()
		if err := set.Read("paste.txt", strings.NewReader(line+"\n"+out), Options{}); err != nil {
			t.Fatal(err)
		}
		if s := set.Sources[0]; s.Read != s.Lines-1 {
			t.Errorf("%q: %d of %d lines are read", line, s.Read, s.Lines)
		}
	}
}
