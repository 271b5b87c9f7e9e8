package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

func TestHanded(t *testing.T) {
	t.Parallel()
	inv := service.ReadHanded(source.NewFile("keepalived/keepalived.conf", `! of the edge
global_defs {
    notification_email_from 10.9.9.9
}
vrrp_instance EDGE {
    virtual_router_id 51
    unicast_src_ip 10.0.0.1
    virtual_ipaddress {
        192.0.2.10/24 dev eth0 # the site
        2001:db8::10
        # 192.0.2.99
    }
    virtual_ipaddress_excluded { 192.0.2.11 }
    virtual_routes { 10.1.0.0/16 via 192.0.2.1 }
}
`))
	var got []string
	for _, h := range inv {
		got = append(got, h.Addr.String()+" at "+h.At.String())
	}
	want := []string{
		"192.0.2.10 at keepalived/keepalived.conf:9:9",
		"2001:db8::10 at keepalived/keepalived.conf:10:9",
		"192.0.2.11 at keepalived/keepalived.conf:13:34",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses that are handed around (-want +got):\n%s", diff)
	}
}
