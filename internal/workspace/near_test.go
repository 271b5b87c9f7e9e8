package workspace

import (
	"fmt"
	"testing"
)

// TestNear names one file in a large repository: what lies in its surroundings is
// seen, and what is read does not grow with the repository.
func TestNear(t *testing.T) {
	t.Parallel()
	work := func(folders int) (listed, read int64) {
		texts := map[string]string{
			".git/HEAD":               "",
			"edge/nginx.conf":         "events {}\nhttp { include conf.d/*.conf; }\n",
			"edge/conf.d/app.conf":    "server { location / { proxy_pass http://10.0.0.1; } }\n",
			"edge/sysctl.d/10-a.conf": "net.core.somaxconn = 128\n",
		}
		for i := range folders * 100 {
			texts[fmt.Sprintf("src/%d/%d.yaml", i/100, i)] = "a: b\n"
		}
		ws, err := Open(Memory(texts), Options{Paths: []string{"edge/nginx.conf"}})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(ws.Hosts()); n != 1 || ws.Hosts()[0].Model.Sysctl == nil {
			t.Errorf("%d folders: %d hosts; want one with the kernel settings beside it", folders, n)
		}
		return ws.Work().Listed.Load(), ws.Work().Read.Load()
	}
	_, few := work(1)
	listed, read := work(100)
	moreListed, moreRead := work(400)
	if few < 4 || read > few || listed != moreListed || read != moreRead {
		t.Errorf("100 folders: %d listed, %d read; 400 folders: %d, %d; one folder: %d read", listed, read, moreListed, moreRead, few)
	}
}
