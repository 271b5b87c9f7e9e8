package service_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// Addresses of Pacemaker stand in what sets a cluster up, whatever writes it.
func TestClusterAddresses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"crm":          {"edge.crm", "primitive vip ocf:heartbeat:IPaddr2 \\\n  params ip=192.0.2.10 nic=eth0\n", "192.0.2.10"},
		"CRLF":         {"edge.crm", "primitive vip ocf:heartbeat:IPaddr2 \\\r\n  params ip=192.0.2.10 nic=eth0\r\n", "192.0.2.10"},
		"pcs":          {"pacemaker/setup.sh", "pcs resource create vip ocf:heartbeat:IPaddr2 ip=2001:db8::10 cidr_netmask=64\n", "2001:db8::10"},
		"a task":       {"tasks/main.yml", "- command: pcs resource create vip IPaddr2 ip=\"192.0.2.10\"\n", "192.0.2.10"},
		"a comment":    {"edge.crm", "# primitive vip ocf:heartbeat:IPaddr2 params ip=192.0.2.10\n", ""},
		"the next one": {"edge.crm", "primitive a ocf:heartbeat:IPaddr2\nprimitive b ocf:x:y params ip=192.0.2.10\n", ""},
		"a variable":   {"tasks/main.yml", "- command: pcs resource create vip IPaddr2 ip={{ vip }}\n", ""},
	} {
		if !service.Candidate(c.file) {
			t.Errorf("%s: nobody reads %s", name, c.file)
		}
		var got []string
		for _, h := range service.Read([]*source.File{source.NewFile(c.file, c.text)}, nil).Handed {
			got = append(got, h.By+" "+h.Addr.String())
		}
		if want := strings.TrimSpace("pacemaker " + c.want); c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || got[0] != want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
