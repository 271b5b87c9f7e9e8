package service

import (
	"net/netip"
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// An address that Pacemaker hands from host to host is a resource of the agent IPaddr2,
// as "crm configure" and "pcs resource create" write it, in scripts and tasks, too; the
// lines of one command belong together.
//
//	primitive vip ocf:heartbeat:IPaddr2 params ip=192.0.2.10 cidr_netmask=24
//	                                           ^^^^^^^^^^^^^ the address
//
// Source: ocf_heartbeat_IPaddr2(7).
var clusterAddress = lazyre.New(`\bIPaddr2?\b(?:[^\n#]|\\\r?\n)*?\bip=["']?([0-9a-fA-F.:]+)`)

// isPacemaker reports whether a file may set up a cluster, by its name.
func isPacemaker(p string) bool {
	if path.Ext(p) == ".crm" {
		return true
	}
	return path.Ext(p) == ".sh" && (strings.Contains(p, "pacemaker") || strings.Contains(p, "pcs") || strings.Contains(p, "cluster") || strings.Contains(p, "corosync"))
}

func clusterAddresses(f *source.File) []Handed {
	if !strings.Contains(f.Text, "IPaddr") {
		return nil
	}
	var out []Handed
	for _, m := range clusterAddress.FindAllStringSubmatchIndex(f.Text, -1) {
		line := f.Text[strings.LastIndexByte(f.Text[:m[0]], '\n')+1 : m[0]]
		addr, err := netip.ParseAddr(f.Text[m[2]:m[3]])
		if err == nil && !strings.Contains(line, "#") {
			out = append(out, Handed{addr, "pacemaker", Place{f, source.Span{Start: m[2], End: m[3]}}})
		}
	}
	return out
}
