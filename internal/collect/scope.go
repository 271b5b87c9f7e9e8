package collect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/tcplint/tcplint/parser/lazy"
)

// scopes are networks that mean something by themselves: an address is replaced by
// one of the same, and what lies outside of all of them stays outside.
// RFC 6890 and the registries of special purpose that it names.
var scopes = lazy.New(func() []netip.Prefix {
	var all []netip.Prefix
	for s := range strings.FieldsSeq(`
		0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
		192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
		::/64 ::ffff:0:0/96 64:ff9b::/96 2001:db8::/32 2002::/16 fc00::/8 fd00::/8 fe80::/64 ff00::/8 2000::/3`) {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
})

// masker replaces addresses and names: the same each time, and so that addresses
// have as many bits in common afterwards as before.
type masker struct {
	salt  []byte
	bits  map[netip.Prefix]bool
	addrs map[netip.Addr]netip.Addr
}

func newMasker(salt []byte) *masker {
	return &masker{salt: salt, bits: map[netip.Prefix]bool{}, addrs: map[netip.Addr]netip.Addr{}}
}

// address replaces an address within its scope. Loopback, unspecified and broadcast
// addresses are the same everywhere and stay.
func (m *masker) address(a netip.Addr) netip.Addr {
	zone := a.Zone()
	a = a.WithZone("")
	if a.Is4In6() {
		return netip.AddrFrom16(m.address(a.Unmap()).As16())
	}
	if a.IsLoopback() || a.IsUnspecified() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return a.WithZone(zone)
	}
	out, known := m.addrs[a]
	if !known {
		out = m.flip(a)
		m.addrs[a] = out
	}
	return out.WithZone(zone)
}

// flip decides about each bit by the bits in front of it, as Crypto-PAn does (Xu and
// others, 2002), but for those that tell a scope: these stay.
func (m *masker) flip(a netip.Addr) netip.Addr {
	b := a.AsSlice()
	out := make([]byte, len(b))
	for i := range len(b) * 8 {
		bit := b[i/8] >> (7 - i%8) & 1
		p := netip.PrefixFrom(a, i).Masked()
		if !tellsScope(p) && m.bit(p) {
			bit ^= 1
		}
		out[i/8] |= bit << (7 - i%8)
	}
	to, _ := netip.AddrFromSlice(out) // it has as many bytes as an address
	return to
}

// tellsScope reports whether a scope begins further down: the next bit decides
// whether an address belongs to it.
func tellsScope(p netip.Prefix) bool {
	for _, s := range scopes.Get() {
		if s.Addr().BitLen() == p.Addr().BitLen() && s.Bits() > p.Bits() && p.Contains(s.Addr()) {
			return true
		}
	}
	return false
}

// bit is random, and the same each time for what stands in front of it.
func (m *masker) bit(p netip.Prefix) bool {
	v, known := m.bits[p]
	if !known {
		v = m.sum("bit", p.String())[0]&1 == 1
		m.bits[p] = v
	}
	return v
}

func (m *masker) sum(what, text string) []byte {
	h := hmac.New(sha256.New, m.salt)
	_ = binary.Write(h, binary.BigEndian, uint32(len(what))) // a hash takes all
	h.Write([]byte(what + text))
	return h.Sum(nil)
}

// name replaces a name label by label, so that names of one domain stay in one.
func (m *masker) name(s string) string {
	labels := strings.Split(strings.ToLower(s), ".")
	for i, l := range labels {
		if l != "" && l != "*" {
			labels[i] = "n" + strings.ToLower(base32.HexEncoding.EncodeToString(m.sum("label", l)[:5]))
		}
	}
	return strings.Join(labels, ".")
}
