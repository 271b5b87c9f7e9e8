package service

import (
	"net/netip"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Handed is an address that keepalived or Pacemaker hands from host to host: at any
// time one of them has it.
type Handed struct {
	Addr netip.Addr
	By   string // the program
	At   Place
}

// handedAround are the addresses of "virtual_ipaddress" in files of keepalived
// (keepalived.conf(5), "vrrp_instance"), and those of Pacemaker's resources.
func handedAround(r *repo) []Handed {
	var out []Handed
	for _, f := range r.order {
		if strings.HasSuffix(f.Path, ".conf") && strings.Contains(f.Text, "vrrp_instance") {
			out = append(out, virtualAddresses(f)...)
		}
		out = append(out, clusterAddresses(f)...)
	}
	return out
}

// virtualAddresses reads the blocks of a file that hold such addresses: the first
// word of each line, or of the block, with or without the length of its network.
func virtualAddresses(f *source.File) []Handed {
	var out []Handed
	name, inside, first := "", false, false
	for _, w := range keepalivedWords(f.Text) {
		switch word := f.Text[w.Start:w.End]; word {
		case "{":
			inside = inside || name == "virtual_ipaddress" || name == "virtual_ipaddress_excluded"
			first = true
		case "}":
			inside = false
		case "\n":
			first = true
		default:
			host, _, _ := strings.Cut(word, "/")
			if addr, err := netip.ParseAddr(host); inside && first && err == nil {
				out = append(out, Handed{addr, "keepalived", Place{f, w}})
			}
			name, first = word, false
		}
	}
	return out
}

// keepalivedWords cuts a file of keepalived into words, braces and ends of lines.
// Comments begin with "!" or "#".
func keepalivedWords(text string) []source.Span {
	var out []source.Span
	for i := 0; i < len(text); {
		switch text[i] {
		case ' ', '\t', '\r':
			i++
		case '\n', '{', '}':
			out = append(out, source.Span{Start: i, End: i + 1})
			i++
		case '#', '!':
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return out
			}
			i += n
		default:
			n := strings.IndexAny(text[i:], " \t\r\n{}#!")
			if n < 0 {
				n = len(text) - i
			}
			out = append(out, source.Span{Start: i, End: i + n})
			i += n
		}
	}
	return out
}
