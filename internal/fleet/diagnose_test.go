package fleet_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/fleet"
)

// full is evidence of a table of tracked connections that drops them.
func full(n int) map[string]string {
	return map[string]string{
		"evidence/dmesg.txt": fmt.Sprintf("[%d.000001] nf_conntrack: nf_conntrack: table full, dropping packet\n", n),
	}
}

func TestACauseIsToldOnceWithItsHosts(t *testing.T) {
	src := sources(t, host{name: "web-1", more: full(100)}, host{name: "web-2"}, host{name: "web-10", more: full(200)})
	src = append(src, archive("cut.tar.gz", []byte("hello")))
	d, err := fleet.Diagnose(t.Context(), src, fleet.DiagnoseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Answers) != 1 || !d.Sick {
		t.Fatalf("%+v", d)
	}
	a := d.Answers[0]
	if a.Cause.ID != "conntrack-full" || a.Certainty < diagnose.Likely || !reflect.DeepEqual(a.Hosts, []int{0, 2}) || a.Shown != 0 || d.Hosts[2].Name != "web-10" {
		t.Errorf("%+v of %+v", a, d.Hosts)
	}
	if len(a.Evidence) == 0 || a.Evidence[0].File != "evidence/dmesg.txt" || !strings.Contains(a.Evidence[0].Text, "table full") {
		t.Errorf("evidence %+v", a.Evidence)
	}
	if len(d.Skipped) != 1 || d.Skipped[0].Archive != "cut.tar.gz" {
		t.Errorf("skipped %+v", d.Skipped)
	}
	if len(d.NotLooked) == 0 {
		t.Error("there are no sockets, and nobody says so")
	}
}

func TestALimitIsToldOnceWithItsValues(t *testing.T) {
	use := func(allocated int) map[string]string {
		return map[string]string{"evidence/sockstat.txt": fmt.Sprintf("sockets: used 9\nTCP: inuse 2 orphan %d tw 0 alloc 3 mem 1\n", allocated), "evidence/sysctl-b.txt": "net.ipv4.tcp_max_orphans = 1000\n"}
	}
	src := sources(t, host{name: "web-1", connections: "8192", somaxconn: "128", more: use(10)}, host{name: "web-2", more: use(990)}, host{name: "web-3", connections: "8192", more: use(20)})
	c, err := fleet.AskCapacity(t.Context(), src, fleet.CapacityOptions{Question: capacity.Question{Clients: 2000}})
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]fleet.Limit{}
	for _, l := range c.Limits {
		byID[l.ID] = l
	}
	queue := byID["accept-queue"]
	if len(queue.Values) != 2 || queue.Values[0].Value != 1024 || !reflect.DeepEqual(queue.Values[0].Hosts, []int{1, 2}) || queue.Values[1].Value != 128 || !reflect.DeepEqual(queue.Values[1].Hosts, []int{0}) {
		t.Errorf("accept queue %+v", queue.Values)
	}
	if queue.Lowest == nil || queue.Lowest.Host != 0 || queue.Lowest.Value != 128 {
		t.Errorf("lowest %+v", queue.Lowest)
	}
	if l := byID["worker-connections"]; !reflect.DeepEqual(l.Overrun, []int{1}) || !c.Overrun {
		t.Errorf("connections of nginx: %+v", l)
	}
	orphans := byID["orphans"]
	if len(orphans.Fullest) != 3 || orphans.Fullest[0].Host != 1 || orphans.Fullest[0].Share != 0.99 {
		t.Errorf("fullest %+v", orphans.Fullest)
	}
	again, err := fleet.AskCapacity(t.Context(), src, fleet.CapacityOptions{Question: capacity.Question{Clients: 2000}})
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("two runs over the same snapshots differ (%v)", err)
	}
}
