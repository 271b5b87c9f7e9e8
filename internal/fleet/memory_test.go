package fleet_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/fleet"
)

// TestMemoryDoesNotGrowWithTheHosts asks about hosts that are alike: all but the names and
// numbers of each has to be forgotten once it is done.
func TestMemoryDoesNotGrowWithTheHosts(t *testing.T) {
	var conf strings.Builder
	conf.WriteString("events {}\nhttp {\n")
	for i := range 60 {
		fmt.Fprintf(&conf, "upstream u%d { server 10.0.0.1:80; keepalive 9; }\nserver { listen 80; server_name s%d; location / { proxy_pass http://u%d; } }\n", i, i, i)
	}
	conf.WriteString("}\n")
	const first, all = 10, 60
	var hosts []host
	for i := range all {
		hosts = append(hosts, host{name: fmt.Sprintf("web-%d", i), more: map[string]string{"etc/nginx/nginx.conf": conf.String()}})
	}
	src := sources(t, hosts...)
	for name, ask := range map[string]func(progress func(done, all int)) error{
		"check": func(p func(done, all int)) error {
			_, err := fleet.Check(t.Context(), src, fleet.Options{Progress: p})
			return err
		},
		"diagnose": func(p func(done, all int)) error {
			_, err := fleet.Diagnose(t.Context(), src, fleet.DiagnoseOptions{Progress: p})
			return err
		},
		"capacity": func(p func(done, all int)) error {
			_, err := fleet.AskCapacity(t.Context(), src, fleet.CapacityOptions{Question: capacity.Question{}, Progress: p})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			least := map[int]uint64{}
			err := ask(func(done, _ int) {
				mu.Lock()
				defer mu.Unlock()
				at := first
				if done > all-first {
					at = all
				} else if done > first {
					return
				}
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				if n := least[at]; n == 0 || m.HeapAlloc < n {
					least[at] = m.HeapAlloc // whatever is being read at the moment is least here
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			const each = 12 << 10 // what was told of one of them is several times that
			if more := int64(least[all]) - int64(least[first]); more > (all-first)*each {
				t.Errorf("%d KB more are held after %d hosts than after %d", more>>10, all, first)
			}
		})
	}
}
