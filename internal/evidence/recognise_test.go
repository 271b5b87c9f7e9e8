package evidence

import "testing"

func TestRecognise(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"ss.txt", "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n", true},
		{"anything", "TcpExtListenOverflows 5 0.0\n", true},
		{"error.log", "", true},
		{"sysctl-a.txt", "net.core.somaxconn = 4096\n", true},
		{"99-web.conf", "net.core.somaxconn = 4096\n", false},
		{"dump.txt", "nginx: [warn] x\n# configuration file /etc/nginx/nginx.conf:\n# a\n# b\n", false},
		{"nginx.conf", "events {}\n", false},
		{"notes.txt", "we looked at ss -tan, and saw nothing\n", false},
		{"access.log.1.gz", "\x1f\x8b\x08", true},
		{"picture.png", "\x89PNG\x00", false},
	} {
		if got := Recognise(c.name, []byte(c.head)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
